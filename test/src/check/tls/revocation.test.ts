import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';

import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { Authority, type Issued } from '../../../support/pki/certificates';
import { crlOf, ocspAnswer, type CrlRequest } from '../../../support/pki/revocation';
import { TlsServers } from '../../../support/pki/servers';
import { Scope } from '../../../support/scope';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;
let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('revocation');
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

const web = async (answer: RequestListener): Promise<string> =>
	`http://127.0.0.1:${await servers.listen(createServer(answer))}`;

async function check(
	leaf: Issued,
	options: Partial<CertificateOptions> = {},
	staple?: Buffer,
): Promise<CertificateReport> {
	const server = await servers.tls([leaf, intermediate]);
	if (staple !== undefined) servers.staple(server, staple);
	return await checkCertificate({
		host: 'localhost',
		port: server,
		ca: root.pem,
		revocation: true,
		...options,
	});
}

const summary = ({ status, revocation, findings }: CertificateReport): unknown[] => [
	status,
	revocation,
	...findings.map(({ code, severity }) => `${severity} ${code}`),
];

/** With a list of its own, since a list is kept for some minutes. */
async function withCrl(request: (leaf: Issued, url: string) => CrlRequest): Promise<CertificateReport> {
	let list: Buffer = Buffer.alloc(0);
	const url = `${await web((_request, response) => response.end(list))}/ca.crl`;
	const leaf = authority.leaf({ crlUrls: [url] });
	list = crlOf(intermediate, request(leaf, url));
	return await check(leaf);
}

test('TL-20 the lists that the tests make are read by openssl too', () => {
	const file = scope.path('list.crl');
	writeFileSync(file, crlOf(intermediate, { others: 3, onlyFor: 'http://x/' }));
	writeFileSync(scope.path('issuer.pem'), intermediate.pem);
	const said = execFileSync(
		'openssl',
		['crl', '-inform', 'DER', '-in', file, '-noout', '-CAfile', scope.path('issuer.pem')],
		{ stdio: 'pipe' },
	);
	expect(said.toString()).toBe('');
});

test('TL-20 what stands in the list of the CA is revoked, and critical', async () => {
	const report = await withCrl((leaf) => ({ revoked: [leaf], others: 100 }));
	expect(summary(report)).toEqual(['critical', 'revoked', 'critical revoked']);
	expect(report.findings[0]?.message).toBe(
		'The certificate is revoked: it stands in the list of revoked certificates.',
	);
	expect(summary(await withCrl(() => ({ others: 100 })))).toEqual(['ok', 'good']);
	expect(summary(await withCrl((_leaf, url) => ({ onlyFor: url })))).toEqual(['ok', 'good']);
});

const unknown = ['ok', 'unknown', 'info revocation_unknown'];

test.each<[string, (leaf: Issued) => CrlRequest, RegExp]>([
	[
		'is out of date',
		() => ({ thisUpdate: Date.now() - 9e8, nextUpdate: Date.now() - 1e6 }),
		/is out of date since/,
	],
	['does not say how long it holds', () => ({ nextUpdate: null }), /does not say how long it holds/],
	[
		'is from the future',
		() => ({ thisUpdate: Date.now() + 1e8, nextUpdate: Date.now() + 2e8 }),
		/is from the future/,
	],
	['is signed by another', (leaf) => ({ revoked: [leaf], signer: root }), /is not signed by the CA/],
	[
		'is another part of the lists',
		() => ({ onlyFor: 'http://example.com/2.crl' }),
		/is not the one for this certificate/,
	],
	[
		'has a rule that is not known',
		() => ({ criticalExtension: '2.5.29.27' }),
		/has a rule that is not known here \(2\.5\.29\.27\)/,
	],
])('TL-20 a list that %s says nothing', async (_name, request, message) => {
	const report = await withCrl(request);
	expect(summary(report)).toEqual(unknown);
	expect(report.findings[0]?.message).toMatch(message);
});

test('TL-20 a list that is gone, broken or endless says nothing, and that is a warning where it must be known', async () => {
	for (const answer of [
		((_request, response) => response.writeHead(404).end()) as RequestListener,
		((_request, response) => response.end('<html>')) as RequestListener,
		((_request, response) => void response.socket?.destroy()) as RequestListener,
	])
		expect(summary(await check(authority.leaf({ crlUrls: [`${await web(answer)}/x`] })))).toEqual(unknown);
	const dead = authority.leaf({ crlUrls: ['http://127.0.0.1:1/x'] });
	expect(summary(await check(dead))).toEqual(unknown);
	expect(summary(await check(dead, { requireRevocation: true }))).toEqual([
		...['warning', 'unknown', 'warning revocation_unknown'],
	]);
	const silent = authority.leaf({ crlUrls: [`${await web(() => undefined)}/x`] });
	expect(summary(await check(silent, { timeoutMs: 700 }))).toEqual(unknown);
});

test('TL-20 a list of 5 MB is read, and n8n answers others meanwhile', async () => {
	let list: Buffer = Buffer.alloc(0);
	const url = `${await web((_request, response) => response.end(list))}/big.crl`;
	const leaf = authority.leaf({ crlUrls: [url] });
	list = crlOf(intermediate, { others: 150_000, revoked: [leaf] });
	expect(list.length).toBeGreaterThan(5_000_000);
	let longest = 0;
	let last = performance.now();
	const timer = setInterval(() => {
		longest = Math.max(longest, performance.now() - last);
		last = performance.now();
	}, 5);
	expect(summary(await check(leaf))).toEqual(['critical', 'revoked', 'critical revoked']);
	clearInterval(timer);
	expect(longest).toBeLessThan(500);
});

test('TL-20 nobody is asked unless that is wanted, and what no CA publishes is neutral', async () => {
	let asked = 0;
	const url = `${await web((_request, response) => void response.end(String((asked += 1))))}/x`;
	const leaf = authority.leaf({ crlUrls: [url], ocspUrls: [url] });
	expect(summary(await check(leaf, { revocation: false }))).toEqual(unknown);
	expect(asked).toBe(0);
	expect(summary(await check(authority.leaf()))).toEqual(['ok', 'notPublished']);
});

test('TL-20 the responder of the CA is asked where there is no list', async () => {
	const folder = scope.emptyFolder();
	for (const [status, expected] of [
		['good', ['ok', 'good']],
		['revoked', ['critical', 'revoked', 'critical revoked']],
		['unknown', unknown],
	] as const) {
		const holder: { leaf?: Issued } = {};
		const url = await web((request, response) => {
			const question = Buffer.from(decodeURIComponent((request.url ?? '').slice(1)), 'base64');
			if (holder.leaf) response.end(ocspAnswer(folder, intermediate, holder.leaf, { status }, question));
		});
		holder.leaf = authority.leaf({ ocspUrls: [url] });
		expect(summary(await check(holder.leaf))).toEqual(expected);
	}
});

test('TL-20 an answer of the CA that the server sends along counts, signed by the CA or by whom it has entitled', async () => {
	const folder = scope.emptyFolder();
	const leaf = authority.leaf({ ocspUrls: ['http://127.0.0.1:1/'] });
	const entitled = authority.leaf({ subject: 'responder', usages: ['1.3.6.1.5.5.7.3.9'] });
	const stranger = authority.leaf({ subject: 'stranger' });
	const from = (signer: Issued, status: 'good' | 'revoked' = 'good'): Buffer =>
		ocspAnswer(folder, intermediate, leaf, { status, signer });
	expect(summary(await check(leaf, {}, from(intermediate)))).toEqual(['ok', 'good']);
	expect(summary(await check(leaf, {}, from(entitled)))).toEqual(['ok', 'good']);
	expect(summary(await check(leaf, {}, from(intermediate, 'revoked')))).toEqual([
		'critical',
		'revoked',
		'critical revoked',
	]);
	const strange = await check(leaf, {}, from(stranger));
	expect(summary(strange)).toEqual(unknown);
	expect(strange.findings[0]?.message).toContain('is not signed by the CA of the certificate');
	const other = authority.leaf({ ocspUrls: ['http://127.0.0.1:1/'] });
	expect(summary(await check(other, {}, from(intermediate)))).toEqual(unknown);
	expect(summary(await check(leaf, { now: Date.now() + 2 * 3_600_000 }, from(intermediate)))).toEqual(
		unknown,
	);
	expect(summary(await check(leaf, {}, Buffer.from('no answer at all')))).toEqual(unknown);
});

test('TL-20 a certificate that must come with such an answer and does not is critical', async () => {
	const leaf = authority.leaf({ mustStaple: true, ocspUrls: ['http://127.0.0.1:1/'] });
	const missing = await check(leaf, { revocation: false });
	expect(summary(missing)).toEqual([
		'critical',
		'unknown',
		'critical staple_missing',
		'info revocation_unknown',
	]);
	const good = ocspAnswer(scope.emptyFolder(), intermediate, leaf, { status: 'good' });
	expect(summary(await check(leaf, { revocation: false }, good))).toEqual(['ok', 'good']);
	const late = await check(leaf, { revocation: false, now: Date.now() + 2 * 3_600_000 }, good);
	expect(summary(late)).toEqual([
		'critical',
		'unknown',
		'critical staple_missing',
		'info revocation_unknown',
	]);
});
