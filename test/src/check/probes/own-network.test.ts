import { join } from 'node:path';

import type { Finding } from '../../../../src/check/probes/probe';
import { Certificates } from '../../../support/certificates';
import { OwnNetwork } from '../../../support/own-network';
import { Scope } from '../../../support/scope';

let scope: Scope;
let network: OwnNetwork;

beforeAll(async () => {
	scope = await Scope.open('network');
	const certificates = new Certificates(scope.folder);
	certificates.make('ca', { ca: 'ca', isCa: true });
	certificates.make('web', { ca: 'ca', names: 'DNS:web.example.com' });
	network = await OwnNetwork.start(scope, join(__dirname, '../../../support/own-network/probes.ts'), {
		hosts: ['127.0.0.1 localhost', '203.0.113.10 hosts.example.com # not what the name server says'],
		resolver: ['nameserver 203.0.113.53', 'search search.test', 'options ndots:5'],
		env: {
			KEY_FILE: certificates.file('web.key'),
			CERTIFICATE_FILE: certificates.file('web.pem'),
			// It must change nothing.
			NODE_TLS_REJECT_UNAUTHORIZED: '0',
			NODE_NO_WARNINGS: '1',
			NODE_EXTRA_CA_CERTS: certificates.file('ca.pem'),
		},
	});
});

afterAll(async () => {
	await network?.end();
	await scope?.close();
});

async function ask(check: object, timeoutMs = 10_000): Promise<Finding & { elapsedMs: number }> {
	const { finding, elapsedMs } = (await network.ask({ check: { name: 'Check', ...check }, timeoutMs })) as {
		finding: Finding;
		elapsedMs: number;
	};
	expect(elapsedMs).toBeLessThan(timeoutMs + 10_000);
	return { ...finding, elapsedMs };
}

const http = (url: string, more: object = {}) => ({ type: 'http', url, ...more });
const tcp = (host: string, port = 80) => ({ type: 'tcp', host, port });

test.each([
	['HC-12 an open port', tcp('203.0.113.10'), 'ok', /took a connection/],
	[
		'HC-12 a port that nobody listens on',
		tcp('203.0.113.10', 81),
		'refused',
		/Nothing listens at 203.0.113.10:81/,
	],
	['HC-12 a host that is silent', tcp('198.51.100.7'), 'connect_timeout', /198.51.100.7:80 does not answer/],
	['HC-12 a net without a route', tcp('192.0.2.1'), 'unreachable', /no route \(EHOSTUNREACH\)/],
	['HC-11 a name that is not there', tcp('gone.example.com'), 'dns_not_found', /NXDOMAIN/],
	['HC-11 a name server that fails', tcp('broken.example.com'), 'dns_failed', /SERVFAIL/],
	['HC-11 a name server that is slow', tcp('slow.example.com'), 'dns_timeout', /did not say in time/],
	['HC-11 a name without addresses', tcp('empty.example.com'), 'dns_no_record', /has no address/],
	['HC-11 a host with IPv6 alone', tcp('six.example.com'), 'ok', /took a connection/],
	[
		'HC-11 a host with IPv6 alone, no IPv6 here',
		tcp('far6.example.com'),
		'no_network',
		/has no IPv6 address/,
	],
	['a name of the hosts file', tcp('hosts.example.com'), 'ok', /took a connection/],
	['a name of the machine itself', tcp('localhost'), 'ok', /took a connection/],
])('%s', async (_title, check, reason, message) => {
	const finding = await ask(check, reason.endsWith('timeout') ? 1200 : 10_000);
	expect(finding).toMatchObject({ reason, message: expect.stringMatching(message) });
	expect(finding.level).toBe(reason === 'ok' ? 'ok' : reason === 'no_network' ? 'unknown' : 'critical');
	if (reason !== 'ok') expect(finding.latencyMs).toBeNull();
});

test('HC-11 where only IPv4 works, the answer says which address is dead, and `ipv6` fails', async () => {
	const any = await ask(http('http://dead6.example.com/'));
	expect(any).toMatchObject({ level: 'ok', details: { address: '203.0.113.10' } });
	expect(any.message).toMatch(
		/^200 OK after \d+ ms. Reached at 203.0.113.10, but not at 2001:db8:dead::1 \(no answer within \d+ ms\)/,
	);
	const six = await ask(http('http://dead6.example.com/', { addressFamily: 'ipv6' }), 800);
	expect(six).toMatchObject({ level: 'critical', reason: 'connect_timeout' });
	expect(six.message).toContain('[2001:db8:dead::1]:80 does not answer');
	expect(await ask(http('http://dead6.example.com/', { addressFamily: 'ipv4' }))).toMatchObject({
		level: 'ok',
	});
	const none = await ask(http('http://web.example.com/', { addressFamily: 'ipv6' }));
	expect(none).toMatchObject({ reason: 'dns_no_record', message: expect.stringContaining('no AAAA record') });
});

test('HC-11 an IPv6 address that refuses is told, and the other one is taken', async () => {
	const finding = await ask(http('http://refused6.example.com:8080/'));
	expect(finding).toMatchObject({
		level: 'ok',
		details: { address: '203.0.113.11', failed: [{ address: '2001:db8::10', outcome: 'refused' }] },
	});
});

test('HC-11 a name server that is silent about IPv6 alone holds nothing up, and is told', async () => {
	const finding = await ask(http('http://half.example.com/'), 12_000);
	expect(finding).toMatchObject({ level: 'ok', details: { missing: 'IPv6: dns_timeout' } });
	expect(finding.elapsedMs).toBeLessThan(9000);
});

test('HC-11 a search domain does not hide that a name is gone', async () => {
	// `getent hosts gone.example.com` finds gone.example.com.search.test here.
	expect(await ask(http('http://gone.example.com/'))).toMatchObject({ reason: 'dns_not_found' });
	expect(await ask({ type: 'dns', host: 'gone.example.com' })).toMatchObject({ reason: 'dns_not_found' });
	expect(await ask(http('http://gone/'))).toMatchObject({ level: 'ok' });
});

const go = (to: string, host = 'web.example.com') => `http://${host}/go?to=${encodeURIComponent(to)}`;

test.each([
	['this machine', 'http://127.0.0.1/'],
	['this machine by name', 'http://localhost/'],
	['this machine, written otherwise', 'http://0x7f000001/'],
	['this machine, by IPv6', 'http://[::1]/'],
	['this machine, by IPv4 within IPv6', 'http://[::ffff:127.0.0.1]/'],
	['the unspecified address', 'http://0.0.0.0/'],
	['a metadata service', 'http://169.254.169.254/latest/meta-data/'],
	['a public name of a metadata service', 'http://metadata.example.com/'],
	['a private network', 'http://10.1.0.2/'],
	['a public name of a private address', 'http://inside.example.com/'],
])('HC-13 a redirect of a public host to %s is not followed', async (_what, target) => {
	const finding = await ask(http(go(target)));
	expect(finding).toMatchObject({ level: 'critical', reason: 'redirect_refused' });
	expect(finding.message).toMatch(/leads inside, to /);
	const allowed = await ask(http(go(target), { privateRedirects: true }));
	expect(allowed).toMatchObject({ level: 'ok' });
});

test('HC-13 a redirect may lead to another public host, and within the same inner network', async () => {
	expect(await ask(http(go('http://other.example.com/')))).toMatchObject({ level: 'ok' });
	expect(await ask(http(go('http://10.1.0.2/x', '10.1.0.2')))).toMatchObject({ level: 'ok' });
	expect(await ask(http(go('http://10.1.0.2/', '127.0.0.1')))).toMatchObject({ level: 'ok' });
});

test('HC-13 a redirect leads further inside neither from a private network nor by a way around outside', async () => {
	const deeper = await ask(http(go('http://169.254.169.254/', '10.1.0.2')));
	expect(deeper).toMatchObject({ reason: 'redirect_refused' });
	const around = await ask(http(go(go('http://127.0.0.1/'), '127.0.0.1')));
	expect(around).toMatchObject({ reason: 'redirect_refused', details: { redirects: { length: 2 } } });
});

test('HC-13 a name is looked up once for each request, and what was judged is connected to', async () => {
	const at = (address: string) => ({ json: [{ path: '$.at', equals: address }] });
	const rebind = go('http://rebind.example.com/');
	// It leads to this machine from the second question on.
	expect(await ask(http(rebind, at('::ffff:203.0.113.10')))).toMatchObject({ level: 'ok' });
	const later = await ask(http(rebind));
	expect(later).toMatchObject({ reason: 'redirect_refused', message: expect.stringContaining('127.0.0.1') });
});

test('certificates are checked, whatever the environment of n8n says', async () => {
	expect(await ask(http('https://web.example.com/'))).toMatchObject({ level: 'ok' });
	const wrong = await ask(http('https://other.example.com/'));
	expect(wrong).toMatchObject({ reason: 'tls_failed', details: { tls: 'host_mismatch' } });
});

test('an address that is reached without encryption is a warning, unless it leads to https://', async () => {
	const force = { forceHttps: true };
	for (const url of ['https://web.example.com/secure', 'http://web.example.com/secure'])
		expect(await ask(http(url, force))).toMatchObject({ level: 'ok', reason: 'ok' });
	for (const url of ['https://web.example.com/', 'http://web.example.com/', go('http://other.example.com/')])
		expect(await ask(http(url, force))).toMatchObject({
			level: 'warning',
			reason: 'not_https',
			message: expect.stringMatching(/^http:.* does not lead to https:.* without encryption is 200 OK\./),
		});
	// Only that it leads there counts: the certificate is for another name.
	const stays = await ask(
		http('http://other.example.com/secure', { ...force, redirects: 'stay', status: [301] }),
	);
	expect(stays).toMatchObject({ level: 'ok' });
});

test('HC-28 what is secret goes to the host of the check only, and not back from elsewhere', async () => {
	const sees = (host: string, authorization: string, key: string): object => ({
		authenticated: true,
		json: [
			{ path: '$.authorization', equals: authorization },
			{ path: '$.key', equals: key },
			{ path: '$.host', equals: host },
		],
	});
	const basic = `Basic ${Buffer.from('user:pass@word').toString('base64')}`;
	const start = (to: string): string => go(to).replace('web.', 'user:pass%40word@web.');
	const own = await ask(http(start('/'), sees('web.example.com', basic, 'very-secret-key')));
	expect(own).toMatchObject({ level: 'ok' });
	for (const [target, host] of [
		['http://other.example.com/', 'other.example.com'],
		['http://user:pass%40word@other.example.com/', 'other.example.com'],
		['http://web.example.com:8080/', 'web.example.com:8080'],
		[go('http://web.example.com/', 'other.example.com'), 'web.example.com'],
	] as const)
		expect(await ask(http(start(target), sees(host, 'none', 'none')))).toMatchObject({ level: 'ok' });
});

test('HC-28 the body of a request is not sent on to another host', async () => {
	const post = { method: 'POST', body: '{"password":"x"}' };
	const to = `${go('http://other.example.com/')}&status=307`;
	expect(await ask(http(to, post))).toMatchObject({ reason: 'redirect_refused' });
	expect(await ask(http(`${go('/')}&status=307`, post))).toMatchObject({ level: 'ok' });
	expect(await ask(http(go('http://other.example.com/'), post))).toMatchObject({ level: 'ok' });
});
