import { createPrivateKey, X509Certificate } from 'node:crypto';

import { checkCertificate, type CertificateReport } from '../../../../src/check';
import { Authority, issue, keyOf, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');

afterAll(() => servers.close());
afterEach(() => jest.restoreAllMocks());

/** The same name with other capitals: 128 ways to write one of seven letters. */
const spelled = (letters: string, index: number): string =>
	[...letters].map((letter, at) => (index & (1 << at) ? letter.toUpperCase() : letter)).join('');

/** The public exponent is as long as the modulus, so that each verification takes as long as a signature. */
function withLongExponent(): Issued {
	const { e = '', d = '', ...rest } = keyOf('rsa').export({ format: 'jwk' });
	// What was secret becomes public and the other way round.
	const key = createPrivateKey({ format: 'jwk', key: { ...rest, e: d, d: e, dp: e, dq: e } });
	return { ...issue({ subject: 'long', key: 'rsa' }), key };
}

/** Certificates of CAs in which each of a name has signed each of another, in other capitals. */
function signingEachOther(names: [string, string], keys: [Issued, Issued], each: number): Issued[] {
	return ([0, 1] as const).flatMap((which) => {
		const other = which === 0 ? 1 : 0;
		return Array.from({ length: each }, (_, index) => {
			const by = { ...keys[other], name: issue({ subject: spelled(names[other], each - index) }).name };
			return issue({ subject: spelled(names[which], index), isCa: true, by, key: keys[which] });
		});
	});
}

async function judged(key: Issued, chain: readonly Issued[]): Promise<CertificateReport> {
	const leaf = authority.leaf({ by: { ...key, name: (chain[0] as Issued).name } });
	const port = await servers.tls([leaf, ...chain]);
	return await checkCertificate({ host: 'localhost', port, ca: authority.root.pem, timeoutMs: 60_000 });
}

test('TL-11 many CAs of one name and key in other capitals count as one', async () => {
	const key = issue({ subject: 'key' });
	const verify = jest.spyOn(X509Certificate.prototype, 'verify');
	const report = await judged(key, signingEachOther(['abcdefg', 'abcdefg'], [key, key], 45));
	expect(report).toMatchObject({ status: 'critical', trusted: false });
	expect(verify.mock.calls.length).toBeLessThanOrEqual(102);
});

test('TL-11 of CAs that sign each other in more ways than there is time for, not all are tried, and that is told', async () => {
	const keys: [Issued, Issued] = [issue({ subject: 'one' }), issue({ subject: 'two' })];
	const chain = signingEachOther(['abcdefg', 'hijklmn'], keys, 45);
	const verify = jest.spyOn(X509Certificate.prototype, 'verify');
	const report = await judged(keys[0], chain);
	expect(verify.mock.calls.length).toBeLessThanOrEqual(102);
	expect(report).toMatchObject({ status: 'critical', trusted: false });
	expect(report.findings[0]).toMatchObject({
		code: 'invalid_chain',
		severity: 'critical',
		message: expect.stringContaining('in more ways than there is time to try'),
	});
});

test('TL-12 keys that take long to verify with are told and never used', async () => {
	const long = withLongExponent();
	const chain = signingEachOther(['abcdefg', 'abcdefg'], [long, long], 20);
	const verify = jest.spyOn(X509Certificate.prototype, 'verify');
	const report = await judged(long, chain);
	expect(verify).not.toHaveBeenCalled();
	expect(report.findings.map(({ code }) => code)).toContain('unknown_ca');
	const own = await servers.tls([
		{ ...authority.leaf({ key: long }), keyPem: pemOf(long) },
		authority.intermediate,
	]);
	expect(
		(await checkCertificate({ host: 'localhost', port: own, ca: authority.root.pem })).findings,
	).toMatchObject([
		{ code: 'weak_key', severity: 'critical', message: expect.stringContaining('takes clients too long') },
	]);
});

const pemOf = ({ key }: Issued): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a path of ninety CAs in a row is still followed to its end', async () => {
	const row: Issued[] = [];
	for (let depth = 0; depth < 90; depth += 1)
		row.unshift(issue({ subject: `CA ${depth}`, isCa: true, by: row[0] ?? authority.root }));
	const report = await judged(row[0] as Issued, row);
	expect(report).toMatchObject({ status: 'ok', trusted: true });
	expect(report.path).toHaveLength(92);
});
