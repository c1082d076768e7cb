import type { promises } from 'node:dns';
import { SocketAddress, isIPv6 } from 'node:net';

import { formatDuration, type CheckOf } from '../../shared';
import { asFinding, found, oneLine } from './finding';
import { askNameServer } from './network/name-server';
import type { Probe } from './probe';

type RecordKind = CheckOf<'dns'>['record'];

interface Answer {
	/** As it is shown. */
	text: string;
	/** What it may be called in `expect`. */
	names: string[];
	/** So long others keep it, in seconds; where Node tells it. */
	ttlSeconds?: number;
}

/** Looks up a name, and compares what is expected. */
export const probeDns: Probe<'dns'> = (check, { signal }) => {
	const { host, record, expect, server } = check;
	const details: Record<string, unknown> = { record, ...(server !== undefined && { server }) };
	return asFinding(async () => {
		const begun = performance.now();
		const answers = await askNameServer({ host, record, server }, signal, (resolver) =>
			questions[record](resolver, host.replace(/\.$/, '')),
		);
		const latencyMs = performance.now() - begun;
		const shown = answers.map(({ text }) => oneLine(text, 200));
		details['answers'] = shown.slice(0, 20);
		const ttlSeconds = answers[0]?.ttlSeconds;
		if (ttlSeconds !== undefined) details['ttlSeconds'] = ttlSeconds;
		const missing = expect.filter(
			(value) => !answers.some(({ names }) => names.includes(plain(value, record))),
		);
		const is = `${host} has the ${record} ${shown.length === 1 ? 'record' : 'records'} ${listed(shown)}`;
		if (missing.length === 0)
			return found('ok', 'ok', `${is} (${formatDuration(latencyMs)}).`, latencyMs, details);
		const kept = ttlSeconds === undefined ? '' : ` Others keep this answer for up to ${ttlSeconds} s.`;
		const who = server === undefined ? '' : ` So says the name server ${server}.`;
		const message = `${is}; expected was ${listed(missing)}.${who}${kept}`;
		return found('critical', 'dns_mismatch', message, latencyMs, details);
	}, details);
};

const questions: Record<RecordKind, (resolver: promises.Resolver, host: string) => Promise<Answer[]>> = {
	A: async (resolver, host) => (await resolver.resolve4(host, { ttl: true })).map(addressAnswer),
	AAAA: async (resolver, host) => (await resolver.resolve6(host, { ttl: true })).map(addressAnswer),
	CAA: async (resolver, host) =>
		(await resolver.resolveCaa(host)).map(({ critical, ...property }) => {
			const [[tag, value] = ['', '']] = Object.entries(property).filter(([name]) => name !== 'type');
			return answer(`${critical} ${tag} "${value}"`, String(value), `${tag} ${value}`);
		}),
	CNAME: async (resolver, host) => (await resolver.resolveCname(host)).map((name) => answer(name)),
	MX: async (resolver, host) =>
		(await resolver.resolveMx(host)).map(({ priority, exchange }) =>
			answer(`${priority} ${exchange}`, exchange),
		),
	NS: async (resolver, host) => (await resolver.resolveNs(host)).map((name) => answer(name)),
	SRV: async (resolver, host) =>
		(await resolver.resolveSrv(host)).map(({ priority, weight, port, name }) =>
			answer(`${priority} ${weight} ${port} ${name}`, `${name}:${port}`, name),
		),
	TXT: async (resolver, host) =>
		(await resolver.resolveTxt(host)).map((chunks) => {
			// Node makes a character of each byte.
			const text = Buffer.from(chunks.join(''), 'latin1').toString('utf8');
			return { text, names: [text] };
		}),
};

function answer(text: string, ...otherNames: string[]): Answer {
	return { text, names: [text, ...otherNames].map((name) => plain(name)) };
}

function addressAnswer({ address, ttl }: { address: string; ttl: number }): Answer {
	return { ...answer(address), ttlSeconds: ttl };
}

/** The same for what means the same: names have no case and may end with a dot, IPv6 has many spellings. */
function plain(value: string, record?: RecordKind): string {
	if (record === 'TXT') return value;
	if (isIPv6(value)) return new SocketAddress({ address: value, family: 'ipv6' }).address;
	return value.trim().replace(/\.$/, '').toLowerCase();
}

function listed(values: readonly string[]): string {
	const shown = values.slice(0, 5).map((value) => oneLine(value, 100));
	return shown.join(', ') + (values.length > shown.length ? ` and ${values.length - shown.length} more` : '');
}
