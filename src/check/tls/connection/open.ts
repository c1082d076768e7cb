import type { Socket } from 'node:net';

import { dial } from '../../probes/network/dial';
import { endpoint } from '../../probes/network/faults';
import { insideRefused } from '../../probes/network/inside';
import { resolveHost, type Address } from '../../probes/network/resolve';
import { zoneOf } from '../../probes/network/zone';
import type { Asked } from '../options';
import { Conversation } from './conversation';
import { connectThrough } from './proxy';
import { startTls } from './starttls';

/** Where connections of a check go to. */
export interface Way {
	host: string;
	port: number;
	addresses: readonly Address[];
}

/** @throws NetworkFault when the host has no address, or none that may be looked at */
export async function findWay(asked: Asked, signal: AbortSignal): Promise<Way> {
	const { host, port } = asked.proxy ?? asked.connectTo ?? asked;
	const { addresses } = await resolveHost(host, 'any', signal);
	const inside = addresses.find(({ address }) => zoneOf(address) !== 'public');
	if (asked.isPublicOnly && inside !== undefined) throw insideRefused(host, inside.address);
	return { host, port, addresses };
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
