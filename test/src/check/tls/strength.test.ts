import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { readBundle } from '../../../../src/check/tls/files/bundle';
import { Authority, issue, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

afterAll(() => servers.close());

async function check(
	chain: readonly Issued[],
	options: Partial<CertificateOptions> = {},
	server: Parameters<TlsServers['tls']>[1] = {},
): Promise<CertificateReport> {
	const port = await servers.tls(chain, server);
	return await checkCertificate({ host: 'localhost', port, ca: root.pem, ...options });
}

const codes = ({ findings }: CertificateReport): string[] =>
	findings.map(({ code, severity }) => `${severity} ${code}`);

const tls12 = { maxVersion: 'TLSv1.2' } as const;

test.each([
	['RSA with 1024 bits', { key: 'rsa1024' }, {}, 'critical weak_key', { type: 'rsa', bits: 1024 }],
	['RSA with the exponent 3', { key: 'rsa-e3' }, {}, 'warning weak_key', { type: 'rsa', exponent: '3' }],
	[
		'the curve P-192',
		{ key: 'p192' },
		{ ...tls12, ecdhCurve: 'P-192:P-256' },
		'critical weak_key',
		{ curve: 'P-192', bits: 192 },
	],
	['DSA', { key: 'dsa' }, { ...tls12, dhparam: 'auto' }, 'critical weak_key', { type: 'dsa', bits: 2048 }],
] as const)('TL-12 %s is told', async (_name, request, server, expected, key) => {
	const report = await check([authority.leaf(request), intermediate], {}, server);
	expect(codes(report)).toEqual([expected]);
	expect(report.chain[0]?.key).toMatchObject(key);
});

test('TL-12 signatures with SHA-1 and MD5 are told, but not that of the root, which nobody looks at', async () => {
	for (const [hash, name] of [
		['sha1', 'sha1WithRSAEncryption'],
		['md5', 'md5WithRSAEncryption'],
	] as const) {
		const old = issue({ subject: `Old ${hash}`, isCa: true, key: 'rsa', hash, notAfter: Date.now() + 1e10 });
		const leaf = authority.leaf({ by: old, hash });
		const report = await check([leaf], { ca: old.pem });
		expect(codes(report)).toEqual(['critical weak_signature']);
		expect(report.chain[0]?.signature).toBe(name);
		expect(codes(await check([authority.leaf({ by: old })], { ca: old.pem }))).toEqual([]);
	}
});

test('TL-12 a signature of a kind that is not known is told, and proves nothing', async () => {
	const report = await check([authority.leaf({ signatureOid: '1.2.3.4.5' }), intermediate]);
	expect(codes(report)).toEqual(['critical unknown_ca', 'info unknown_algorithm']);
	expect(report.findings[0]?.message).toContain('cannot be verified here (1.2.3.4.5)');
});

test('TL-12 ML-DSA is read as what it is', () => {
	const { certificates, problems } = readBundle(Buffer.from(issue({ subject: 'new', key: 'ml-dsa' }).pem));
	expect(problems).toEqual([]);
	expect(certificates[0]).toMatchObject({
		signature: { name: 'ML-DSA-44' },
		key: { type: expect.stringMatching(/ml-dsa-44|unknown/) },
	});
});

test('Ed25519 is fine', async () => {
	expect(codes(await check([authority.leaf({ key: 'ed25519' }), intermediate]))).toEqual([]);
});

test.each(['TLSv1', 'TLSv1.1'] as const)(
	'TL-13 of a server that speaks %s alone both that and the certificate are told',
	async (version) => {
		const report = await check(
			[authority.leaf(), intermediate],
			{ protocols: true },
			{ minVersion: version, maxVersion: version },
		);
		expect(codes(report)).toEqual(['critical old_protocol']);
		expect(report).toMatchObject({ trusted: true, protocol: { negotiated: version, offered: [version] } });
		expect(report.chain).toHaveLength(2);
	},
);

test('TL-13 a server that takes old versions as well is warned of, where that is asked for', async () => {
	const port = await servers.tls([authority.leaf(), intermediate]);
	const asked = { host: 'localhost', port, ca: root.pem };
	expect(codes(await checkCertificate(asked))).toEqual([]);
	const report = await checkCertificate({ ...asked, protocols: true });
	expect(report.protocol?.offered).toEqual(['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1']);
	expect(codes(report)).toEqual(['warning old_protocol']);
});

test('TL-14 a server that speaks TLS 1.3 alone is fine', async () => {
	const report = await check(
		[authority.leaf(), intermediate],
		{ protocols: true },
		{ minVersion: 'TLSv1.3' },
	);
	expect(codes(report)).toEqual([]);
	expect(report.protocol).toMatchObject({ negotiated: 'TLSv1.3', offered: ['TLSv1.3'] });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
	'TL-15 a server that wants a client certificate (%s) is judged by its own',
	async (version) => {
		const server = {
			requestCert: true,
			rejectUnauthorized: true,
			ca: root.pem,
			minVersion: version,
			maxVersion: version,
		};
		const report = await check([authority.leaf(), intermediate], {}, server);
		expect(report).toMatchObject({ status: 'ok', trusted: true });
		expect(codes(report)).toEqual(['info client_certificate_required']);
		expect(report.chain).toHaveLength(2);
		const expired = authority.leaf({ notAfter: Date.now() - 1_000_000 });
		expect(codes(await check([expired, intermediate], {}, server))).toEqual([
			'critical expired',
			'info client_certificate_required',
		]);
	},
);

test('TL-31 a server that offers to resume sessions shows all certificates each time', async () => {
	const port = await servers.tls([authority.leaf(), intermediate], { ...tls12, sessionTimeout: 300 });
	for (let time = 0; time < 5; time += 1) {
		const report = await checkCertificate({ host: 'localhost', port, ca: root.pem });
		expect(report.chain).toHaveLength(2);
		expect(report.status).toBe('ok');
	}
});
