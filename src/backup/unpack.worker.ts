import { parentPort, workerData } from 'node:worker_threads';

import { errorMessage } from '../shared';
import { Change } from './threads/change';
import { giveWay } from './threads/give-way';
import { unpackHere, unpackWholeFrames } from './unpack-here';
import type { UnpackAnswer, UnpackRequest, UnpackTask } from './unpack-messages';

if (!parentPort) throw new Error('What unpacks runs as a worker thread.');
const port = parentPort;
giveWay();
const { compression, maxBlocks } = workerData as UnpackTask;
const blockBytes = 1024 * 1024;
const answer = (message: UnpackAnswer): void => port.postMessage(message);
const pieces: (ArrayBuffer | undefined)[] = [];
let unread = 0;
const change = new Change();

port.on('message', (request: UnpackRequest) => {
	if (request.type === 'read') unread -= 1;
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
	while (unread >= maxBlocks) await change.next();
	return Buffer.from(new ArrayBuffer(blockBytes));
}

/** Whoever reads it may keep it. */
function send({ buffer }: Buffer, sizeBytes: number): void {
	const block = buffer as ArrayBuffer;
	unread += 1;
	port.postMessage({ type: 'block', block, sizeBytes } satisfies UnpackAnswer, [block]);
}

async function run(): Promise<void> {
	let block: Buffer | undefined;
	let used = 0;
	const content =
		compression === 'zstd' ? unpackWholeFrames(received()) : unpackHere(received(), compression);
	for await (const piece of content) {
		for (let at = 0; at < piece.length;) {
			block ??= await nextBlock();
			const copied = piece.copy(block, used, at);
			at += copied;
			used += copied;
			if (used < block.length) continue;
			send(block, used);
			block = undefined;
			used = 0;
		}
	}
	if (block) send(block, used);
	answer({ type: 'end' });
}

run().catch((thrown: unknown) => answer({ type: 'failed', message: errorMessage(thrown) }));
