import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { BlockGatherer } from '../../../src/backup/blocks';
import { streamBlocks } from '../../../src/backup/stream-blocks';
import { Scope } from '../../support/scope';

const blockBytes = 64 * 1024;
const content = randomBytes(5_000_001);

let scope: Scope;
let server: Server | undefined;
beforeAll(async () => {
	scope = await Scope.open('stream-blocks');
});
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
	server = undefined;
});
afterAll(() => scope.close());

/** Reads everything; each block is spoilt as soon as it was looked at, as its next use would do it. */
async function readAll(stream: Readable, pauseMs?: number): Promise<Buffer> {
	const gatherer = new BlockGatherer(blockBytes);
	const parts: Buffer[] = [];
	for await (const block of streamBlocks(stream, gatherer)) {
		parts.push(Buffer.from(block));
		block.fill(0xaa);
		gatherer.release(block);
		if (pauseMs !== undefined) await sleep(pauseMs);
	}
	for (const part of parts.slice(0, -1)) expect(part.length).toBe(blockBytes);
	return Buffer.concat(parts);
}

async function answerOf(
	send: (write: (bytes: Buffer) => Promise<void>) => Promise<void>,
): Promise<IncomingMessage> {
	const socketPath = scope.path(`socket-${Math.random()}`);
	server = createServer((_request, response) => {
		const write = async (bytes: Buffer): Promise<void> => {
			if (!response.write(bytes)) await once(response, 'drain');
		};
		void send(write).then(
			() => response.end(),
			() => response.destroy(),
		);
	}).listen(socketPath);
	await once(server, 'listening');
	const [response] = (await once(get({ socketPath }), 'response')) as [IncomingMessage];
	return response;
}

async function sendContent(write: (bytes: Buffer) => Promise<void>): Promise<void> {
	for (let at = 0, step = 1; at < content.length; at += step) {
		step = (step * 7919) % 90_001;
		await write(content.subarray(at, at + step));
	}
}

test.each([undefined, 1])(
	'an answer comes out as it was sent, by a reader that waits %p ms',
	async (pauseMs) => {
		expect((await readAll(await answerOf(sendContent), pauseMs)).equals(content)).toBe(true);
	},
);

test('what was read from a connection does not stay in memory', async () => {
	const response = await answerOf(sendContent);
	const memories: ArrayBufferLike[] = [];
	response.socket.on('data', ({ buffer }: Buffer) => memories.push(buffer));
	const chunks: ArrayBufferLike[] = [];
	const blocks = readAll(response);
	response.on('data', ({ buffer }: Buffer) => chunks.push(buffer));
	expect((await blocks).equals(content)).toBe(true);
	const held = (list: ArrayBufferLike[]): number => list.reduce((sum, { byteLength }) => sum + byteLength, 0);
	expect(memories.length).toBeGreaterThan(20);
	// The first and the last one may have been read before or after it was known.
	expect(held(memories)).toBeLessThan(4 * 64 * 1024);
	expect(held(chunks)).toBeLessThan(4 * 64 * 1024);
});

test('a stream whose chunks share a memory comes out whole', async () => {
	const memory = new Uint8Array(content).buffer;
	const pieces = Array.from({ length: 50 }, (_, index) => Buffer.from(memory, index * 100_000, 100_000));
	const rest = Buffer.from(memory, 5_000_000, 1);
	expect((await readAll(Readable.from([...pieces, rest], { objectMode: false }))).equals(content)).toBe(true);
});

test('BK-6: a connection that breaks off fails after what has come', async () => {
	const response = await answerOf(async (write) => {
		await write(content.subarray(0, 200_000));
		await sleep(50);
		throw new Error('gone');
	});
	let readBytes = 0;
	const reading = (async () => {
		for await (const block of streamBlocks(response, new BlockGatherer(blockBytes)))
			readBytes += block.length;
	})();
	await expect(reading).rejects.toThrow('aborted');
	expect(readBytes).toBe(3 * blockBytes);
});

test('a stream that is closed before its end fails', async () => {
	const stream = new PassThrough();
	stream.write(content.subarray(0, 10));
	setTimeout(() => stream.destroy(), 20);
	await expect(readAll(stream)).rejects.toThrow('Premature close');
});

test('BK-18: a reader that does not come for more stops the stream', async () => {
	let sentBytes = 0;
	const endless = new Readable({
		read() {
			sentBytes += 10_000;
			this.push(content.subarray(0, 10_000));
		},
	});
	const blocks = streamBlocks(endless, new BlockGatherer(blockBytes));
	await blocks.next();
	await sleep(100);
	const before = sentBytes;
	await sleep(100);
	expect(sentBytes).toBe(before);
	expect(sentBytes).toBeLessThan(6 * blockBytes);
	await blocks.return(undefined);
	expect(endless.destroyed).toBe(true);
});
