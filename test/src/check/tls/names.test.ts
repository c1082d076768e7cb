import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { createSecureContext } from 'node:tls';
import { Authority, chainOf, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

afterAll(() => servers.close());

async function check(leaf: Issued, options: Partial<CertificateOptions>): Promise<CertificateReport> {
	const port = await servers.tls([leaf, intermediate]);
	return await checkCertificate({
		host: 'localhost',
		port,
		connectTo: '127.0.0.1',
		ca: root.pem,
		...options,
	});
}

const isFor = async (names: string[], host: string): Promise<boolean> => {
	const { findings } = await check(authority.leaf({ names, subject: 'shop.example.com' }), { host });
	expect(findings.map(({ code }) => code).filter((code) => code !== 'host_mismatch')).toEqual([]);
	return findings.length === 0;
};

test.each([
	[['shop.example.com'], 'shop.example.com', true],
	[['SHOP.Example.COM'], 'shop.example.com', true],
	[['shop.example.com'], 'SHOP.EXAMPLE.COM', true],
	[['shop.example.com'], 'shop.example.com.', true],
	[['shop.example.com'], 'www.shop.example.com', false],
	[['other.example.com', 'shop.example.com'], 'shop.example.com', true],
	[['*.example.com'], 'shop.example.com', true],
	[['*.example.com'], 'a.shop.example.com', false],
	[['*.example.com'], 'example.com', false],
	[['*.com'], 'example.com', false],
	[['*'], 'localhost', false],
	[['s*p.example.com'], 'shop.example.com', false],
	[['*.*.example.com'], 'a.shop.example.com', false],
	[['shop.*.com'], 'shop.example.com', false],
	[['xn--bcher-kva.example.com'], 'bücher.example.com', true],
	[['xn--bcher-kva.example.com'], 'xn--bcher-kva.example.com', true],
	[['*.example.com'], 'bücher.example.com', true],
	[['192.0.2.7'], '192.0.2.7', true],
	[['192.0.2.7'], '192.0.2.8', false],
	[['2001:db8::7'], '2001:db8:0:0:0:0:0:7', true],
	[['2001:db8::7'], '2001:db8::8', false],
])('TL-7 a certificate for %s is one for %s: %s', async (names, host, expected) => {
	expect(await isFor(names, host)).toBe(expected);
});

test('TL-7 an address that stands there as a name counts for nothing, and neither does the subject', async () => {
	const asName = authority.leaf({ names: [] });
	expect(await check(asName, { host: 'leaf.example.com' })).toMatchObject({ status: 'critical' });
	expect(await isFor([], 'shop.example.com')).toBe(false);
	const { findings } = await check(authority.leaf({ subject: 'shop.example.com', names: [] }), {
		host: 'shop.example.com',
	});
	expect(findings[0]).toMatchObject({
		code: 'host_mismatch',
		message: expect.stringContaining('for no host at all (it has no subject alternative names)'),
	});
});

test('TL-7 a name that is cut by a zero byte is no other name', async () => {
	expect(await isFor(['shop.example.com\0.evil.example'], 'shop.example.com')).toBe(false);
});

test('an untrusted chain does not hide that the certificate is for another host', async () => {
	const { findings } = await check(authority.leaf({ names: ['other.example.com'] }), {
		ca: undefined,
		host: 'shop.example.com',
	});
	expect(findings.map(({ code }) => code).sort()).toEqual(['host_mismatch', 'unknown_ca']);
});

test('TL-8 what clients without SNI get is reported as well, where it is asked for', async () => {
	const [usual, named] = [
		authority.leaf({ names: ['default.example.com'] }),
		authority.leaf({ names: ['shop.example.com'] }),
	];
	const port = await servers.tls([usual, intermediate], {
		SNICallback: (_name, done) =>
			done(null, createSecureContext({ cert: chainOf(named, intermediate), key: named.keyPem })),
	});
	const asked = { host: 'shop.example.com', port, connectTo: '127.0.0.1', ca: root.pem };
	const report = await checkCertificate({ ...asked, withoutSni: true });
	expect(report).toMatchObject({
		status: 'ok',
		chain: [{ names: [{ value: 'shop.example.com' }] }, {}],
		withoutSni: { names: [{ value: 'default.example.com' }] },
	});
	expect(await checkCertificate(asked)).toMatchObject({ withoutSni: null });
	// An empty name asks for none, and the certificate must be for the host all the same.
	expect(await checkCertificate({ ...asked, servername: '' })).toMatchObject({
		servername: null,
		status: 'critical',
		findings: [{ code: 'host_mismatch' }],
	});
});

test('TL-9 an address can be connected to for a host of another name', async () => {
	const leaf = authority.leaf({ names: ['shop.example.com'] });
	expect(await check(leaf, { host: 'shop.example.com', connectTo: '127.0.0.1' })).toMatchObject({
		status: 'ok',
		address: '127.0.0.1',
		servername: 'shop.example.com',
	});
	expect(
		await check(leaf, { host: '127.0.0.1', connectTo: undefined, servername: 'shop.example.com' }),
	).toMatchObject({
		status: 'ok',
		servername: 'shop.example.com',
	});
});

test('TL-10 where nobody gives a name for the handshake, the certificate must be for the host', async () => {
	const leaf = authority.leaf({ names: ['other.example.com'] });
	for (const host of ['localhost', '127.0.0.1'])
		expect(await check(leaf, { host, connectTo: undefined })).toMatchObject({
			status: 'critical',
			findings: [{ code: 'host_mismatch' }],
		});
	expect(await check(authority.leaf({ names: ['127.0.0.1'] }), { host: '127.0.0.1' })).toMatchObject({
		status: 'ok',
		servername: null,
	});
});
