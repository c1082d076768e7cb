import { isIP, type Socket } from 'node:net';

import { dial } from '../../probes/network/dial';
import { endpoint, NetworkFault } from '../../probes/network/faults';
import { insideRefused } from '../../probes/network/inside';
import { resolveHost, type Address } from '../../probes/network/resolve';
import { leadsInside, zoneOf } from '../../probes/network/zone';
import type { Asked } from '../options';
import { Conversation } from './conversation';
import { connectThrough } from './proxy';
import { startTls } from './starttls';

/** Where connections of a check go to. */
export interface Way {
	host: string;
	port: number;
	addresses: readonly Address[];
	/** A family of addresses that could not be asked for, and why. */
	missing?: string | undefined;
}

/** @throws NetworkFault when the host has no address, or none that may be looked at */
export async function findWay(asked: Asked, signal: AbortSignal): Promise<Way> {
	const { host, port } = asked.proxy ?? asked.connectTo ?? asked;
	const { addresses: resolved, missing } = await resolveHost(host, 'any', signal);
	const addresses = withoutInner(asked, host, resolved);
	const inside = addresses.find(({ address }) => zoneOf(address) !== 'public');
	if (asked.isPublicOnly && inside !== undefined) throw insideRefused(host, inside.address);
	return { host, port, addresses, missing };
}

/** What a server leads to is never further inside than it is itself. */
function withoutInner(
	{ redirectedFrom: from, proxy, host: target }: Asked,
	host: string,
	resolved: readonly Address[],
): readonly Address[] {
	if (from === undefined) return resolved;
	const isOuter = (address: string): boolean => !leadsInside(from, zoneOf(address));
	// The proxy looks the name up, so it can be judged by how it looks alone.
	if (proxy !== undefined) {
		if (isIP(target) === 0 ? isPublicName(target) : isOuter(target)) return resolved;
		throw refusedRedirect(target);
	}
	const addresses = resolved.filter(({ address }) => isOuter(address));
	if (addresses.length > 0) return addresses;
	const [refused] = resolved;
	throw refusedRedirect(host, refused?.address);
}

const isPublicName = (name: string): boolean =>
	name.includes('.') && !/\.(local|localhost|internal|localdomain|home\.arpa)$/.test(name);

function refusedRedirect(host: string, address = host): NetworkFault {
	const where = isIP(address) === 0 ? '' : ` (${host === address ? '' : `${address}, `}${zoneOf(address)})`;
	return new NetworkFault(
		'redirect_refused',
		`A redirect leads inside, to ${host}${where}; it was not followed.`,
	);
}

/**
 * A connection on which TLS may begin.
 *
 * @throws NetworkFault, ReadFault; nothing is open then
 */
export async function openConnection(
	asked: Asked,
	{ addresses, port }: Way,
	signal: AbortSignal,
): Promise<{ socket: Socket; address: string; at: string }> {
	const { socket, address } = await dial(addresses, port, signal);
	const { proxy, starttls } = asked;
	const target = asked.connectTo ?? asked;
	const at = proxy === undefined ? endpoint(address, port) : endpoint(target.host, target.port);
	const ignore = (): void => undefined;
	// Whoever works with the socket listens too; in between nobody does.
	socket.on('error', ignore);
	if (proxy === undefined && starttls === undefined) return { socket, address, at };
	try {
		const conversation = new Conversation(socket, at, signal);
		if (proxy !== undefined) {
			await connectThrough(conversation, proxy, target.host, target.port);
			if (starttls === undefined) conversation.end();
		}
		if (starttls !== undefined) await startTls(starttls, conversation, at);
		return { socket, address, at };
	} catch (thrown) {
		socket.destroy();
		throw thrown;
	}
}
