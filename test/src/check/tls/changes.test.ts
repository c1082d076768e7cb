import { createServer } from 'node:https';
import { createServer as createHttp } from 'node:http';

import {
	checkCertificate,
	checkCertificates,
	domainExpiry,
	type CertificateReport,
} from '../../../../src/check';
import { Authority, chainOf, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

afterAll(() => servers.close());

const look = async (chain: Issued[], known?: CertificateReport): Promise<CertificateReport> => {
	const port = await servers.tls(chain);
	return await checkCertificate({ host: 'localhost', port, ca: root.pem, known: known?.chain[0] });
};

const changes = ({ findings }: CertificateReport): string[] =>
	findings.map(({ code, severity, message }) => `${severity} ${code}: ${message}`);

test('TL-24 a renewal with fewer names, by another CA, with the same key or for a shorter time is told', async () => {
	const first = authority.leaf({ names: ['localhost', 'www.localhost'] });
	const before = await look([first, intermediate]);
	expect(changes(await look([first, intermediate], before))).toEqual([]);
	const usual = authority.leaf({ names: ['localhost', 'www.localhost'], notAfter: Date.now() + 90 * day });
	expect(changes(await look([usual, intermediate], before))).toEqual([
		expect.stringMatching(/^info changed: The certificate was replaced: it is valid until /),
	]);
	const other = authority.leaf({
		names: ['localhost'],
		by: root,
		key: first,
		notAfter: Date.now() + 40 * day,
	});
	expect(changes(await look([other], before))).toEqual([
		'warning changed: The certificate was replaced: it is no longer for www.localhost.',
		expect.stringMatching(
			/^warning changed: The certificate was replaced: the one before was valid longer, until /,
		),
		'info changed: The certificate was replaced: its issuer is "CN=Test root" now, and was "CN=Test intermediate".',
		'info changed: The certificate was replaced: its key is the same as before.',
	]);
});

async function webServer(leaf: Issued, address?: string): Promise<number> {
	const server = createServer(
		{ cert: chainOf(leaf, intermediate), key: leaf.keyPem },
		(_request, response) => {
			response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains; preload');
			response.end('hello');
		},
	);
	return await servers.listen(server, address);
}

test('TL-26 a clock here that is wrong by a year is told once, and certificates are judged by those of the servers', async () => {
	const leaves = [
		authority.leaf(),
		authority.leaf(),
		authority.leaf(),
		authority.leaf({ notAfter: Date.now() + 2 * day, notBefore: Date.now() - 300 * day }),
	];
	const addresses = leaves.map((_leaf, index) => `127.0.0.${index + 1}`);
	const ports = await Promise.all(leaves.map((leaf, index) => webServer(leaf, addresses[index])));
	for (const [wrong, direction] of [
		[365 * day, 'fast'],
		[-365 * day, 'slow'],
	] as const) {
		const asked = ports.map((port, index) => ({
			...{ host: 'localhost', port, connectTo: addresses[index] },
			...{ ca: root.pem, now: Date.now() + wrong },
		}));
		const reports = await checkCertificates(asked, 4);
		expect(reports.map(({ status }) => status)).toEqual(['critical', 'ok', 'ok', 'critical']);
		const told = reports.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'info'));
		expect(told).toMatchObject([{ code: 'clock_wrong', severity: 'critical' }, { code: 'expiring' }]);
		expect(told[0]?.message).toMatch(new RegExp(`^The clock of this machine is 36[45] days ${direction};`));
	}
	// Where only certificates are wrong, the clock is not blamed.
	const expired = authority.leaf({ notAfter: Date.now() - day });
	const bad = await Promise.all([1, 2, 3].map(() => webServer(expired)));
	const reports = await checkCertificates(bad.map((port) => ({ host: 'localhost', port, ca: root.pem })));
	expect(reports.map(({ findings }) => findings.map(({ code }) => code))).toEqual([
		['expired'],
		['expired'],
		['expired'],
	]);
});

test('TL-30 the certificate of a host that a site leads to counts too', async () => {
	const bad = await webServer(authority.leaf({ names: ['other.example.com'] }));
	const leaf = authority.leaf({ names: ['127.0.0.1'] });
	const server = createServer(
		{ cert: chainOf(leaf, intermediate), key: leaf.keyPem },
		(_request, response) => {
			response.writeHead(301, { Location: `https://localhost:${bad}/` }).end();
		},
	);
	const port = await servers.listen(server);
	const plain = await servers.listen(
		createHttp((_request, response) => response.writeHead(301, { Location: 'https://127.0.0.1/' }).end()),
	);
	const report = await checkCertificate({ host: '127.0.0.1', port, ca: root.pem, web: { httpPort: plain } });
	expect(report).toMatchObject({
		status: 'critical',
		web: { hsts: null, forcesHttps: true, redirectsTo: [`localhost:${bad}`] },
		redirects: [{ host: 'localhost', port: bad, status: 'critical' }],
	});
	expect(changes(report)).toEqual([
		expect.stringMatching(/^critical host_mismatch: It leads to localhost\. /),
		expect.stringMatching(/^warning hsts_missing/),
	]);
});

test('HSTS and the way from http:// are told where they are asked for', async () => {
	const port = await webServer(authority.leaf());
	const plain = await servers.listen(createHttp((_request, response) => response.end('plain')));
	const ask = { host: 'localhost', port, connectTo: '127.0.0.1', ca: root.pem };
	expect(await checkCertificate(ask)).toMatchObject({ web: null, status: 'ok' });
	const report = await checkCertificate({ ...ask, web: { httpPort: plain } });
	expect(report.web).toEqual({
		hsts: { maxAgeSeconds: 31_536_000, includeSubDomains: true, preload: true },
		forcesHttps: false,
		clockAheadMs: expect.any(Number),
		redirectsTo: [],
	});
	expect(Math.abs(report.web?.clockAheadMs ?? 1e9)).toBeLessThan(5000);
	expect(changes(report)).toEqual([expect.stringMatching(/^warning not_https/)]);
});

test('what a web server does not say in time is no fault of the server', async () => {
	const port = await webServer(authority.leaf());
	const silent = await servers.raw(() => undefined);
	const ask = { host: 'localhost', connectTo: '127.0.0.1', ca: root.pem, timeoutMs: 800 };
	const halfSilent = await checkCertificate({ ...ask, port, web: { httpPort: silent } });
	expect(halfSilent).toMatchObject({
		status: 'ok',
		web: { hsts: { maxAgeSeconds: 31_536_000 }, forcesHttps: null, clockAheadMs: expect.any(Number) },
		findings: [{ code: 'web_unknown', severity: 'info' }],
	});
	const mute = await servers.tls([authority.leaf(), intermediate]);
	expect(await checkCertificate({ ...ask, port: mute, web: true })).toMatchObject({
		...{ status: 'ok', web: null },
		findings: [{ code: 'web_unknown', severity: 'info' }],
	});
});

test('the registration of a domain is asked for by RDAP, and what cannot be found out is no alarm', async () => {
	const asked: string[] = [];
	const expiration = new Date(Date.now() + 20 * day + 3_600_000).toISOString();
	const port = await servers.listen(
		createHttp((request, response) => {
			asked.push(request.url ?? '');
			if (!request.url?.endsWith('/example.com')) return response.writeHead(404).end();
			return response.end(
				JSON.stringify({
					ldhName: 'EXAMPLE.COM',
					events: [{ eventAction: 'expiration', eventDate: expiration }],
				}),
			);
		}),
	);
	const rdapUrl = `http://127.0.0.1:${port}/`;
	expect(await domainExpiry('www.shop.example.com', { rdapUrl })).toMatchObject({
		domain: 'example.com',
		expiresAt: expiration,
		daysLeft: 20.04,
		finding: { code: 'domain_expiring', severity: 'warning' },
	});
	expect(asked).toEqual(['/domain/www.shop.example.com', '/domain/shop.example.com', '/domain/example.com']);
	expect(await domainExpiry('example.com', { rdapUrl, now: Date.now() + 15 * day })).toMatchObject({
		finding: { severity: 'critical' },
	});
	expect(await domainExpiry('example.com', { rdapUrl, now: Date.now() - 50 * day })).toMatchObject({
		finding: null,
	});
	for (const [host, more] of [
		['example.org', { rdapUrl }],
		['example.com', { rdapUrl: 'http://127.0.0.1:1' }],
		['192.0.2.1', {}],
		['localhost', {}],
	] as const)
		expect(await domainExpiry(host, more)).toMatchObject({ expiresAt: null, finding: { severity: 'info' } });
});
