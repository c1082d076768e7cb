import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

import { systemCode } from '../../../shared';
import { connectFault, ended, endpoint, isNoRoute, NetworkFault, untilEnd } from './faults';
import type { Address } from './resolve';

export interface Dialled {
	socket: Socket;
	address: string;
	/** Addresses that were tried before without success, and what came of it. */
	failed: { address: string; outcome: string }[];
}

interface Failure {
	address: Address;
	code: string | undefined;
	fault: NetworkFault;
}

/** RFC 8305: so long an address may be silent before the next one is tried beside it. */
const nextAttemptMs = 250;

const mostAddresses = 10;

/**
 * Connects to the address that answers first ("happy eyeballs"). Unlike Node's own way, an address that is far
 * away is not given up when the next is tried.
 *
 * @param addresses at least one
 * @throws NetworkFault when none can be reached
 */
export function dial(addresses: readonly Address[], port: number, signal: AbortSignal): Promise<Dialled> {
	const queue = alternating(addresses).slice(0, mostAddresses);
	const failures: Failure[] = [];
	const open = new Map<Socket, { address: string; begun: number }>();
	const late = (): NetworkFault => ended(signal, 'connect_timeout', silence(queue, port));
	return untilEnd<Dialled>(signal, late, (resolve, reject) => {
		let timer: NodeJS.Timeout | undefined;
		const next = (): void => {
			clearTimeout(timer);
			const address = queue[failures.length + open.size];
			if (address !== undefined) attempt(address);
			else if (open.size === 0) reject(failureOf(failures));
		};
		const attempt = (address: Address): void => {
			const socket = connect({ host: address.address, port });
			open.set(socket, { address: address.address, begun: performance.now() });
			socket.once('error', (thrown) => {
				if (!open.delete(socket)) return;
				const fault = connectFault(thrown, endpoint(address.address, port));
				failures.push({ address, code: systemCode(thrown), fault });
				next();
			});
			socket.once('connect', () => {
				open.delete(socket);
				const failed = failures.filter((one) => !isOurLack(one)).map(outcome);
				resolve({ socket, address: address.address, failed: [...failed, ...pending(open)] });
			});
			timer = setTimeout(next, nextAttemptMs);
		};
		next();
		return () => {
			clearTimeout(timer);
			for (const socket of open.keys()) socket.destroy();
		};
	});
}

/** IPv6 first, then in turn. */
function alternating(addresses: readonly Address[]): Address[] {
	const six = addresses.filter(({ family }) => family === 6);
	const four = addresses.filter(({ family }) => family === 4);
	return Array.from({ length: Math.max(six.length, four.length) }, (_, index) => [six[index], four[index]])
		.flat()
		.filter((address) => address !== undefined);
}

function outcome({ address, fault }: Failure): Dialled['failed'][number] {
	return { address: address.address, outcome: fault.reason };
}

function pending(open: ReadonlyMap<Socket, { address: string; begun: number }>): Dialled['failed'] {
	return [...open.values()].map(({ address, begun }) => ({
		address,
		outcome: `no answer within ${Math.round(performance.now() - begun)} ms`,
	}));
}

/** What says something of the target, before what only says that this machine lacks one of the families. */
function failureOf(failures: readonly Failure[]): NetworkFault {
	const [first, ...others] = failures.filter((one) => !isOurLack(one));
	if (first === undefined) return noNetwork(failures);
	const { reason, message, level } = first.fault;
	if (others.length === 0) return first.fault;
	const shown = others.slice(0, 3).map((one) => `${one.address.address} (${one.fault.reason})`);
	const more = others.length > shown.length ? ' …' : '';
	return new NetworkFault(
		reason,
		`${message} Nor can its other addresses be reached: ${shown.join(', ')}${more}.`,
		level,
	);
}

function noNetwork(failures: readonly Failure[]): NetworkFault {
	const families = [...new Set(failures.map(({ address }) => `IPv${address.family}`))].join(' or ');
	return new NetworkFault(
		'no_network',
		`This machine has no ${families} address, so nothing can be found out about ${failures[0]?.address.address}.`,
		'unknown',
	);
}

/** There was no route because this machine has no address of that family but its own inner ones. */
function isOurLack({ address, code }: Failure): boolean {
	if (!isNoRoute(code)) return false;
	const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
	return !own.some(
		({ family, internal, address: mine }) =>
			family === `IPv${address.family}` && !internal && !mine.startsWith('fe80:'),
	);
}

function silence(queue: readonly Address[], port: number): string {
	const others = queue.length > 1 ? ', nor do its other addresses' : '';
	return `${endpoint(queue[0]?.address ?? '', port)} does not answer${others}; no connection came about in time.`;
}
