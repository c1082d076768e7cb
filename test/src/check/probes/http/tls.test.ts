import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';

import { Certificates } from '../../../../support/certificates';
import { Scope } from '../../../../support/scope';
import { askHttp } from '../checks';
import { closeServers, own, raw, web } from '../servers';

let scope: Scope;
let certificates: Certificates;
const usual = getCACertificates('default');

beforeAll(async () => {
	scope = await Scope.open('https');
	certificates = new Certificates(scope.folder);
	const names = 'DNS:localhost,IP:127.0.0.1';
	for (const ca of ['ca', 'other-ca']) certificates.make(ca, { ca, isCa: true });
	certificates.make('between', { ca: 'ca', isCa: true });
	certificates.make('good', { ca: 'ca', names });
	certificates.make('by-name', { ca: 'ca', names: 'DNS:localhost' });
	certificates.make('misnamed', { ca: 'ca', names: 'DNS:shop.example.com' });
	certificates.make('expired', { ca: 'ca', names, days: -1 });
	certificates.make('foreign', { ca: 'other-ca', names });
	certificates.make('chained', { ca: 'between', names });
	certificates.make('self-signed', { ca: 'self-signed', names });
	setDefaultCACertificates([...usual, certificates.read('ca.pem')]);
});

afterAll(async () => {
	setDefaultCACertificates(usual);
	await closeServers();
	await scope?.close();
});

async function serve(name: string, options: TlsOptions = {}): Promise<number> {
	const [key, cert] = [certificates.read(`${name}.key`), certificates.read(`${name}.pem`)];
	return await own(
		createServer({ key, cert, ...options }, (_request, response) => response.end('Add to cart')),
	);
}

test('a trusted certificate is fine, by name and by address', async () => {
	const port = await serve('good');
	for (const host of ['localhost', '127.0.0.1'])
		expect(await askHttp(`https://${host}:${port}/`, { contains: ['cart'] })).toMatchObject({
			level: 'ok',
			details: { timings: { tlsMs: expect.any(Number) } },
		});
});

const faults: [fault: string, name: string, options: TlsOptions, message: RegExp][] = [
	['expired', 'expired', {}, /has expired \(CERT_HAS_EXPIRED\)/],
	['host_mismatch', 'misnamed', {}, /is for another host name/],
	['host_mismatch', 'by-name', {}, /is for another host name/],
	['self_signed', 'self-signed', {}, /is self-signed/],
	[
		'incomplete_chain',
		'foreign',
		{},
		/does not send the certificates that lead to a trusted CA, or there is none/,
	],
	['incomplete_chain', 'chained', {}, /does not send the certificates that lead to a trusted CA/],
	[
		'client_certificate_required',
		'good',
		{ requestCert: true, maxVersion: 'TLSv1.2' },
		/may want a client certificate/,
	],
	[
		'old_protocol',
		'good',
		{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
		/too old/,
	],
	['other', 'good', { ALPNProtocols: ['h2'] }, /offers no HTTP\/1.1/],
];

test.each(faults)('a fault of TLS is named: %s (%s)', async (fault, name, options, message) => {
	const port = await serve(name, options);
	const finding = await askHttp(`https://127.0.0.1:${port}/`);
	expect(finding).toMatchObject({ level: 'critical', reason: 'tls_failed', details: { tls: fault } });
	expect(finding.message).toMatch(message);
	expect(finding.message).toContain(`The TLS connection to 127.0.0.1:${port} failed: `);
});

test('a chain that is sent whole is fine; one that ends at a foreign CA is unknown', async () => {
	const chain = (...names: string[]) => ({
		cert: names.map((name) => certificates.read(`${name}.pem`)).join(''),
	});
	const whole = await serve('chained', chain('chained', 'between'));
	expect(await askHttp(`https://127.0.0.1:${whole}/`)).toMatchObject({ level: 'ok' });
	const foreign = await serve('foreign', chain('foreign', 'other-ca'));
	expect(await askHttp(`https://127.0.0.1:${foreign}/`)).toMatchObject({ details: { tls: 'unknown_ca' } });
});

test('what does not speak TLS is named', async () => {
	const url = (await web((_request, response) => response.end())).replace('http:', 'https:');
	expect(await askHttp(url)).toMatchObject({ reason: 'tls_failed', details: { tls: 'not_tls' } });
});

test('HC-13 a handshake that is never finished ends with the time limit', async () => {
	const port = await raw(() => undefined);
	const begun = performance.now();
	const finding = await askHttp(`https://127.0.0.1:${port}/`, {}, { timeoutMs: 1000 });
	expect(performance.now() - begun).toBeLessThan(11_000);
	expect(finding).toMatchObject({ level: 'critical', reason: 'timeout' });
	expect(finding.message).toMatch(/the TLS handshake was not finished in time/);
});

test('HC-14 a handshake that is broken off is tried once more', async () => {
	let connections = 0;
	const port = await raw((socket) => {
		connections += 1;
		socket.once('data', () => socket.resetAndDestroy());
	});
	const finding = await askHttp(`https://127.0.0.1:${port}/`);
	expect(finding).toMatchObject({ reason: 'reset', details: { attempts: 2 } });
	expect(connections).toBe(2);
});

test('HC-14 a connection under TLS that is broken off before an answer is tried once more', async () => {
	let asked = 0;
	const [key, cert] = [certificates.read('good.key'), certificates.read('good.pem')];
	const server = createServer({ key, cert }, (request, response) => {
		asked += 1;
		if (asked === 1) request.socket.destroy();
		else response.end('ok');
	});
	const finding = await askHttp(`https://127.0.0.1:${await own(server)}/`);
	expect(finding).toMatchObject({ level: 'ok', details: { attempts: 2 } });
});
