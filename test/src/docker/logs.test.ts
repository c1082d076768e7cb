import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Engine, parseConnection } from '../../../src/docker';
import { FrameDecoder, type Frame } from '../../../src/docker/frames';
import { LineJoiner, lineOf, plainText, type LogLine } from '../../../src/docker/log-lines';
import { readLogs } from '../../../src/docker/logs';

function frame(type: number, text: string | Buffer): Buffer {
	const payload = Buffer.from(text);
	const header = Buffer.alloc(8);
	header.writeUInt8(type, 0);
	header.writeUInt32BE(payload.length, 4);
	return Buffer.concat([header, payload]);
}

async function decode(chunks: Buffer[]): Promise<Frame[]> {
	const frames: Frame[] = [];
	await pipeline(Readable.from(chunks), new FrameDecoder(), async (source: AsyncIterable<Frame>) => {
		for await (const piece of source) frames.push({ ...piece, payload: Buffer.from(piece.payload) });
	});
	return frames;
}

function join(frames: Frame[]): LogLine[] {
	const lines: LogLine[] = [];
	const joiner = new LineJoiner((line) => lines.push(lineOf(line)));
	frames.forEach((piece) => joiner.push(piece));
	joiner.end();
	return lines;
}

describe('frames', () => {
	const whole = Buffer.concat([
		frame(1, 'to out\n'),
		frame(2, ''),
		frame(2, 'to err\n'),
		frame(0, Buffer.from([0, 1, 255])),
	]);

	test('DK-22 frames are the same wherever the chunks are cut', async () => {
		const expected = await decode([whole]);
		expect(expected.map(({ stream, payload }) => [stream, payload.toString('latin1')])).toEqual([
			['stdout', 'to out\n'],
			['stderr', ''],
			['stderr', 'to err\n'],
			['stdout', '\u0000\u0001ÿ'],
		]);
		for (let cut = 1; cut < whole.length; cut += 1) {
			expect(await decode([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(expected);
		}
		expect(await decode(Array.from(whole, (byte) => Buffer.from([byte])))).toEqual(expected);
	});

	test('DK-22 a stream that ends inside a header or a frame is an error, not a short log', async () => {
		for (const cut of [1, 7, 8, whole.length - 1]) {
			await expect(decode([whole.subarray(0, cut)])).rejects.toMatchObject({ code: 'answer_cut' });
		}
	});

	test('bytes that are no frames are refused', async () => {
		await expect(decode([Buffer.from('plain text, no frames')])).rejects.toMatchObject({
			code: 'not_an_engine',
		});
	});
});

describe('lines', () => {
	const at = '2026-11-20T10:00:00.000000001Z';
	const out = (text: string | Buffer): Frame => ({ stream: 'stdout', payload: Buffer.from(text) });
	const err = (text: string): Frame => ({ stream: 'stderr', payload: Buffer.from(text) });

	test('DK-22 pieces of one line are joined by stream, and several lines in one piece are separated', () => {
		expect(join([out(`${at} half`), err(`${at} other\n`), out(` whole\n${at} next\n`)])).toEqual([
			{ time: at, stream: 'stderr', line: 'other' },
			{ time: at, stream: 'stdout', line: 'half whole' },
			{ time: at, stream: 'stdout', line: 'next' },
		]);
	});

	test('DK-22 a last line without a line break and an empty line are kept', () => {
		expect(join([out(`${at} \n${at} end`)]).map(({ line }) => line)).toEqual(['', 'end']);
	});

	test('DK-22 invalid UTF-8 is replaced and does not spoil its neighbours, also when a character is cut in two', () => {
		const umlaut = Buffer.from('ä');
		const pieces = [
			Buffer.concat([Buffer.from(`${at} a`), umlaut.subarray(0, 1)]),
			Buffer.concat([umlaut.subarray(1), Buffer.from([0xff, 0x0a])]),
		];
		expect(join(pieces.map(out))).toEqual([{ time: at, stream: 'stdout', line: 'aä\ufffd' }]);
	});

	test('DK-22 terminal sequences and control characters are removed, tabs stay', () => {
		expect(plainText('\u001b[31mred\u001b[0m\u0007 a\tb\u0000\u009b2J')).toBe('red a\tb');
	});
});

describe('control characters', () => {
	test('DK-22 titles, links and device strings of a terminal are removed', () => {
		const link = '\u001b]8;;https://example.com\u001b\\text\u001b]8;;\u0007';
		expect(plainText(`\u001b]0;title\u0007a ${link} \u001bPq#0\u001b\\b\u001b(B\u001b7`)).toBe('a text b');
		expect(plainText('\u001b]no end')).toBe(']no end');
	});

	test.each([
		'\u001b]',
		'\u001b]8;;',
		'\u001b[',
		'\u001b[1;',
		'\u009d',
		'\u009b',
		'\u001bP',
		'\u001b',
		'\u001b ',
	])('DK-22 a line full of %j does not hold n8n up', (sequence) => {
		const startedAt = Date.now();
		plainText(sequence.repeat(256 * 1024));
		expect(Date.now() - startedAt).toBeLessThan(10_000);
	});
});

test('DK-1 a log that drips for ever ends with a message', async () => {
	const server = createServer((request, response) => {
		if (request.url?.startsWith('/_ping')) return void response.end('OK');
		const drip = setInterval(() => response.write(frame(1, 'x\n')), 20);
		response.on('close', () => clearInterval(drip));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const rights = { accessLevel: 'read', allowedContainers: '*' };
	const connection = parseConnection({ connectionType: 'tcp', host: '127.0.0.1', port, ...rights });
	// Pauses may take a second, so that a busy machine does not end it early; the whole twenty times that.
	const engine = new Engine({ ...connection, timeoutSeconds: 1 });
	try {
		await expect(readLogs(engine, 'a'.repeat(64), false, {})).rejects.toMatchObject({
			code: 'timeout',
			message: expect.stringContaining('did not end within 20 seconds'),
		});
	} finally {
		server.closeAllConnections();
		server.close();
	}
});
