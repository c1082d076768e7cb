import { createServer } from 'node:tls';

import { probeCertificate } from '../../../../src/check/probes/certificate';
import { targetsOfChecks, parseChecks } from '../../../../src/check';
import { Authority } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';
import { look } from './look';

const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
const ca = authority.root.pem;
const serve = (notAfter: number): Promise<number> =>
	servers.tls([authority.leaf({ notAfter, notBefore: notAfter - 365 * day }), authority.intermediate]);

afterAll(() => servers.close());

test('a certificate that is valid is fine, and says until when', async () => {
	const port = await serve(Date.now() + 60 * day + 20_000);
	const finding = await look(probeCertificate, { type: 'certificate', host: 'localhost', port, ca });
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok', stage: 0, latencyMs: expect.any(Number) });
	expect(finding.message).toMatch(
		/^The certificate of localhost is valid until \d{4}-\d\d-\d\d \(60 days\)\.$/,
	);
	expect(finding.details).toMatchObject({
		daysLeft: 60,
		revocation: 'notPublished',
		issuer: 'CN=Test intermediate',
	});
});

test.each([
	[29.9, 'warning', 'expiring', 1],
	[13.9, 'warning', 'expiring', 2],
	[6.9, 'critical', 'expiring', 3],
	[0.9, 'critical', 'expiring', 4],
	[-0.1, 'critical', 'expired', 5],
])('TL-1 with %d days left it is a stage of its own', async (days, level, reason, stage) => {
	const port = await serve(Date.now() + days * day);
	const finding = await look(probeCertificate, { type: 'certificate', host: 'localhost', port, ca });
	expect(finding).toMatchObject({ level, reason, stage });
});

test('several findings are counted, and those that are ignored are not', async () => {
	const port = await servers.tls([
		authority.leaf({ names: ['other.example.com'] }),
		authority.intermediate,
		authority.root,
	]);
	const check = { type: 'certificate' as const, host: 'localhost', port, ca };
	const finding = await look(probeCertificate, check);
	expect(finding).toMatchObject({
		level: 'critical',
		reason: 'host_mismatch',
		message: expect.stringMatching(/And 1 more\.$/),
	});
	expect(await look(probeCertificate, { ...check, ignore: ['host_mismatch'] })).toMatchObject({
		level: 'warning',
		reason: 'extra_certificate',
	});
});

test('TL-27 what could not be looked at is unknown, never well; but what speaks something else has failed', async () => {
	const silent = await servers.raw(() => undefined);
	const check = { type: 'certificate' as const, host: '127.0.0.1', timeoutSeconds: 0.4 };
	expect(await look(probeCertificate, { ...check, port: silent })).toMatchObject({
		level: 'unknown',
		reason: 'timeout',
	});
	expect(await look(probeCertificate, { ...check, port: 1 })).toMatchObject({
		level: 'unknown',
		reason: 'connect_failed',
	});
	const gone = { ...check, host: 'gone.invalid', timeoutSeconds: 5 };
	expect(await look(probeCertificate, gone)).toMatchObject({ level: 'unknown', reason: 'dns_failed' });
	const web = await servers.raw((socket) =>
		socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
	);
	expect(await look(probeCertificate, { ...check, port: web, timeoutSeconds: 3 })).toMatchObject({
		level: 'critical',
		reason: 'not_tls',
	});
});

test('TL-16 a server that refuses every handshake, or whose certificate nobody can read, has failed', async () => {
	const without = await servers.listen(createServer({}));
	const check = { type: 'certificate' as const, host: 'localhost', connectTo: '127.0.0.1' };
	expect(await look(probeCertificate, { ...check, port: without })).toMatchObject({
		level: 'critical',
		reason: 'handshake_refused',
		message: expect.stringContaining('refuses the TLS handshake: handshake failure'),
	});
	const broken = authority.leaf({ notAfter: '991332000000Z' });
	const port = await servers.tls([broken, authority.intermediate]);
	expect(await look(probeCertificate, { ...check, port, ca })).toMatchObject({
		level: 'critical',
		reason: 'invalid_chain',
		message: expect.stringMatching(/^Certificate 1 that the server sends cannot be read\. /),
	});
});

test('certificates are told at the first look and each threshold once, unless the check says otherwise', () => {
	const [target] = targetsOfChecks(
		parseChecks([{ type: 'certificate', name: 'Shop', host: 'shop.example.com' }]),
	);
	expect(target?.policy).toMatchObject({ failures: 1, recoveries: 1, reminderMs: null, unknowns: 3 });
	const alert = { failures: 5, reminder: '1h' };
	const [other] = targetsOfChecks(parseChecks([{ type: 'certificate', name: 'Shop', host: 'x', alert }]));
	expect(other?.policy).toMatchObject({ failures: 5, recoveries: 1, reminderMs: 3_600_000, unknowns: 5 });
	expect(() =>
		parseChecks([{ type: 'certificate', name: 'Shop', host: 'x', warningDays: 7, criticalDays: 30 }]),
	).toThrow(/criticalDays: must be less than "warningDays" \(7\)/);
});
