import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { askHttp } from '../checks';
import { closeServers, raw, web } from '../servers';

afterAll(closeServers);

const pages: Record<string, [status: number, body: string, headers?: Record<string, string>]> = {
	'/': [200, 'Welcome. Add to cart'],
	'/wrong': [200, 'Error establishing a database connection'],
	'/empty': [204, ''],
	'/same': [304, ''],
	'/login': [401, 'who are you?'],
	'/busy': [503, 'later', { 'retry-after': '120' }],
	'/old': [301, '', { location: '/' }],
	'/health': [200, '{"status":"ok","parts":[{"up":true},{"up":true}],"count":3,"none":null}'],
};

let url: string;
beforeAll(async () => {
	url = await web((request, response) => {
		const [status, body, headers = {}] = pages[request.url ?? ''] ?? [404, 'nothing'];
		response.writeHead(status, headers).end(body);
	});
});

const cart = { contains: ['Add to cart'] };
const wrong = { containsNot: ['Error establishing'] };

test.each([
	['a good page', '', cart, 'ok', /^200 OK after \d+(\.\d+)? m?s\.$/],
	[
		'an error page with 200, by its missing text',
		'wrong',
		cart,
		'keyword_missing',
		/does not hold "Add to cart"/,
	],
	['an error page with 200, by its text', 'wrong', wrong, 'keyword_found', /holds "Error establishing"/],
	['204 without a body', 'empty', {}, 'ok', /^204 No Content/],
	['304 unwanted', 'same', {}, 'status', /^The answer is 304 Not Modified; good would be 200-299\.$/],
	['304 wanted', 'same', { status: [304] }, 'ok', /^304/],
	['401 wanted', 'login', { status: ['200-299', 401] }, 'ok', /^401/],
	['401 unwanted', 'login', {}, 'status', /401 Unauthorized/],
	['503 with Retry-After', 'busy', {}, 'status', /503 Service Unavailable.*\(Retry-After: 120\)/],
	['a redirect', 'old', cart, 'ok', /It came from http:\/\/127.0.0.1:\d+\/, after 1 redirect\.$/],
	['a redirect that is wanted itself', 'old', { redirects: 'stay', status: [301] }, 'ok', /^301/],
	['a redirect that is not followed', 'old', { redirects: 'stay' }, 'status', /301 Moved Permanently/],
	['a page that is gone', 'gone', {}, 'status', /404 Not Found/],
])('HC-14 %s', async (_title, path, more, reason, message) => {
	const finding = await askHttp(`${url}${path}`, more);
	expect(finding).toMatchObject({ reason, level: reason === 'ok' ? 'ok' : 'critical' });
	expect(finding.message).toMatch(message);
	expect(finding.details).toMatchObject({
		address: '127.0.0.1',
		attempts: 1,
		timings: { dnsMs: expect.any(Number), firstByteMs: expect.any(Number) },
	});
});

test.each([
	['$.status', 'ok', 'ok', ''],
	['$.status', ['ok', 'degraded'], 'ok', ''],
	['$.status', 'degraded', 'json_mismatch', '$.status is "ok"; expected was "degraded".'],
	['$.parts[*].up', true, 'ok', ''],
	['$.count', '3', 'json_mismatch', '$.count is 3; expected was "3".'],
	['$.none', null, 'ok', ''],
	['$.parts', true, 'json_mismatch', '$.parts is a list; expected was true.'],
	['$.missing', undefined, 'json_mismatch', 'The answer has no $.missing.'],
	['$["__proto__"]', undefined, 'json_mismatch', 'The answer has no $["__proto__"].'],
	['$.status[', undefined, 'config', 'The JSONPath $.status[ cannot be read: '],
])('JSON at %s, expected %j: %s', async (path, equals, reason, message) => {
	const finding = await askHttp(`${url}health`, { json: [{ path, equals }] });
	expect(finding.reason).toBe(reason);
	expect(finding.level).toBe({ ok: 'ok', config: 'unknown' }[reason] ?? 'critical');
	expect(finding.message).toContain(message);
});

test('an answer that is no JSON is named, with its beginning', async () => {
	const finding = await askHttp(url, { json: [{ path: '$.status' }] });
	expect(finding).toMatchObject({ level: 'critical', reason: 'json_invalid' });
	expect(finding.message).toBe('The answer is not JSON; it begins with "Welcome. Add to cart".');
});

test('HC-13 JSON that takes too long to search, or is too deep, ends the search', async () => {
	const deep = '['.repeat(100_000) + ']'.repeat(100_000);
	const wide = `[${'{"a":[1]},'.repeat(40_000)}1]`;
	const server = await web((request, response) => response.end(request.url === '/deep' ? deep : wide));
	const begun = performance.now();
	for (const [path, query] of [
		['deep', '$..a'],
		['wide', '$..[?count($..*) > 1].b'],
	]) {
		const finding = await askHttp(`${server}${path}`, { json: [{ path: query }] });
		expect(finding).toMatchObject({ reason: 'json_mismatch' });
		expect(finding.message).toMatch(/cannot be found in time in so large or deep an answer/);
	}
	expect(performance.now() - begun).toBeLessThan(4000);
});

test('HC-13 all paths of a check share a second, and what is left of its time', async () => {
	const server = await web((_request, response) => response.end(`[${'{"a":[1]},'.repeat(40_000)}1]`));
	const json = Array.from({ length: 5 }, () => ({ path: '$..[?count($..*) > 1].b' }));
	for (const [timeoutSeconds, mostMs] of [
		[10, 2500],
		[0.2, 900],
	] as const) {
		const begun = performance.now();
		const finding = await askHttp(server, { json, timeoutSeconds });
		expect(finding).toMatchObject({ reason: 'json_mismatch' });
		expect(performance.now() - begun).toBeLessThan(mostMs);
	}
});

test.each([
	['gzip', gzipSync],
	['br', brotliCompressSync],
	['deflate', deflateSync],
	['deflate', deflateRawSync],
	['GZIP', gzipSync],
	['identity', (text: Buffer) => text],
])('a text packed as %s is found', async (encoding, pack) => {
	const server = await web((_request, response) => {
		response.setHeader('content-encoding', encoding);
		response.end(pack(Buffer.from('Add to cart'.padEnd(5000))));
	});
	expect(await askHttp(server, cart)).toMatchObject({ level: 'ok' });
	// Without a body there is nothing to unpack.
	expect(await askHttp(server, { method: 'HEAD' })).toMatchObject({ level: 'ok' });
});

test('a text in another character set is found', async () => {
	const server = await web((request, response) => {
		const charset = request.url === '/odd' ? 'no-such-set' : 'windows-1251';
		response.setHeader('content-type', `text/html; charset=${charset}`);
		response.end(
			charset === 'windows-1251' ? Buffer.from([0xca, 0xee, 0xf0, 0xe7, 0xe8, 0xed, 0xe0]) : 'Корзина',
		);
	});
	expect(await askHttp(server, { contains: ['Корзина'] })).toMatchObject({ level: 'ok' });
	expect(await askHttp(`${server}odd`, { contains: ['Корзина'] })).toMatchObject({ level: 'ok' });
});

test('HC-14 a connection broken off before an answer is tried once more, at once', async () => {
	const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
	for (const fault of ['reset', 'close', 'goaway'] as const) {
		const port = await raw((socket, index) =>
			socket.once('data', () => {
				if (index > 0) socket.end(answer);
				else if (fault === 'reset') socket.resetAndDestroy();
				else if (fault === 'close') socket.end();
				else socket.end(Buffer.from('00000807000000000000000000000000', 'hex'));
			}),
		);
		const finding = await askHttp(`http://127.0.0.1:${port}/`);
		expect(finding).toMatchObject({ level: 'ok', details: { attempts: 2 } });
	}
});

test('HC-14 a connection that is always broken off is asked twice, a POST once', async () => {
	const methods: string[] = [];
	const port = await raw((socket) =>
		socket.once('data', (head: Buffer) => {
			methods.push(head.toString().split(' ')[0] ?? '');
			socket.resetAndDestroy();
		}),
	);
	const get = await askHttp(`http://127.0.0.1:${port}/`);
	expect(get).toMatchObject({
		level: 'critical',
		reason: 'reset',
		latencyMs: null,
		details: { attempts: 2 },
	});
	const post = await askHttp(`http://127.0.0.1:${port}/`, { method: 'POST' });
	expect(post).toMatchObject({ reason: 'reset', details: { attempts: 1 } });
	expect(methods).toEqual(['GET', 'GET', 'POST']);
});

test('HC-14 there is one second try for a check, however many redirects it follows', async () => {
	const redirect = 'HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n';
	const port = await raw((socket, index) =>
		socket.once('data', () => (index === 1 ? socket.end(redirect) : socket.resetAndDestroy())),
	);
	const finding = await askHttp(`http://127.0.0.1:${port}/`);
	const redirects = [`http://127.0.0.1:${port}/next`];
	expect(finding).toMatchObject({ reason: 'reset', details: { attempts: 2, redirects } });
});

test('HC-14 HTTP/2 without HTTP/1.1 is named', async () => {
	const settings = Buffer.from('000000040000000000', 'hex');
	const port = await raw((socket) => void socket.once('data', () => socket.end(settings)));
	const finding = await askHttp(`http://127.0.0.1:${port}/`);
	expect(finding).toMatchObject({ reason: 'protocol', details: { attempts: 2 } });
	expect(finding.message).toMatch(/speaks HTTP\/2 only/);
});

test('HC-22 latency is measured by a clock that nobody sets', async () => {
	const server = await web((_request, response) => {
		jest.spyOn(Date, 'now').mockReturnValue(0);
		setTimeout(() => response.end('ok'), 60);
	});
	const finding = await askHttp(server);
	jest.restoreAllMocks();
	expect(finding.latencyMs).toBeGreaterThan(50);
	expect(finding.latencyMs).toBeLessThan(60_000);
});

test('slow answers are a warning or a failure, redirects included', async () => {
	const server = await web((request, response) => {
		const isLast = request.url === '/last';
		setTimeout(() => response.writeHead(isLast ? 200 : 302, { location: '/last' }).end(), 1000);
	});
	const ask = async (responseTime: object, path = '') => await askHttp(`${server}${path}`, { responseTime });
	expect(await ask({ warning: 10, critical: 9000 })).toMatchObject({ level: 'warning', reason: 'slow' });
	expect(await ask({ warning: 1800 }, 'last')).toMatchObject({ level: 'ok' });
	expect(await ask({ warning: 1800 })).toMatchObject({ level: 'warning', reason: 'slow' });
	expect(await ask({ warning: 10, critical: 20 })).toMatchObject({
		level: 'critical',
		message: expect.stringMatching(/^The answer took [\d.]+ m?s, more than 20 ms\./),
	});
});

test('of several problems the worst gives the reason, and all are told', async () => {
	const more = { ...cart, responseTime: { warning: 1 }, securityHeaders: true };
	const server = await web((_request, response) => void setTimeout(() => response.end('no'), 5));
	const finding = await askHttp(server, more);
	expect(finding).toMatchObject({ level: 'critical', reason: 'keyword_missing' });
	expect(finding.message).toMatch(/does not hold .* took .* security headers/s);
});

test('security headers without effect count as missing', async () => {
	const good = {
		'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
		'x-content-type-options': 'nosniff',
		'referrer-policy': 'no-referrer',
		'strict-transport-security': 'max-age=31536000',
	};
	const server = await web((request, response) => {
		if (request.url === '/framed')
			return void response
				.writeHead(200, { ...good, 'content-security-policy': 'x', 'x-frame-options': 'DENY' })
				.end();
		if (request.url !== '/good')
			response.writeHead(200, {
				'x-content-type-options': 'sniff',
				'content-security-policy-report-only': 'x',
			});
		else response.writeHead(200, good);
		response.end();
	});
	const ask = async (path: string) => await askHttp(`${server}${path}`, { securityHeaders: true });
	const all =
		/missing or without effect: Strict-Transport-Security, Content-Security-Policy, X-Content-Type-Options: nosniff, Referrer-Policy, protection against framing/;
	expect(await ask('none')).toMatchObject({ level: 'warning', reason: 'security_headers' });
	expect((await ask('none')).message).toMatch(all);
	// Browsers ignore it without encryption.
	expect((await ask('good')).message).toMatch(/without effect: Strict-Transport-Security\.$/);
	expect((await ask('framed')).message).toMatch(/without effect: Strict-Transport-Security\.$/);
});
