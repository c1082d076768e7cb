import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificateOptions, CertificateReport } from '../../../../src/check';
import { OwnNetwork } from '../../../support/own-network';
import { Authority, chainOf } from '../../../support/pki/certificates';
import { Scope } from '../../../support/scope';

interface Answer {
	report: CertificateReport;
	/** How often the servers that do not speak TLS were connected to. */
	greeted: number;
	heard: number;
}

const day = 86_400_000;
const authority = new Authority('Test');
const names = ['*.example.com', '203.0.113.10'];
const leaf = authority.leaf({ names, notBefore: Date.now() - 600 * day, notAfter: Date.now() + 300 * day });
let scope: Scope;
let network: OwnNetwork;

beforeAll(async () => {
	scope = await Scope.open('redirects');
	const cert = chainOf(leaf, authority.intermediate);
	writeFileSync(scope.path('served.json'), JSON.stringify({ cert, key: leaf.keyPem }));
	writeFileSync(scope.path('root.pem'), authority.root.pem);
	network = await OwnNetwork.start(scope, join(__dirname, 'network/web.ts'), {
		hosts: [],
		resolver: ['nameserver 203.0.113.53', 'options timeout:1'],
		env: { SERVED_FILE: scope.path('served.json'), NODE_EXTRA_CA_CERTS: scope.path('root.pem') },
	});
});

afterAll(async () => {
	await network?.end();
	await scope?.close();
});

const ask = async (host: string, more: Partial<CertificateOptions> = {}): Promise<Answer> =>
	(await network.ask({ host, ca: authority.root.pem, web: true, timeoutMs: 3000, ...more })) as Answer;

const told = ({ report }: Answer): string[] =>
	report.findings.map(({ code, severity, message }) => `${severity} ${code}: ${message}`);

test.each<[string, string, RegExp]>([
	['an address', 'to-inside.example.com', /to 10\.1\.0\.2 \(private network\); it was not followed\.$/],
	[
		'a name',
		'to-inside-name.example.com',
		/to inside\.example\.com \(10\.1\.0\.2, private network\); it was/,
	],
])('TL-30 a server outside that leads to %s inside is not followed', async (_name, host, message) => {
	const answer = await ask(host);
	expect(answer).toMatchObject({ greeted: 0, report: { status: 'warning', trusted: true } });
	expect(told(answer)).toEqual([expect.stringMatching(/^warning redirect_refused: It leads to /)]);
	expect(told(answer)[0]).toMatch(message);
	expect(await ask(host, { proxy: 'http://127.0.0.1:3128', host: 'to-inside.example.com' })).toMatchObject({
		greeted: 0,
		report: { status: 'warning', redirects: [{ status: 'failed' }] },
	});
});

test('TL-30 a redirect may lead to another host outside, and is only named where that is asked for', async () => {
	const followed = await ask('to-next.example.com');
	expect(followed.report).toMatchObject({
		status: 'ok',
		redirects: [{ status: 'ok', address: '203.0.113.10' }],
	});
	const named = await ask('to-next.example.com', { web: { follow: false } });
	expect(named.report).toMatchObject({
		...{ status: 'ok', redirects: [] },
		web: { redirectsTo: ['next.example.com:443'], clockAheadMs: expect.any(Number) },
	});
});

test('TL-30 what a redirect leads to is not asked what else it speaks', async () => {
	const answer = await ask('to-plain.example.com');
	expect(answer).toMatchObject({ greeted: 1, heard: 1, report: { status: 'critical' } });
	expect(told(answer)).toEqual([expect.stringMatching(/^critical not_tls: It leads to 203\.0\.113\.10\. /)]);
	expect(told(answer)[0]).not.toContain('greeting');
	// Where the user has named it, it helps to know.
	expect(told(await ask('203.0.113.10:6379'))[0]).toContain('-ERR the greeting of something else');
});

test('TL-30 a host that cannot be reached is a warning for the one that leads there', async () => {
	const answer = await ask('to-silent.example.com', { timeoutMs: 1000 });
	expect(answer.report).toMatchObject({ status: 'warning', redirects: [{ status: 'failed' }] });
	expect(told(answer)).toEqual([
		expect.stringMatching(/^warning timeout: It leads to silent\.example\.com\. /),
	]);
});

test('TL-18 an address that this machine has no network for is left out, and told', async () => {
	const answer = await ask('far6.example.com', { eachAddress: true, web: false });
	expect(answer.report).toMatchObject({
		status: 'ok',
		addresses: [{ address: '203.0.113.10', status: 'ok' }],
	});
	expect(told(answer)).toEqual([
		expect.stringMatching(/^info no_network: 2001:db9::1 was left out\. This machine has no IPv6 address/),
	]);
	expect((await ask('[2001:db9::1]', { eachAddress: true })).report).toMatchObject({
		status: 'failed',
		findings: [{ code: 'no_network', severity: 'critical' }],
	});
});

test('TL-18 a family of addresses that the name servers are silent about is told', async () => {
	const answer = await ask('half.example.com', { eachAddress: true, web: false });
	expect(answer.report.status).toBe('ok');
	expect(told(answer)).toEqual([
		'info dns_failed: Which addresses of the other family the host has could not be found out (IPv6: dns_timeout).',
	]);
});

test('an address that is silent is a warning, and the other one is still asked as a web server', async () => {
	const answer = await ask('part.example.com', { eachAddress: true, timeoutMs: 2000 });
	expect(answer.report).toMatchObject({
		...{ status: 'warning', address: '203.0.113.10' },
		web: { hsts: { maxAgeSeconds: 31_536_000 } },
		addresses: [
			{ address: '198.51.100.7', status: 'failed' },
			{ address: '203.0.113.10', status: 'ok' },
		],
	});
	expect(told(answer)).toEqual([expect.stringMatching(/^warning timeout: At 198\.51\.100\.7: /)]);
});

test('a long life is no fault of a certificate of a private CA that the machine trusts', async () => {
	const { report } = await ask('203.0.113.10', { ca: undefined, web: false });
	expect(report).toMatchObject({ status: 'ok', trusted: true, findings: [] });
});
