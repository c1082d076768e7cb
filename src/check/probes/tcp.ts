import type { Socket } from 'node:net';

import { formatDuration } from '../../shared';
import { asFinding, found, wholeMs } from './finding';
import { dial } from './network/dial';
import { connectFault, ended, endpoint, NetworkFault, untilEnd } from './network/faults';
import { resolveHost } from './network/resolve';
import { insideRefused } from './network/inside';
import { zoneOf } from './network/zone';
import type { Probe } from './probe';

/**
 * A relay without anything behind it, such as that of a published port of a container, takes a connection and drops
 * it at once: so long the connection must hold, or a third of the time of the check where that is less.
 */
const mustHoldMs = 300;

/** Opens a connection and closes it; nothing is sent. */
export const probeTcp: Probe<'tcp'> = ({ host, port, timeoutSeconds }, { signal, isPublicOnly = false }) => {
	const details: Record<string, unknown> = {};
	return asFinding(async () => {
		const { addresses, missing } = await resolveHost(host, 'any', signal);
		if (missing !== undefined) details['missing'] = missing;
		const inside = addresses.find((one) => zoneOf(one.address) !== 'public');
		if (isPublicOnly && inside !== undefined) throw insideRefused(host, inside.address);
		const begun = performance.now();
		const { socket, address, failed } = await dial(addresses, port, signal);
		const connectMs = performance.now() - begun;
		details['address'] = address;
		if (failed.length > 0) details['failed'] = failed;
		const holdMs = Math.min(mustHoldMs, (timeoutSeconds * 1000) / 3);
		await holds(socket, endpoint(address, port), holdMs, signal);
		const took = formatDuration(connectMs);
		const message = `Port ${port} of ${host} took a connection after ${took}.`;
		return found('ok', 'ok', message, wholeMs(connectMs), details);
	}, details);
};

function holds(socket: Socket, at: string, holdMs: number, signal: AbortSignal): Promise<undefined> {
	const late = (): NetworkFault =>
		ended(signal, 'timeout', `${at} took the connection, but too late to see whether it holds.`);
	return untilEnd<undefined>(signal, late, (resolve, reject) => {
		const timer = setTimeout(() => resolve(undefined), holdMs);
		// Whoever speaks first is there.
		socket.once('data', () => resolve(undefined));
		socket.once('end', () =>
			reject(new NetworkFault('closed', `${at} takes connections, but closes them at once.`)),
		);
		socket.once('error', (thrown) => reject(connectFault(thrown, at)));
		return () => {
			clearTimeout(timer);
			socket.destroy();
		};
	});
}
