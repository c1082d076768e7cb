import { parentPort, workerData } from 'node:worker_threads';

import { errorMessage } from '../shared';
import { Change } from './threads/change';
import { giveWay } from './threads/give-way';
import { unpackHere, unpackWholeFrames } from './unpack-here';
import type { UnpackAnswer, UnpackRequest, UnpackTask } from './unpack-messages';

if (!parentPort) throw new Error('What unpacks runs as a worker thread.');
const port = parentPort;
giveWay();
const { compression, blocks } = workerData as UnpackTask;
const answer = (message: UnpackAnswer): void => port.postMessage(message);
const pieces: (ArrayBuffer | undefined)[] = [];
const change = new Change();

port.on('message', (request: UnpackRequest) => {
	if (request.type === 'block') blocks.push(request.block);
	else pieces.push(request.type === 'piece' ? request.piece : undefined);
	change.happened();
});

async function* received(): AsyncGenerator<Buffer, void, undefined> {
	for (;;) {
		if (pieces.length === 0) {
			await change.next();
			continue;
		}
		const piece = pieces.shift();
		if (piece === undefined) return;
		yield Buffer.from(piece);
		answer({ type: 'taken' });
	}
}

async function nextBlock(): Promise<Buffer> {
	for (;;) {
		const block = blocks.pop();
		if (block) return Buffer.from(block);
		await change.next();
	}
}

async function run(): Promise<void> {
	let block: Buffer | undefined;
	let used = 0;
	const send = (full: Buffer): void =>
		answer({ type: 'block', block: full.buffer as SharedArrayBuffer, sizeBytes: used });
	const content =
		compression === 'zstd' ? unpackWholeFrames(received()) : unpackHere(received(), compression);
	for await (const piece of content) {
		for (let at = 0; at < piece.length;) {
			block ??= await nextBlock();
			const copied = piece.copy(block, used, at);
			at += copied;
			used += copied;
			if (used < block.length) continue;
			send(block);
			block = undefined;
			used = 0;
		}
	}
	if (block) send(block);
	answer({ type: 'end' });
}

run().catch((thrown: unknown) => answer({ type: 'failed', message: errorMessage(thrown) }));
