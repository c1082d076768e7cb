import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { oneLine } from '../../probes/finding';
import type { Asked } from '../options';
import { openConnection, type Way } from './open';

const greetingMs = 300;

/** What speaks where TLS was expected, as the end of a sentence; empty where it cannot be told. */
export async function whoSpeaks(asked: Asked, way: Way, signal: AbortSignal): Promise<string> {
	let socket: Socket | undefined;
	try {
		({ socket } = await openConnection({ ...asked, starttls: undefined }, way, signal));
		let heard = Buffer.alloc(0);
		socket.on('data', (chunk: Buffer) => {
			if (heard.length < 1000) heard = Buffer.concat([heard, chunk]);
		});
		await sleep(greetingMs, undefined, { signal });
		if (heard.length === 0) {
			socket.write('GET / HTTP/1.0\r\n\r\n');
			await sleep(greetingMs, undefined, { signal });
		}
		const [line = ''] = heard.toString('latin1').split('\n');
		if (/^HTTP\/\d/.test(line)) return 'It speaks HTTP without encryption.';
		if (line.startsWith('SSH-')) return `It is an SSH server ("${oneLine(line, 60)}").`;
		return line.trim() === '' ? '' : `It says "${oneLine(line, 60)}".`;
	} catch {
		return '';
	} finally {
		socket?.destroy();
	}
}
