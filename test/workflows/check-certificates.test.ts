import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { Authority, type Issued } from '../support/pki/certificates';
import { TlsServers } from '../support/pki/servers';
import { Checking } from './checking';
import { useSiteCheck } from './served';

const client = sharedN8n();
const set = `certificates-${randomUUID()}`;
const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
const ca = authority.root.pem;
const dayName = (aheadMs: number): string =>
	new Date(Date.now() + aheadMs).toLocaleDateString('en', { weekday: 'short', timeZone: 'Asia/Kolkata' });
let checking: Checking;
let monitor: RecordingServer;

const outcomeOf = z.object({
	counts: z
		.object({ ok: z.number(), warning: z.number(), critical: z.number(), unknown: z.number() })
		.optional(),
	summary: z.string(),
	certificates: z.array(
		z.object({
			...{ host: z.string(), site: z.string().nullable(), status: z.string() },
			...{ daysLeft: z.number().nullable(), issuer: z.string().nullable(), message: z.string() },
		}),
	),
});

beforeAll(async () => {
	monitor = await RecordingServer.start(() => ({ status: 200 }));
	checking = await Checking.install(client);
	await checking.setUp('check-certificates', { set });
});

afterAll(async () => {
	await checking?.remove();
	await servers.close();
	await monitor?.stop();
});

const leaf = (days: number, more: object = {}): Issued =>
	authority.leaf({ notAfter: Date.now() + days * day, notBefore: Date.now() - (365 - days) * day, ...more });

/** A server with a certificate of this machine's own CA, as a host of the list. */
async function host(days: number): Promise<{ host: string; port: number; ca: string }> {
	return { host: 'localhost', port: await servers.tls([leaf(days), authority.intermediate]), ca };
}

const use = (settings: Record<string, unknown>) =>
	checking.setUp('check-certificates', { set, summaryOn: '', ...settings });

async function check() {
	const before = checking.received()[0]?.length ?? 0;
	const { outcome, error } = await checking.press('check-certificates', 'Check now');
	const alerts = checking.received()[0]?.slice(before) ?? [];
	return { outcome, error, alerts, titles: alerts.map(({ title }) => title) };
}

test('TL-1 each threshold is told once, not with every run, and once more when it is well again', async () => {
	const soon = await host(29.5);
	await use({ hosts: [soon, await host(200)] });
	const first = await check();
	expect(first.error).toBe('');
	expect(outcomeOf.parse(first.outcome)).toMatchObject({
		counts: { ok: 1, warning: 1, critical: 0, unknown: 0 },
		summary: 'not today',
		certificates: [
			{ host: `localhost:${soon.port}`, daysLeft: 29, status: 'warning', issuer: 'CN=Test intermediate' },
			{ daysLeft: 199, status: 'ok' },
		],
	});
	expect(first.titles).toEqual([`Certificate of localhost:${soon.port} needs attention`]);
	expect((await check()).titles).toEqual([]);
	// The next threshold, as if a fortnight had gone by, and the renewal: another certificate at the same place.
	servers.renew(soon.port, [leaf(6.5), authority.intermediate]);
	expect((await check()).titles).toEqual([`Certificate of localhost:${soon.port} has got worse`]);
	expect((await check()).titles).toEqual([]);
	servers.renew(soon.port, [leaf(90), authority.intermediate]);
	expect((await check()).titles).toEqual([`Certificate of localhost:${soon.port} is well again`]);
});

test('certificates of sites are told to their owners; what a site checks itself is left to it', async () => {
	const [owned, own] = [(await host(90)).port, (await host(90)).port];
	await checking.defineSites([
		{
			...{ name: 'shop', owner: 'shop-team' },
			checks: [
				{ name: 'Page', type: 'http', url: `https://localhost:${owned}/cart` },
				{ name: 'Other', type: 'http', url: `https://localhost:${own}/` },
				{ name: 'Plain', type: 'http', url: 'http://localhost:1/' },
				{ name: 'Own', type: 'certificate', host: 'localhost', port: own },
			],
		},
		{ name: 'quiet' },
	]);
	await use({ hosts: [] });
	const { outcome, alerts } = await check();
	expect(outcomeOf.parse(outcome).certificates).toMatchObject([
		{ host: `localhost:${owned}`, site: 'shop', status: 'critical' },
	]);
	expect(alerts).toMatchObject([
		{ title: `shop/Certificate of localhost:${owned} fails`, owner: 'shop-team' },
	]);
	await use({ hosts: [], sitesToo: false });
	expect((await check()).error).toMatch(/^There is nothing to check/);
	await checking.defineSites([]);
});

test('a host that is none keeps no other from being checked, and the run and the monitor tell it', async () => {
	const { port } = await host(90);
	await use({
		hosts: [
			...[`smtp://localhost:${port} x`, 'münchen.example.com', { host: 'no host' }],
			...[
				{ host: 'localhost', port, ca },
				{ host: 'localhost', port, ca, connectTo: '127.0.0.1' },
			],
		],
		pingUrl: `${monitor.url}/ping`,
	});
	const { outcome, error } = await check();
	expect(error).toMatch(/hosts\[0\]: "smtp:\/\/localhost:\d+ x" is no host such as/);
	expect(error).toMatch(/hosts\[1\]: "münchen\.example\.com" is no host/);
	expect(error).toMatch(/^Check "Certificate of no host": .*host: must be a host name/);
	expect(outcomeOf.parse(outcome).certificates).toMatchObject([
		{ host: `localhost:${port}`, status: 'ok' },
		{ host: `localhost:${port} at 127.0.0.1`, status: 'ok' },
	]);
	expect(monitor.requests.map(({ path }) => path)).toEqual(['/ping/fail']);
});

test('on the days of summaryOn a table is sent, those that end first on top', async () => {
	const [late, soon] = [await host(90), await host(-2)];
	await use({ hosts: [late, soon], set: `${set}-2`, summaryOn: `${dayName(0)}, ${dayName(day)}` });
	const { outcome, error, alerts } = await check();
	expect([error, outcomeOf.parse(outcome).summary]).toEqual(['', 'delivered']);
	const summary = alerts.find(({ title }) => title.startsWith('Certificates: '));
	expect(summary).toMatchObject({
		title: 'Certificates: 1 of 2 certificates need attention; the first expired 2 days ago',
		severity: 'info',
	});
	const lines = summary?.message.split('\n') ?? [];
	expect(lines).toEqual([
		expect.stringMatching(
			/^localhost:\d+ · expired 2 days ago, until [\d-]+ · CN=Test intermediate · critical: /,
		),
		expect.stringMatching(/^localhost:\d+ · 89 days left, until [\d-]+ · CN=Test intermediate$/),
	]);
	await use({ hosts: [late], set: `${set}-2`, summaryOn: 'monday' });
	expect((await check()).error).toMatch(/^"summaryOn" in the node "Settings" is a list of days/);
});

test('the operation Check Certificates gives an item for each host in n8n, whatever is wrong with one', async () => {
	const [good, bad] = [await host(90), await host(-1)];
	const items = await useSiteCheck(client, {
		...{ operation: 'checkCertificates', hostsFrom: 'list' },
		hosts: `localhost:${good.port}, localhost:${bad.port}, gone.invalid`,
		options: { ca, timeoutSeconds: 5 },
	});
	expect(items).toMatchObject([
		{ status: 'ok', expiry: { daysLeft: expect.closeTo(90, 0) }, chain: [{ subject: 'CN=leaf' }, {}] },
		{ status: 'critical', findings: [{ code: 'expired' }] },
		{ status: 'failed', findings: [{ code: 'dns_failed' }] },
	]);
});
