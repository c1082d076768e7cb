import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { whoSpeaks } from '../../../../src/check/tls/connection/speaker';
import { readOptions } from '../../../../src/check/tls/options';
import { Authority } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;
const chain = [authority.leaf(), intermediate];

afterAll(() => servers.close());

async function ask(port: number, options: Partial<CertificateOptions> = {}): Promise<CertificateReport> {
	const begun = performance.now();
	const timeoutMs = 1500;
	const report = await checkCertificate({ host: '127.0.0.1', port, ca: root.pem, timeoutMs, ...options });
	expect(performance.now() - begun).toBeLessThan((options.timeoutMs ?? timeoutMs) + 10_000);
	return report;
}

const drip = (socket: Socket): void => {
	const hello = Buffer.from([22, 3, 3, 0x10, 0]);
	let at = 0;
	const timer = setInterval(() => socket.write(hello.subarray(at % 5, (at++ % 5) + 1)), 40);
	socket.on('close', () => clearInterval(timer));
};

test.each<[string, (socket: Socket) => void, string, RegExp]>([
	[
		'HTTP without encryption',
		(socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
		'not_tls',
		/It speaks HTTP without encryption\.$/,
	],
	[
		'an SSH server',
		(socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
		'not_tls',
		/It is an SSH server \("SSH-2\.0-OpenSSH_9\.2p1 Debian-2"\)\.$/,
	],
	['silence', () => undefined, 'timeout', /the TLS handshake was not finished in time/],
	['a byte now and then', drip, 'timeout', /the TLS handshake was not finished in time/],
	['an immediate end', (socket) => socket.end(), 'connect_failed', /broken off by the other side/],
	['a reset', (socket) => socket.resetAndDestroy(), 'connect_failed', /broken off by the other side/],
	[
		'an alert alone',
		(socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 112])),
		'handshake_refused',
		/refuses the TLS handshake: unrecognized name/,
	],
])('TL-16 %s is named', async (_name, speak, code, message) => {
	const port = await servers.raw(speak);
	const report = await ask(port, code === 'timeout' ? {} : { timeoutMs: 10_000 });
	expect(report).toMatchObject({ status: 'failed', chain: [], expiry: null, revocation: 'unknown' });
	expect(report.findings).toEqual([{ code, severity: 'critical', message: expect.stringMatching(message) }]);
});

test('TL-16 a port that nobody listens on, and a host that does not exist', async () => {
	const port = await servers.raw(() => undefined);
	await servers.close();
	expect((await ask(port)).findings).toMatchObject([
		{ code: 'connect_failed', message: expect.stringContaining('refused') },
	]);
});

test('a handshake that hangs after the certificates ends in time', async () => {
	const real = await servers.tls(chain);
	const port = await servers.raw((socket) => {
		const onward = connect(real, '127.0.0.1');
		onward.on('error', () => undefined);
		let passed = 0;
		socket.on('data', (bytes) => void ((passed += 1) === 1 && onward.write(bytes)));
		onward.on('data', (bytes) => socket.write(bytes.subarray(0, 200)));
		socket.on('close', () => onward.destroy());
	});
	expect(await ask(port, { timeoutMs: 600 })).toMatchObject({
		status: 'failed',
		findings: [{ code: 'timeout' }],
	});
});

test('the connection that finds out what else speaks is closed when the time is over', async () => {
	const closed = new Promise<void>((resolve, reject) => {
		void servers
			.raw((socket) => {
				socket.write('220 mail.example.com ESMTP\r\n');
				socket.on('close', () => resolve());
			})
			.then(async (port) => {
				const asked = readOptions({ host: '127.0.0.1', port });
				const way = { host: '127.0.0.1', port, addresses: [{ address: '127.0.0.1', family: 4 as const }] };
				await whoSpeaks(asked, way, AbortSignal.timeout(100));
			})
			.catch(reject);
	});
	const late = sleep(30_000, 'still open', { ref: false });
	expect(await Promise.race([closed.then(() => 'closed'), late])).toBe('closed');
});

test('a check that is cancelled rejects with the reason, and what cannot be asked is refused', async () => {
	const port = await servers.raw(() => undefined);
	const abort = new AbortController();
	const asking = checkCertificate({ host: '127.0.0.1', port, signal: abort.signal });
	setTimeout(() => abort.abort(new Error('enough')), 50);
	await expect(asking).rejects.toThrow('enough');
	await expect(checkCertificate({ host: 'localhost', port: 0 })).rejects.toMatchObject({
		code: 'invalid_input',
		message: expect.stringContaining('port'),
	});
	await expect(checkCertificate({ host: 'localhost', ca: 'no certificate' })).rejects.toMatchObject({
		code: 'invalid_input',
	});
	await expect(checkCertificate({ host: 'localhost', ca: root.keyPem })).rejects.toMatchObject({
		code: 'invalid_input',
	});
	await expect(checkCertificate({ host: 'localhost', proxy: 'socks5://x' })).rejects.toMatchObject({
		code: 'invalid_input',
	});
});

test('where only public hosts may be looked at, nothing inside is connected to', async () => {
	let connections = 0;
	const port = await servers.raw(() => void (connections += 1));
	expect(await ask(port, { isPublicOnly: true })).toMatchObject({
		status: 'failed',
		findings: [{ code: 'connect_failed' }],
	});
	expect(connections).toBe(0);
});

/** Opens connections for others, and wants a password. */
function proxyServer(): { server: Server; asked: string[] } {
	const asked: string[] = [];
	const server = createServer((_request, response) => void response.writeHead(400).end());
	server.on('connect', (request, socket: Socket) => {
		asked.push(request.url ?? '');
		const { authorization } = { authorization: request.headers['proxy-authorization'] };
		if (authorization !== `Basic ${Buffer.from('user:p@ss').toString('base64')}`)
			return void socket.end(
				'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n',
			);
		const [, port] = (request.url ?? '').split(':');
		if (port === '1') return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
		const onward = connect(Number(port), '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n');
			socket.pipe(onward).pipe(socket);
		});
		onward.on('error', () => socket.destroy());
		socket.on('error', () => onward.destroy());
	});
	return { server, asked };
}

test('TL-28 a certificate is looked at through a proxy, which looks up the name itself', async () => {
	const { server, asked } = proxyServer();
	const at = await servers.listen(server);
	const port = await servers.tls([authority.leaf({ names: ['inner.example.com'] }), intermediate]);
	const options = { host: 'inner.example.com', proxy: `http://user:p%40ss@127.0.0.1:${at}` };
	expect(await ask(port, options)).toMatchObject({ status: 'ok', trusted: true });
	expect(asked).toEqual([`inner.example.com:${port}`]);
	expect((await ask(1, options)).findings).toMatchObject([
		{
			code: 'connect_failed',
			message: expect.stringContaining('opens no connection to inner.example.com:1: HTTP/1.1 502'),
		},
	]);
});

test('TL-28 a proxy that wants a password, and one that is none, are named without the password', async () => {
	const { server } = proxyServer();
	const at = await servers.listen(server);
	for (const [proxy, message] of [
		[`http://127.0.0.1:${at}`, /wants a user and a password \(407\)\.$/],
		[`http://user:wrong@127.0.0.1:${at}`, /\(407\), and does not take those given\.$/],
	] as const) {
		const { findings } = await ask(443, { proxy });
		expect(findings).toMatchObject([{ code: 'connect_failed', message: expect.stringMatching(message) }]);
		expect(JSON.stringify(findings)).not.toContain('wrong');
	}
	const none = await servers.raw((socket) => socket.write('220 mail.example.com ESMTP\r\n\r\n'));
	expect((await ask(443, { proxy: `http://127.0.0.1:${none}` })).findings).toMatchObject([
		{ message: expect.stringContaining('does not speak HTTP') },
	]);
});

test('TL-32 two hundred hosts are looked at at once in a bounded time, and nothing stays open', async () => {
	const ports = await Promise.all(Array.from({ length: 20 }, () => servers.tls(chain)));
	const before = process.getActiveResourcesInfo().length;
	const begun = performance.now();
	const asked = Array.from({ length: 200 }, (_, index) => ports[index % ports.length] ?? 0);
	const reports = await Promise.all(asked.map((port) => ask(port, { timeoutMs: 30_000 })));
	expect(performance.now() - begun).toBeLessThan(60_000);
	expect(reports.filter(({ status }) => status !== 'ok')).toEqual([]);
	await sleep(200);
	expect(process.getActiveResourcesInfo().filter((kind) => /TLS/.test(kind))).toEqual([]);
	expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 2);
});
