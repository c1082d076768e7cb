import type { Socket } from 'node:net';

import { ServiceFault } from './reasons';

const most = 1024 * 1024;
const everyMs = 20;

/**
 * Breaks a connection off that has brought far more than its few answers need: what answers is no such server, and would
 * fill the memory that n8n shares with all workflows.
 *
 * @returns lets go of the connection
 */
export function boundBytes(socket: Socket, at: string): () => void {
	const timer = setInterval(() => {
		if (socket.bytesRead > most)
			socket.destroy(
				new ServiceFault('answer_too_large', `${at} sends far more than was asked for; it was broken off.`),
			);
	}, everyMs).unref();
	return () => clearInterval(timer);
}
