import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';

import { Containers, DockerError, Engine, parseConnection } from '../../../src/docker';
import { FrameDecoder, type Frame } from '../../../src/docker/frames';
import { LineJoiner, lineOf, plainText, type LogLine } from '../../../src/docker/log-lines';
import { readLogs } from '../../../src/docker/logs';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { Scope } from '../../support/scope';

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
		expect(Date.now() - startedAt).toBeLessThan(1000);
	});
});

describe('the log of a container', () => {
	const connection = {
		connectionType: 'socket',
		accessLevel: 'read',
		allowedContainers: '*',
		timeoutSeconds: 15,
	};
	let scope: Scope;
	let engine: TestEngine;
	let containers: Containers;

	beforeAll(async () => {
		scope = await Scope.open('logs');
		engine = await startEngine(scope);
		await loadImages(engine.docker, ['tools']);
		containers = new Containers(parseConnection({ ...connection, socketPath: engine.socketPath }));
	}, 120_000);

	afterAll(() => scope?.close());

	async function ran(
		name: string,
		script: string,
		options: Docker.ContainerCreateOptions = {},
	): Promise<Docker.Container> {
		const container = await engine.docker.createContainer({
			name,
			Image: imageTag('tools'),
			Cmd: ['sh', '-c', script],
			...options,
		});
		await container.start();
		await container.wait();
		return container;
	}

	/** Reads a whole log in a process of its own, whose memory is its own too and whose heap may not exceed 96 MB. */
	function readApart(name: string): {
		truncated: boolean;
		last: string;
		characters: number;
		grownBytes: number;
	} {
		const script = `
			const { Containers, parseConnection } = require(${JSON.stringify(resolve(__dirname, '../../../dist/src/docker/index.js'))});
			const containers = new Containers(parseConnection(${JSON.stringify({ ...connection, socketPath: engine.socketPath })}));
			const before = process.memoryUsage().rss;
			containers.logs(${JSON.stringify(name)}).then(({ lines, truncated }) => console.log(JSON.stringify({
				truncated,
				last: lines.at(-1).line,
				characters: lines.reduce((sum, { line }) => sum + line.length, 0),
				grownBytes: process.resourceUsage().maxRSS * 1024 - before,
			})));`;
		const output = execFileSync(process.execPath, ['--max-old-space-size=96', '-e', script], {
			encoding: 'utf8',
		});
		return JSON.parse(output) as ReturnType<typeof readApart>;
	}

	test('DK-22 both streams come with time, in order, oldest first', async () => {
		await ran('both', 'echo one; sleep 0.1; echo two >&2; sleep 0.1; printf three');
		const { lines, truncated } = await containers.logs('both');
		expect(lines.map(({ stream, line }) => `${stream}: ${line}`)).toEqual([
			'stdout: one',
			'stderr: two',
			'stdout: three',
		]);
		expect(lines.every(({ time }) => time !== null && !Number.isNaN(Date.parse(time)))).toBe(true);
		expect(truncated).toBe(false);
		expect((await containers.logs('both', { stdout: false })).lines.map(({ line }) => line)).toEqual(['two']);
		expect((await containers.logs('both', { tail: 1 })).lines.map(({ line }) => line)).toEqual(['three']);
	});

	test('DK-22 a container with a terminal is read as lines too', async () => {
		await ran('terminal', 'echo one; printf "\\033[32mtwo\\033[0m\\n"; echo three >&2', { Tty: true });
		const { lines } = await containers.logs('terminal');
		expect(lines.map(({ line }) => line)).toEqual(['one', 'two', 'three']);
		expect(lines.every(({ time }) => time !== null)).toBe(true);
	});

	test.each([false, true])(
		'DK-22 a line longer than the engine stores in one piece stays one line (terminal: %s)',
		async (Tty) => {
			await ran(`long-${Tty}`, `head -c 50000 /dev/zero | tr '\\0' x; echo; echo after`, { Tty });
			const { lines } = await containers.logs(`long-${Tty}`);
			expect(lines.map(({ line }) => line.length)).toEqual([50_000, 5]);
			expect(lines[0]?.line).toBe('x'.repeat(50_000));
		},
	);

	test('DK-22 a line without a line break ends with its process', async () => {
		const restarts = { Name: 'on-failure', MaximumRetryCount: 2 };
		const container = await engine.docker.createContainer({
			name: 'breathless',
			Image: imageTag('tools'),
			Cmd: ['sh', '-c', 'printf "last words"; exit 1'],
			HostConfig: { RestartPolicy: restarts },
		});
		await container.start();
		while ((await container.inspect()).RestartCount < 2 || (await container.inspect()).State.Running) {
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		const { lines } = await containers.logs('breathless');
		expect(lines.map(({ line }) => line)).toEqual(['last words', 'last words', 'last words']);
	});

	test('DK-22 the driver "local", which leaves out the line break of a long line, is read as lines too', async () => {
		await ran('local', `head -c 50000 /dev/zero | tr '\\0' x; echo; echo after`, {
			HostConfig: { LogConfig: { Type: 'local', Config: {} } },
		});
		const { lines } = await containers.logs('local');
		expect(lines.map(({ line }) => line.length)).toEqual([50_000, 5]);
	});

	test('DK-22 a line that is too long for the memory is cut and says so', async () => {
		await ran('endless', `head -c 300000 /dev/zero | tr '\\0' x; echo; echo after`);
		const { lines } = await containers.logs('endless');
		expect(lines.map(({ line }) => line.slice(-2))).toEqual(['x…', 'er']);
	});

	test.each([-1, Number.NaN, 1.5, 1e30])(
		'DK-22 a limit of %s is refused: the engine would read it as "all"',
		async (tail) => {
			await expect(containers.logs('both', { tail })).rejects.toMatchObject({ code: 'invalid_input' });
		},
	);

	test('DK-22 a beginning in the future gives no lines, and the past is cut where asked', async () => {
		await ran('times', 'echo old; sleep 1.2; echo new');
		expect((await containers.logs('times', { since: new Date(Date.now() + 3_600_000) })).lines).toEqual([]);
		const [, recent] = (await containers.logs('times')).lines;
		const since = new Date(Date.parse(recent?.time ?? '') - 300);
		expect((await containers.logs('times', { since })).lines.map(({ line }) => line)).toEqual(['new']);
		expect((await containers.logs('times', { until: since })).lines.map(({ line }) => line)).toEqual(['old']);
	});

	test('DK-22 a container whose logs are not kept says so, with a remedy', async () => {
		await ran('silent', 'echo lost', { HostConfig: { LogConfig: { Type: 'none', Config: {} } } });
		const error: unknown = await containers.logs('silent').catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(DockerError);
		expect(error).toMatchObject({ code: 'logs_unavailable', remedy: expect.stringContaining('json-file') });
	});

	test('DK-22 reading all of a large log stays within bounds, and of 1 GB the last 100 lines come at once', async () => {
		const container = await ran('huge', 'echo first');
		const { LogPath } = (await container.inspect()) as unknown as { LogPath: string };
		const time = '2026-11-20T10:00:00.000000001Z';
		const entry = (text: string) => `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time })}\n`;
		const block = Buffer.from(entry('y'.repeat(900)).repeat(10_000));
		const grow = (sizeBytes: number) => {
			for (let written = 0; written < sizeBytes; written += block.length) appendFileSync(LogPath, block);
			appendFileSync(LogPath, Array.from({ length: 100 }, (_, index) => entry(`last ${index}`)).join(''));
		};

		grow(150e6);
		const all = readApart('huge');
		expect(all).toMatchObject({ truncated: true, last: 'last 99' });
		expect(all.characters).toBeGreaterThan(10e6);
		expect(all.characters).toBeLessThan(17e6);
		expect(all.grownBytes).toBeLessThan(256e6);

		grow(850e6);
		const last = await containers.logs('huge', { tail: 100 });
		expect(last.lines.map(({ line }) => line)).toEqual(
			Array.from({ length: 100 }, (_, index) => `last ${index}`),
		);
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
	// Pauses may take 0.4 seconds, so that a busy machine does not end it early; the whole twenty times that.
	const engine = new Engine({ ...connection, timeoutSeconds: 0.4 });
	try {
		await expect(readLogs(engine, 'a'.repeat(64), false, {})).rejects.toMatchObject({
			code: 'timeout',
			message: expect.stringContaining('did not end within 8 seconds'),
		});
	} finally {
		server.closeAllConnections();
		server.close();
	}
});
