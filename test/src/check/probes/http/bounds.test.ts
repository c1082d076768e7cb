import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { askHttp } from '../checks';
import { closeServers, raw, web } from '../servers';

afterAll(closeServers);

const timeoutMs = 700;
const MIB = 1024 * 1024;

/** Writes for as long as the other side takes it. */
function endless(response: ServerResponse, chunk: Buffer): void {
	const more = (): void => {
		while (!response.destroyed && response.write(chunk));
	};
	response.on('drain', more);
	more();
}

function drip(write: (text: string) => unknown, text: string): void {
	let at = 0;
	const timer = setInterval(() => write(text.charAt(at++ % text.length)), 50);
	timer.unref();
}

const http = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Whatever a server may do to a client, and what is to be said of it. */
const hostile: [what: string, serve: (socket: Socket) => void, reason: string, message: RegExp][] = [
	['never answers', () => undefined, 'timeout', /the head of an answer did not come in time/],
	[
		'drips its head',
		(socket) => drip((byte) => socket.write(byte), `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}`),
		'timeout',
		/the head of an answer did not come in time/,
	],
	[
		'stops amid its head',
		(socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'),
		'timeout',
		/the head of an answer did not come in time/,
	],
	[
		'drips its body',
		(socket) => {
			socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n');
			drip((byte) => socket.write(byte), 'x');
		},
		'timeout',
		/was not complete in time \(\d+ B of it came\)/,
	],
	[
		'has no body after its head',
		(socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
		'timeout',
		/nothing of it came/,
	],
	[
		'announces more and more',
		(socket) => {
			const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'), 5);
			socket.on('close', () => clearInterval(timer));
		},
		'timeout',
		/did not come in time/,
	],
	[
		'speaks another protocol',
		(socket) => socket.write('220 mail ESMTP\r\n'),
		'protocol',
		/does not speak HTTP/,
	],
	['sends noise', (socket) => socket.write(randomBytes(5000)), 'protocol', /does not speak HTTP/],
	[
		'sends an endless head',
		(socket) => {
			socket.write('HTTP/1.1 200 OK\r\n');
			const timer = setInterval(() => socket.write(`X-A: ${'x'.repeat(5000)}\r\n`), 1);
			socket.on('close', () => clearInterval(timer));
		},
		'protocol',
		/a head of more than 16 KiB/,
	],
	[
		'breaks off in its body',
		(socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
		'reset',
		/broke off in the middle of its answer/,
	],
	[
		'breaks off in a chunk',
		(socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
		'reset',
		/broke off in the middle/,
	],
	[
		'says gzip and sends something else',
		(socket) => socket.write(http('plain').replace('Content', 'Content-Encoding: gzip\r\nContent')),
		'encoding',
		/says its answer is packed as gzip, but it is not/,
	],
	[
		'packs as nobody can unpack',
		(socket) => socket.write(http('plain').replace('Content', 'Content-Encoding: zip\r\nContent')),
		'encoding',
		/packs its answer as "zip"/,
	],
	[
		'switches to another protocol unasked',
		(socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
		'status',
		/101 Switching Protocols/,
	],
	['closes at once', (socket) => socket.destroy(), 'reset', /was broken off/],
];

test.each(hostile)(
	'HC-13 a server that %s is named, within the time limit',
	async (_what, serve, reason, message) => {
		const port = await raw((socket) => void socket.once('data', () => serve(socket)));
		const begun = performance.now();
		const finding = await askHttp(
			`http://127.0.0.1:${port}/`,
			{},
			{
				timeoutMs: reason === 'timeout' ? timeoutMs : 10_000,
			},
		);
		expect(performance.now() - begun).toBeLessThan(timeoutMs + 10_000);
		expect(finding).toMatchObject({ reason, message: expect.stringMatching(message) });
		expect(finding.level).toBe(/zip"/.test(finding.message) ? 'unknown' : 'critical');
	},
);

test('HC-13 of an endless body, and of one of 100 MB, only the first MiB is read', async () => {
	const url = await web((request, response) => {
		if (request.url === '/endless') return endless(response, Buffer.alloc(65_536, 'x'));
		response.writeHead(200, { 'content-length': 100 * MIB });
		endless(response, Buffer.alloc(65_536, 'y'));
	});
	for (const path of ['endless', 'large']) {
		const finding = await askHttp(`${url}${path}`, {}, { timeoutMs: 5000 });
		expect(finding).toMatchObject({ level: 'ok', details: { bytes: MIB, isCut: true } });
		expect(finding.latencyMs).toBeLessThan(3000);
	}
});

test('HC-13 a bomb of gzip is not unpacked beyond the first MiB, however it goes on', async () => {
	const bomb = gzipSync(Buffer.alloc(100 * MIB), { level: 9 });
	const url = await web((request, response) => {
		response.setHeader('content-encoding', 'gzip');
		if (request.url === '/bomb') response.end(bomb);
		else endless(response, bomb);
	});
	const before = process.memoryUsage().rss;
	for (const path of ['bomb', 'endless']) {
		const finding = await askHttp(`${url}${path}`, {}, { timeoutMs: 8000 });
		expect(finding).toMatchObject({ level: 'ok', details: { isCut: true } });
	}
	expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
});

test('HC-13 what is packed and longer than a MiB is unpacked as far as it was received', async () => {
	const packed = gzipSync(Buffer.concat([Buffer.from('head'), randomBytes(3 * MIB)]));
	const url = await web((_request, response) => {
		response.setHeader('content-encoding', 'gzip').end(packed);
	});
	const finding = await askHttp(url, { contains: ['head'] });
	expect(finding).toMatchObject({ level: 'ok', details: { isCut: true } });
});

test('HC-13 what is sought beyond the first MiB is unknown, neither there nor missing', async () => {
	const url = await web((_request, response) => response.end(`head${' '.repeat(MIB)}tail`));
	expect(await askHttp(url, { contains: ['head'] })).toMatchObject({ level: 'ok' });
	for (const more of [{ contains: ['tail'] }, { containsNot: ['tail'] }, { json: [{ path: '$' }] }]) {
		const finding = await askHttp(url, more);
		expect(finding).toMatchObject({ level: 'unknown', reason: 'body_too_large' });
		expect(finding.message).toContain('what is sought may lie beyond');
	}
	expect(await askHttp(url, { containsNot: ['head'] })).toMatchObject({ reason: 'keyword_found' });
});

test('HC-13 redirects without end, in a circle or to other kinds of addresses are refused', async () => {
	let count = 0;
	const to = (location: string) => ({ location });
	const url = await web((request, response) => {
		const location = {
			'/endless': `/endless?${(count += 1)}`,
			'/circle': '/back',
			'/back': '/circle',
			'/self': '/self',
			'/file': 'file:///etc/passwd',
			'/script': 'javascript:alert(1)',
			'/bad': 'http://[',
			'/ftp': 'ftp://203.0.113.9/',
		}[(request.url ?? '').replace(/\?.*/, '')];
		response.writeHead(302, to(location ?? '/')).end();
	});
	const reasonOf = async (path: string) => (await askHttp(`${url}${path}`)).reason;
	expect(await reasonOf('endless')).toBe('redirect_loop');
	expect(count).toBe(11);
	expect(await reasonOf('circle')).toBe('redirect_loop');
	expect(await reasonOf('self')).toBe('redirect_loop');
	expect(await reasonOf('file')).toBe('redirect_scheme');
	expect(await reasonOf('script')).toBe('redirect_scheme');
	expect(await reasonOf('ftp')).toBe('redirect_scheme');
	expect(await reasonOf('bad')).toBe('redirect_invalid');
});

test('a run that is cancelled says nothing of the target, and ends at once', async () => {
	const port = await raw(() => undefined);
	const controller = new AbortController();
	setTimeout(() => controller.abort(), 50);
	const begun = performance.now();
	const finding = await askHttp(`http://127.0.0.1:${port}/`, {}, { signal: controller.signal });
	expect(performance.now() - begun).toBeLessThan(10_000);
	expect(finding).toMatchObject({ level: 'unknown', reason: 'cancelled' });
});

test('a check that has no time left at its beginning is late, and asks nobody', async () => {
	let asked = 0;
	const port = await raw(() => (asked += 1));
	const signal = AbortSignal.timeout(1);
	await new Promise((resolve) => signal.addEventListener('abort', resolve));
	const finding = await askHttp(`http://127.0.0.1:${port}/`, {}, { signal });
	expect(finding.reason).toMatch(/timeout/);
	expect(asked).toBe(0);
});
