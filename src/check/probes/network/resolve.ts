import { lookup } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

import { systemCode, type CheckOf } from '../../../shared';
import { ended, NetworkFault, untilEnd } from './faults';
import { askNameServer } from './name-server';

export type AddressFamily = CheckOf<'http'>['addressFamily'];

export interface Address {
	address: string;
	family: 4 | 6;
}

export interface Resolved {
	addresses: Address[];
	/** A family of which the name servers could not say whether the host has addresses, and the reason. */
	missing?: string | undefined;
}

/** A name server that knows one family but is silent about the other must not hold everything up. */
const otherFamilyMs = 1000;

const records = { A: 'IPv4', AAAA: 'IPv6' } as const;

/**
 * The addresses of a host: of the hosts file, else of the name servers. Only names without a dot and those under
 * `.local` are looked up as the machine does it, with its search domains: a wildcard there would hide that a name is
 * gone; and since Node lends few threads to such look-ups, one dead name server would make all other checks late.
 *
 * @param host name or address, without brackets
 * @throws NetworkFault when there is none
 */
export async function resolveHost(
	host: string,
	family: AddressFamily,
	signal: AbortSignal,
): Promise<Resolved> {
	if (isIP(host) !== 0) return { addresses: ofFamily([entry(host)], family, host) };
	const name = host.replace(/\.$/, '').toLowerCase();
	const listed = (await hostsFile()).get(name);
	if (listed !== undefined) return { addresses: ofFamily(listed, family, host) };
	if (!name.includes('.') || /\.local(host)?$/.test(name))
		return { addresses: ofFamily(await machineLookup(name, signal), family, host) };
	if (family === 'any') return await askBothFamilies(name, signal);
	return { addresses: await askRecord(name, family === 'ipv4' ? 'A' : 'AAAA', signal) };
}

async function askRecord(host: string, record: 'A' | 'AAAA', signal: AbortSignal): Promise<Address[]> {
	const addresses = await askNameServer({ host, record }, signal, (resolver) =>
		record === 'A' ? resolver.resolve4(host) : resolver.resolve6(host),
	);
	return addresses.map(entry);
}

async function askBothFamilies(host: string, signal: AbortSignal): Promise<Resolved> {
	const over = new AbortController();
	const asking = AbortSignal.any([signal, over.signal]);
	const addresses: Address[] = [];
	const faults = new Map<'A' | 'AAAA', unknown>();
	const late = (): NetworkFault =>
		ended(signal, 'dns_timeout', `The name server of this machine did not say in time what ${host} is.`);
	return await untilEnd<Resolved>(signal, late, (resolve, reject) => {
		let answers = 0;
		let timer: NodeJS.Timeout | undefined;
		const settle = (): void => {
			if (addresses.length === 0) return reject(worstOf([...faults.values()], host));
			resolve({ addresses, missing: answers === 1 ? silentFamily(addresses) : unknownFamily(faults) });
		};
		const answered = (): void => {
			answers += 1;
			if (answers === 2) settle();
			else if (addresses.length > 0) timer = setTimeout(settle, otherFamilyMs);
		};
		for (const record of ['A', 'AAAA'] as const) {
			void askRecord(host, record, asking)
				.then(
					(found) => void addresses.push(...found),
					(fault: unknown) => void faults.set(record, fault),
				)
				.then(answered);
		}
		return () => {
			clearTimeout(timer);
			over.abort();
		};
	});
}

function silentFamily([first]: readonly Address[]): string {
	return `${first?.family === 4 ? 'IPv6' : 'IPv4'}: dns_timeout`;
}

/** Name servers that are wrong say of a name with one family that there is no such name for the other. */
function unknownFamily(faults: ReadonlyMap<'A' | 'AAAA', unknown>): string | undefined {
	for (const [record, fault] of faults)
		if (fault instanceof NetworkFault && !/^dns_no/.test(fault.reason))
			return `${records[record]}: ${fault.reason}`;
	return undefined;
}

function worstOf(faults: readonly unknown[], host: string): unknown {
	const isTelling = (fault: unknown): boolean =>
		!(fault instanceof NetworkFault && fault.reason === 'dns_no_record');
	return (
		faults.find(isTelling) ??
		new NetworkFault('dns_no_record', `The name ${host} exists, but has no address.`)
	);
}

/** Hosts file, Docker's names, mDNS: whatever the machine knows. It cannot be ended, only no longer waited for. */
function machineLookup(host: string, signal: AbortSignal): Promise<Address[]> {
	const late = (): NetworkFault =>
		ended(signal, 'dns_timeout', `This machine did not find out in time what ${host} is.`);
	return untilEnd<Address[]>(signal, late, (resolve, reject) => {
		lookup(host, { all: true, order: 'verbatim' }, (error, found) => {
			if (error === null) resolve(found.map(({ address }) => entry(address)));
			else reject(lookupFault(error, host));
		});
		return undefined;
	});
}

function lookupFault(error: unknown, host: string): NetworkFault {
	return systemCode(error) === 'ENOTFOUND'
		? new NetworkFault('dns_not_found', `There is no host ${host}.`)
		: new NetworkFault(
				'dns_failed',
				`This machine could not find out what ${host} is (${systemCode(error)}).`,
			);
}

function ofFamily(addresses: readonly Address[], family: AddressFamily, host: string): Address[] {
	const chosen = addresses.filter((one) => family === 'any' || family === `ipv${one.family}`);
	if (chosen.length > 0) return chosen;
	throw new NetworkFault('dns_no_record', `${host} has no ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address.`);
}

function entry(address: string): Address {
	return { address, family: isIP(address) === 6 ? 6 : 4 };
}

/** Names to addresses; empty where there is no such file. */
async function hostsFile(): Promise<Map<string, Address[]>> {
	const isWindows = process.platform === 'win32';
	const path = isWindows ? `${process.env['SystemRoot']}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';
	const names = new Map<string, Address[]>();
	const text = await readFile(path, 'utf8').catch(() => '');
	for (const line of text.split(/\r?\n/)) {
		const [address = '', ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/);
		if (isIP(address) === 0) continue;
		for (const host of hosts) {
			const name = host.toLowerCase();
			names.set(name, [...(names.get(name) ?? []), entry(address)]);
		}
	}
	return names;
}
