import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { systemAnchors } from '../../../../src/check/tls/judge/anchors';
import { readCertificate } from '../../../../src/check/tls/x509/certificate';
import { Authority, issue, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

afterAll(() => servers.close());

async function check(
	chain: readonly Issued[],
	options: Partial<CertificateOptions> = {},
): Promise<CertificateReport> {
	const port = await servers.tls(chain);
	return await checkCertificate({ host: 'localhost', port, ca: root.pem, ...options });
}

const codes = ({ findings }: CertificateReport): string[] =>
	findings.filter(({ severity }) => severity !== 'info').map(({ code, severity }) => `${severity} ${code}`);

test('a healthy certificate has no findings, and all that is known of it stands in the report', async () => {
	const leaf = authority.leaf();
	const report = await check([leaf, intermediate]);
	expect(codes(report)).toEqual([]);
	expect(report).toMatchObject({
		...{
			status: 'ok',
			host: 'localhost',
			servername: 'localhost',
			trusted: true,
			revocation: 'notPublished',
		},
		address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
		expiry: { daysLeft: 59.99, subject: 'CN=leaf', threshold: null },
		protocol: { negotiated: 'TLSv1.3', offered: null },
	});
	expect(report.chain).toHaveLength(2);
	expect(report.path.map(({ subject }) => subject)).toEqual([
		'CN=leaf',
		'CN=Test intermediate',
		'CN=Test root',
	]);
	expect(report.chain[0]).toMatchObject({
		issuer: 'CN=Test intermediate',
		names: [
			{ kind: 'dns', value: 'localhost' },
			{ kind: 'ip', value: '127.0.0.1' },
			{ kind: 'ip', value: '::1' },
		],
		serial: leaf.serial.toString('hex').toUpperCase(),
		key: { type: 'ec', bits: 256, curve: 'P-256' },
		signature: 'ecdsaWithSHA256',
		isCa: false,
	});
	expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('TL-2 an intermediate that expires before the certificate of the server is told, though Node says authorized', async () => {
	const soon = issue({ subject: 'Soon', isCa: true, by: root, notAfter: Date.now() + 5 * day });
	const report = await check([authority.leaf({ by: soon }), soon]);
	expect(codes(report)).toEqual(['critical intermediate_expires_first']);
	expect(report).toMatchObject({ status: 'critical', expiry: { subject: 'CN=Soon', threshold: '7d' } });
	const later = issue({ subject: 'Later', isCa: true, by: root, notAfter: Date.now() + 20 * day });
	expect(codes(await check([authority.leaf({ by: later }), later]))).toEqual([
		'warning intermediate_expires_first',
	]);
});

test('TL-3 an expired extra is a warning as long as there is a valid path, which alone counts', async () => {
	const old = issue({
		subject: 'Old root',
		isCa: true,
		notAfter: Date.now() - 40 * day,
		notBefore: Date.now() - 4000 * day,
	});
	// The root that is trusted, signed by another that is no more: the case of DST Root CA X3.
	const crossed = issue({
		subject: 'Test root',
		isCa: true,
		by: old,
		key: root,
		notAfter: Date.now() - 50 * day,
		notBefore: Date.now() - 900 * day,
	});
	const report = await check([authority.leaf(), intermediate, crossed]);
	expect(codes(report)).toEqual(['warning expired_extra']);
	expect(report).toMatchObject({ status: 'warning', trusted: true, expiry: { daysLeft: 59.99 } });
	expect(report.findings[0]?.message).toMatch(/^The server also sends "CN=Test root", which expired at/);
	const dead = issue({
		subject: 'Test intermediate',
		isCa: true,
		by: root,
		key: intermediate,
		notAfter: Date.now() - day,
		notBefore: Date.now() - 9 * day,
	});
	expect(codes(await check([authority.leaf(), dead]))).toEqual(['critical expired']);
	expect(codes(await check([authority.leaf(), dead, intermediate]))).toEqual(['warning expired_extra']);
});

test('a valid cross-signed CA for older clients is no finding', async () => {
	const other = new Authority('Other');
	const crossed = issue({ subject: 'Test root', isCa: true, by: other.root, key: root });
	expect(codes(await check([authority.leaf(), intermediate, crossed]))).toEqual([]);
	// Where the client trusts the other root alone, the path leads there.
	const report = await check([authority.leaf(), intermediate, crossed], { ca: other.root.pem });
	expect(report.path.at(-1)?.subject).toBe('CN=Other root');
	expect(codes(report)).toEqual([]);
});

test('TL-4 a missing intermediate is an incomplete chain', async () => {
	const report = await check([authority.leaf()]);
	expect(codes(report)).toEqual(['critical incomplete_chain']);
	expect(report.findings[0]?.message).toContain('does not send the certificate of "CN=Test intermediate"');
	expect(report).toMatchObject({ status: 'critical', trusted: false });
});

test('TL-5 wrong order, a duplicate, a root and a stranger are warnings', async () => {
	const lower = issue({ subject: 'Lower', isCa: true, by: intermediate });
	const leaf = authority.leaf({ by: lower });
	expect(codes(await check([leaf, intermediate, lower]))).toEqual(['warning wrong_order']);
	expect(codes(await check([leaf, lower, intermediate, lower]))).toEqual(['warning extra_certificate']);
	expect(codes(await check([leaf, lower, intermediate, root]))).toEqual(['warning extra_certificate']);
	expect(codes(await check([leaf, lower, intermediate, issue({ subject: 'Stranger' })]))).toEqual([
		'warning extra_certificate',
	]);
});

test('TL-6 self-signed, private and unknown CAs are told apart', async () => {
	const own = issue({ subject: 'own', names: ['localhost'] });
	expect(codes(await check([own]))).toEqual(['critical self_signed']);
	expect(codes(await check([own], { ca: own.pem }))).toEqual([]);
	const served = [authority.leaf(), intermediate, root];
	expect(codes(await check(served, { ca: undefined }))).toEqual(
		expect.arrayContaining(['critical unknown_ca']),
	);
	expect(codes(await check(served.slice(0, 2)))).toEqual([]);
	expect(codes(await check(served.slice(0, 2), { ca: [root.der, own.pem] }))).toEqual([]);
	// A given CA is trusted as it is, also one that is no root.
	expect(codes(await check(served.slice(0, 1), { ca: intermediate.pem }))).toEqual([]);
});

test('TL-11 CAs that sign each other end, and so do fifty of them in a row', async () => {
	const [one, two] = [issue({ subject: 'One', isCa: true }), issue({ subject: 'Two', isCa: true })];
	const oneByTwo = issue({ subject: 'One', isCa: true, by: two, key: one });
	const twoByOne = issue({ subject: 'Two', isCa: true, by: one, key: two });
	const looped = await check([authority.leaf({ by: oneByTwo }), oneByTwo, twoByOne]);
	expect(codes(looped)).toContain('critical unknown_ca');
	const row: Issued[] = [];
	for (let depth = 0; depth < 50; depth += 1)
		row.unshift(issue({ subject: `CA ${depth}`, isCa: true, by: row[0] ?? root }));
	const begun = performance.now();
	const deep = await check([authority.leaf({ by: row[0] as Issued }), ...row]);
	expect(codes(deep)).toEqual([]);
	expect(deep.path).toHaveLength(52);
	expect(performance.now() - begun).toBeLessThan(5000);
});

test('TL-11 a certificate that names itself as its issuer and is not ends', async () => {
	const stranger = issue({ subject: 'stranger' });
	const liar = issue({
		subject: 'liar',
		names: ['localhost'],
		by: { ...stranger, name: issue({ subject: 'liar' }).name },
	});
	expect(codes(await check([liar]))).toEqual(['critical incomplete_chain']);
});

test('what may not sign certificates leads nowhere, and names that a CA may not sign for are refused', async () => {
	const noCa = authority.leaf({ subject: 'No CA' });
	expect(codes(await check([authority.leaf({ by: noCa }), noCa, intermediate]))).toEqual([
		'critical invalid_chain',
	]);
	const short = issue({ subject: 'Short', isCa: true, pathLength: 0, by: root });
	const below = issue({ subject: 'Below', isCa: true, by: short });
	expect(codes(await check([authority.leaf({ by: below }), below, short]))).toEqual([
		'critical invalid_chain',
	]);
	const bound = issue({ subject: 'Bound', isCa: true, by: root, permitted: ['example.com'] });
	expect(codes(await check([authority.leaf({ by: bound }), bound]))).toEqual(['critical invalid_chain']);
	const strange = authority.leaf({ criticalExtension: '1.2.3.4' });
	expect(codes(await check([strange, intermediate]))).toEqual(['critical invalid_chain']);
	const client = authority.leaf({ usages: ['1.3.6.1.5.5.7.3.2'] });
	expect(codes(await check([client, intermediate]))).toEqual(['critical wrong_purpose']);
});

test('public CAs are those that browsers trust, and not all that this machine does', () => {
	const [bundled = ''] = rootCertificates;
	expect(systemAnchors().isPublic(readCertificate(new X509Certificate(bundled).raw))).toBe(true);
	expect(systemAnchors().isPublic(readCertificate(root.der))).toBe(false);
});

test('severities can be changed, and findings left out', async () => {
	const served = [authority.leaf(), intermediate, root];
	expect(await check(served, { severities: { extra_certificate: 'info' } })).toMatchObject({ status: 'ok' });
	expect((await check(served, { severities: { extra_certificate: 'ignore' } })).findings).toEqual([]);
	expect(await check(served, { severities: { extra_certificate: 'critical' } })).toMatchObject({
		status: 'critical',
	});
});
