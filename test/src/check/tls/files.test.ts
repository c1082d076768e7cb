import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkCertificate, readCertificateFiles } from '../../../../src/check';
import { readBundle } from '../../../../src/check/tls/files/bundle';
import { Authority, chainOf } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';
import { Scope } from '../../../support/scope';

const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;
const leaf = authority.leaf({ key: 'ed25519' });
let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('certificate-files');
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

const subjects = (text: string | Buffer): string[] =>
	readBundle(Buffer.from(text)).certificates.map(({ subject }) => subject);

test('TL-21 PEM is read with comments, line ends of Windows, a byte order mark and several certificates', () => {
	const both = chainOf(leaf, intermediate);
	expect(subjects(both)).toEqual(['CN=leaf', 'CN=Test intermediate']);
	expect(subjects(both.replace(/\n/g, '\r\n'))).toHaveLength(2);
	expect(subjects(`\uFEFF${both}`)).toHaveLength(2);
	expect(subjects(`Bag Attributes\n  friendlyName: x\nsubject=CN=leaf\n${both}# the end`)).toHaveLength(2);
	expect(subjects(leaf.der)).toEqual(['CN=leaf']);
});

test('TL-21 a private key in the file is told of, and never shown', () => {
	const bundle = readBundle(Buffer.from(leaf.keyPem + leaf.pem));
	expect(bundle).toMatchObject({ hasKey: true, problems: [], certificates: [{ subject: 'CN=leaf' }] });
	const secret = leaf.keyPem.split('\n')[1] ?? '';
	expect(secret.length).toBeGreaterThan(40);
	expect(JSON.stringify(bundle)).not.toContain(secret);
	expect(readBundle(Buffer.from(leaf.keyPem))).toMatchObject({
		hasKey: true,
		problems: ['It holds no certificate.'],
	});
});

test.each([
	['what is empty', '', /is empty/],
	[
		'truncated base64',
		leaf.pem.replace(/.{8}\n-----END/, '\n-----END').replace(/.{64}\n/, ''),
		/is damaged|cannot be read/,
	],
	['a block that does not end', leaf.pem.slice(0, 200), /is cut off/],
	['a block with other letters', leaf.pem.replace(/\nMII/, '\n!!!'), /is damaged|cannot be read/],
	['what is neither PEM nor DER', 'hello', /neither PEM nor DER/],
	['half of a DER file', leaf.der.subarray(0, 100), /neither PEM nor DER/],
])('TL-21 %s is named', (_name, content, message) => {
	const { certificates, problems } = readBundle(Buffer.from(content));
	expect(certificates).toHaveLength(0);
	expect(problems.join()).toMatch(message);
});

test('TL-21 one damaged certificate does not hide the others', () => {
	const { certificates, problems } = readBundle(
		Buffer.from(
			`${leaf.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${intermediate.pem}`,
		),
	);
	expect(certificates).toHaveLength(2);
	expect(problems).toEqual([expect.stringContaining('Certificate 2 in it cannot be read')]);
});

test('TL-21 the folder of certbot is read through its links, each name once', async () => {
	const folder = scope.emptyFolder();
	for (const part of ['archive/shop.example.com', 'live/shop.example.com'])
		mkdirSync(join(folder, part), { recursive: true });
	const files = {
		cert: leaf.pem,
		chain: intermediate.pem,
		fullchain: chainOf(leaf, intermediate),
		privkey: leaf.keyPem,
	};
	for (const [name, content] of Object.entries(files)) {
		writeFileSync(join(folder, `archive/shop.example.com/${name}2.pem`), content);
		symlinkSync(
			`../../archive/shop.example.com/${name}2.pem`,
			join(folder, `live/shop.example.com/${name}.pem`),
		);
	}
	const read = await readCertificateFiles(folder);
	expect(read).toMatchObject([
		{
			path: join(folder, 'live/shop.example.com/fullchain.pem'),
			target: join(folder, 'archive/shop.example.com/fullchain2.pem'),
			certificates: [{ subject: 'CN=leaf' }, { subject: 'CN=Test intermediate' }],
			...{ hasKey: false, problems: [], findings: [] },
			expiry: { daysLeft: 59.99 },
		},
	]);
});

test("TL-21 Caddy's storage is read, without keys, notes and backup copies", async () => {
	const folder = join(
		scope.emptyFolder(),
		'certificates/acme-v02.api.letsencrypt.org-directory/shop.example.com',
	);
	mkdirSync(folder, { recursive: true });
	const old = authority.leaf({ notAfter: Date.now() + 3 * day, notBefore: Date.now() - 87 * day });
	const names = [
		'shop.example.com.crt',
		'shop.example.com.crt.bak',
		'shop.example.com.crt~',
		'shop.example.com.key',
		'shop.example.com.json',
		'tls.key.pem',
	];
	for (const name of names)
		writeFileSync(join(folder, name), name.endsWith('.crt') ? chainOf(old, intermediate) : leaf.keyPem);
	const read = await readCertificateFiles(join(folder, '../..'));
	expect(read.map(({ path }) => path)).toEqual([join(folder, 'shop.example.com.crt')]);
	expect(read[0]?.findings).toMatchObject([
		{ code: 'expiring', severity: 'critical' },
		{ code: 'renewal_overdue' },
	]);
});

test('TL-21 a folder with 1,000 names is read in a bounded time', async () => {
	const folder = scope.emptyFolder();
	for (let name = 0; name < 1000; name += 1)
		writeFileSync(join(folder, `host-${name}.example.com.crt`), leaf.pem);
	const begun = performance.now();
	expect(await readCertificateFiles(folder)).toHaveLength(1000);
	expect(performance.now() - begun).toBeLessThan(15_000);
});

test('TL-21 what may not be read, a dead link and a path that is not there are named', async () => {
	const folder = scope.emptyFolder();
	symlinkSync('gone.pem', join(folder, 'dead.pem'));
	writeFileSync(join(folder, 'good.pem'), leaf.pem);
	const read = await readCertificateFiles(folder);
	expect(read).toMatchObject([
		{ problems: [expect.stringMatching(/^It cannot be read: ENOENT/)] },
		{ problems: [], certificates: [{}] },
	]);
	expect(await readCertificateFiles(join(folder, 'nowhere'))).toMatchObject([
		{ problems: [expect.stringContaining('ENOENT')] },
	]);
	// Root may read all, so another user asks.
	writeFileSync(join(folder, 'secret.pem'), leaf.pem);
	chmodSync(join(folder, 'secret.pem'), 0);
	chmodSync(folder, 0o755);
	const ownUser = process.geteuid?.();
	process.seteuid?.('nobody');
	try {
		const refused = await readCertificateFiles(join(folder, 'secret.pem'));
		expect(refused).toMatchObject([{ certificates: [], problems: [expect.stringMatching(/EACCES/)] }]);
	} finally {
		process.seteuid?.(ownUser ?? 0);
	}
});

test('TL-22 a server that was not reloaded after a renewal is told', async () => {
	const old = authority.leaf({ notBefore: Date.now() - 40 * day });
	const port = await servers.tls([old, intermediate]);
	const file = scope.path('renewed.pem');
	const ask = async (): Promise<string[]> => {
		const report = await checkCertificate({ host: 'localhost', port, ca: root.pem, file });
		return report.findings.map(({ code, severity, message }) => `${severity} ${code}: ${message}`);
	};
	expect(await ask()).toEqual([
		expect.stringMatching(/^warning file_newer_than_served: The file ".*" cannot be read/),
	]);
	writeFileSync(file, chainOf(authority.leaf(), intermediate));
	expect(await ask()).toEqual([
		expect.stringMatching(
			/^warning file_newer_than_served: The certificate was renewed, but the server was not reloaded/,
		),
	]);
	writeFileSync(file, chainOf(old, intermediate));
	expect(await ask()).toEqual([]);
});
