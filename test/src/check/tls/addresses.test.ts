import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificateOptions, CertificateReport } from '../../../../src/check';
import { OwnNetwork } from '../../../support/own-network';
import { Authority, chainOf, type Issued } from '../../../support/pki/certificates';
import { Scope } from '../../../support/scope';

const day = 86_400_000;
const authority = new Authority('Test');
const names = ['ten.example.com', 'both.example.com', 'six.example.com', 'part.example.com'];
const good = authority.leaf({ names });
const stale = authority.leaf({ names, notAfter: Date.now() - day, notBefore: Date.now() - 90 * day });
const newer = authority.leaf({ names, notAfter: Date.now() + 70 * day });
let scope: Scope;
let network: OwnNetwork;

const ten = Array.from({ length: 10 }, (_, index) => `127.0.1.${index + 1}`);

beforeAll(async () => {
	scope = await Scope.open('addresses');
	const serve = (leaf: Issued): object => ({ cert: chainOf(leaf, authority.intermediate), key: leaf.keyPem });
	const served = Object.fromEntries(
		ten.map((address) => [address, serve(address === '127.0.1.7' ? stale : good)]),
	);
	writeFileSync(
		scope.path('served.json'),
		JSON.stringify({ ...served, '127.0.2.1': serve(good), '::1': serve(newer) }),
	);
	network = await OwnNetwork.start(scope, join(__dirname, '../../../support/own-network/certificates.ts'), {
		hosts: [
			...ten.map((address) => `${address} ten.example.com`),
			...['127.0.2.1 both.example.com', '::1 both.example.com', '::1 six.example.com'],
			...['127.0.2.1 part.example.com', '127.0.9.9 part.example.com'],
		],
		resolver: ['nameserver 203.0.113.53'],
		env: { SERVED_FILE: scope.path('served.json') },
	});
});

afterAll(async () => {
	await network?.end();
	await scope?.close();
});

const ask = async (host: string, more: Partial<CertificateOptions> = {}): Promise<CertificateReport> =>
	(await network.ask({ host, ca: authority.root.pem, eachAddress: true, ...more })) as CertificateReport;

test('TL-19 of ten addresses the one with an old certificate is found', async () => {
	const report = await ask('ten.example.com');
	expect(report.status).toBe('critical');
	expect(report.addresses.map(({ address }) => address)).toEqual(ten);
	expect(report.addresses.filter(({ status }) => status !== 'ok')).toMatchObject([
		{ address: '127.0.1.7', status: 'critical', findings: [{ code: 'expired' }] },
	]);
	expect(report.findings).toMatchObject([
		{ code: 'expired', message: expect.stringMatching(/^At 127\.0\.1\.7: The certificate expired 1 day/) },
		{
			code: 'addresses_differ',
			severity: 'info',
			message: expect.stringContaining('2 different certificates'),
		},
	]);
	expect(await ask('ten.example.com', { eachAddress: false })).toMatchObject({ status: 'ok', addresses: [] });
});

test('TL-18 a host with IPv6 alone is read, and two families with different certificates are both reported', async () => {
	expect(await ask('six.example.com')).toMatchObject({ status: 'ok', address: '::1' });
	const report = await ask('both.example.com');
	expect(report).toMatchObject({ status: 'ok', findings: [{ code: 'addresses_differ' }] });
	const kinds = report.addresses.map(({ address, notAfter }) => [
		address,
		Math.round((Date.parse(notAfter ?? '') - Date.now()) / day),
	]);
	expect(kinds).toEqual([
		['127.0.2.1', 60],
		['::1', 70],
	]);
});

test('an address that is dead is told beside those that are well, and all of them dead is a failure', async () => {
	const report = await ask('part.example.com');
	// Users reach the other one.
	expect(report).toMatchObject({ status: 'warning', address: '127.0.2.1' });
	expect(report.findings[0]).toMatchObject({
		...{ code: 'connect_failed', severity: 'warning' },
		message: expect.stringMatching(/^At 127\.0\.9\.9: /),
	});
	expect(await ask('part.example.com', { port: 444 })).toMatchObject({
		status: 'failed',
		addresses: [{}, {}],
	});
});

test('TL-27 a name that cannot be looked up is a state of its own, and never well', async () => {
	const report = await ask('gone.example.com', { timeoutMs: 800 });
	expect(report).toMatchObject({ status: 'failed', chain: [], findings: [{ code: 'dns_failed' }] });
});
