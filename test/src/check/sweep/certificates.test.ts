import { createServer } from 'node:https';

import { CheckMemory } from '../../../../src/check/sweep/memory';
import { runChecks, type CheckRun } from '../../../../src/check/sweep/run';
import { checkMetrics, getReport, lookAt, parseChecks, targetsOfChecks } from '../../../../src/check';
import { FileStateStore } from '../../../../src/shared';
import { Authority, chainOf, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';
import { Scope } from '../../../support/scope';

const hour = 3_600_000;
const day = 24 * hour;
const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

let scope: Scope;
let store: FileStateStore;

beforeAll(async () => {
	scope = await Scope.open('check-certificates');
});
beforeEach(() => {
	store = new FileStateStore(scope.emptyFolder());
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
	await servers.close();
	await scope.close();
});

/** The clock of this machine is wrong by so much; that of servers is not. */
function clockIsAhead(byMs: number): void {
	jest.spyOn(Date, 'now').mockImplementation(() => trueNow() + byMs);
}
const trueNow = (): number => Math.round(performance.timeOrigin + performance.now());
const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
const atOwnAddresses = (leaves: readonly Issued[]): Promise<WebServer[]> =>
	Promise.all(leaves.map((leaf, index) => webServer(leaf, addresses[index])));

interface WebServer {
	connectTo: string;
	port: number;
	renew(leaf: Issued): void;
}

/** A web server whose certificate can be replaced. @param aheadMs so much its clock is wrong */
async function webServer(leaf: Issued, connectTo = '127.0.0.1', aheadMs = 0): Promise<WebServer> {
	const of = (one: Issued) => ({ cert: chainOf(one, intermediate), key: one.keyPem });
	const server = createServer(of(leaf), (_request, response) => {
		if (aheadMs !== 0) response.setHeader('Date', new Date(trueNow() + aheadMs).toUTCString());
		response.end();
	});
	const port = await servers.listen(server, connectTo);
	return { connectTo, port, renew: (one) => server.setSecureContext(of(one)) };
}

const run = (places: readonly WebServer[]): Promise<CheckRun> => {
	const checks = places.map(({ connectTo, port }, index) => ({
		...{ type: 'certificate', name: `host ${index}`, host: 'localhost', connectTo, port, ca: root.pem },
	}));
	const targets = targetsOfChecks(parseChecks(checks));
	return runChecks({
		...{ store, set: 'certificates', targets, timeZone: 'UTC', lookAt },
		...{ context: { secrets: {} }, countAsTold: true },
	});
};

const told = ({ alerts }: CheckRun): string[] =>
	alerts.map(({ status, title, message }) => `${status}: ${title}. ${message}`);

test('TL-24 a renewal with fewer names is told once, still a day later, and no more after that', async () => {
	const server = await webServer(authority.leaf({ names: ['localhost', 'www.localhost'] }));
	expect(told(await run([server]))).toEqual([]);
	server.renew(authority.leaf({ names: ['localhost'], notAfter: Date.now() + 300 * day }));
	expect(told(await run([server]))).toEqual([
		expect.stringMatching(/^firing: .*host 0.*it is no longer for www\.localhost/s),
	]);
	clockIsAhead(24 * hour);
	const nextDay = await run([server]);
	expect(nextDay.results).toMatchObject([{ status: 'warning', reason: 'changed' }]);
	expect(told(nextDay)).toEqual([]);
	clockIsAhead(48 * hour);
	expect(told(await run([server]))).toEqual([expect.stringMatching(/^resolved: /)]);
});

test('TL-24 another CA or a usual renewal is nothing to call anybody for', async () => {
	const server = await webServer(authority.leaf());
	await run([server]);
	server.renew(authority.leaf({ notAfter: Date.now() + 400 * day }));
	const { results, alerts } = await run([server]);
	expect(alerts).toEqual([]);
	expect(results).toMatchObject([{ status: 'ok', details: { findings: ['info: changed'] } }]);
});

test.each([
	['fast', 400 * day],
	['slow', -400 * day],
])(
	'TL-26 a clock that is %s by a year is told once, certificates are judged by those of the servers, and its end is told',
	async (direction, byMs) => {
		const leaves = [
			authority.leaf(),
			authority.leaf(),
			authority.leaf({ notAfter: Date.now() + 2 * day, notBefore: Date.now() - 300 * day }),
		];
		const places = await atOwnAddresses(leaves);
		clockIsAhead(byMs);
		const first = await run(places);
		expect(first.results.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
			'ok ok',
			'ok ok',
			'critical expiring',
			'critical clock_wrong',
		]);
		expect(told(first)).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/host 2/),
				expect.stringMatching(new RegExp(`The clock of this machine is (399|400) days ${direction}`)),
			]),
		);
		expect(first.alerts).toHaveLength(2);
		expect(told(await run(places))).toEqual([]);
		jest.restoreAllMocks();
		const set = await new CheckMemory(store, 'certificates').read();
		expect(set.get('Clock of this machine')?.record.condition).toBe('critical');
		expect(told(await run(places))).toEqual([expect.stringMatching(/^resolved: Clock of this machine/)]);
		expect((await run(places)).results).toHaveLength(3);
	},
);

test('TL-26 where the certificates have expired, the clock is not blamed', async () => {
	const expired = authority.leaf({ notAfter: Date.now() - day });
	const places = await atOwnAddresses([expired, expired, expired]);
	const { results } = await run(places);
	expect(results.map(({ reason }) => reason)).toEqual(['expired', 'expired', 'expired']);
});

test('TL-26 hosts at one address, or whom a host elsewhere contradicts, prove nothing of the clock', async () => {
	const expired = authority.leaf({ notAfter: Date.now() - 20 * day });
	const behind = () => webServer(expired, '127.0.0.1', -30 * day);
	const places = [await behind(), await behind(), await behind()];
	const reasons = async () => (await run(places)).results.map(({ reason }) => reason);
	expect(await reasons()).toEqual(['expired', 'expired', 'expired']);
	places.push(
		await webServer(expired, '127.0.0.2', -30 * day),
		await webServer(authority.leaf(), '127.0.0.3'),
	);
	expect(await reasons()).toEqual(['expired', 'expired', 'expired', 'expired', 'ok']);
});

test('TL-26 while a clock is known to be wrong and no server tells the time, nothing is said of certificates, and the alert stands', async () => {
	const places = await atOwnAddresses([authority.leaf(), authority.leaf(), authority.leaf()]);
	const silent = await servers.tls([authority.leaf(), intermediate]);
	clockIsAhead(400 * day);
	await run(places);
	const { results, alerts } = await run([{ connectTo: '127.0.0.1', port: silent, renew: () => undefined }]);
	expect(results).toMatchObject([{ status: 'unknown', reason: 'clock_wrong' }, { condition: 'critical' }]);
	expect(alerts).toEqual([]);
	const one = await run(places.slice(0, 1));
	expect(one.results).toMatchObject([{ status: 'ok' }, { reason: 'clock_wrong' }]);
});

test('TL-24 servers behind one name that have certificates of their own are no change, whichever answers', async () => {
	const leaves = [authority.leaf(), authority.leaf({ notAfter: Date.now() + 55 * day })];
	const server = await webServer(leaves[0] as Issued);
	await run([server]);
	for (let made = 0; made < 8; made += 1) {
		clockIsAhead((made + 1) * 24 * hour);
		server.renew(leaves[(made + 1) % 2] as Issued);
		const { results } = await run([server]);
		// The second of them is new for a day and a half.
		if (made > 1) expect(results).toMatchObject([{ status: 'ok' }]);
	}
});

test('TL-1 TL-24 beside a warning that lasts, each threshold and each new fault is told, and again after a renewal', async () => {
	const chain = (leaf: Issued) => [leaf, intermediate, root];
	const at = (days: number, more: object = {}) =>
		authority.leaf({ notAfter: trueNow() + days * day, notBefore: trueNow() - (365 - days) * day, ...more });
	const port = await servers.tls(chain(at(200)));
	const place = { connectTo: '127.0.0.1', port, renew: () => undefined };
	const next = async (leaf: Issued) => {
		servers.renew(port, chain(leaf));
		return (await run([place])).alerts.map(({ title }) => title.replace('host 0 ', ''));
	};
	expect(await next(at(200))).toEqual(['needs attention']);
	const worse = ['has got worse'];
	expect(await next(at(29))).toEqual(worse);
	expect(await next(at(13))).toEqual(worse);
	expect(await next(at(300))).toEqual([]);
	expect(await next(at(299))).toEqual([]);
	expect(await next(at(28))).toEqual(worse);
	expect(await next(at(27))).toEqual([]);
	// Renewed to one that is short too: 14 days count anew.
	expect(await next(at(13))).toEqual(worse);
	expect([await next(at(28.5)), await next(at(28.4))]).toEqual([[], []]);
	expect(await next(at(12))).toEqual(worse);
	const both = { names: ['localhost', '127.0.0.1', '::1', 'www.localhost'] };
	expect([await next(at(200, both)), await next(at(205, both))]).toEqual([[], []]);
	expect(await next(at(210))).toEqual(worse);
});

test('the report and the metrics tell when the path of clients ends, and a daily look is not out of date', async () => {
	const notAfter = Math.floor(Date.now() / 1000) * 1000 + 100 * day;
	await run([await webServer(authority.leaf({ notAfter }))]);
	const report = await getReport(store, 'certificates', { now: Date.now() + 24 * hour });
	const expiresAt = new Date(notAfter).toISOString();
	expect(report.checks).toMatchObject([
		{ status: 'ok', certificate: { issuer: 'CN=Test intermediate', expiresAt } },
	]);
	const family = checkMetrics(report).find(({ name }) => name.includes('certificate_expires'));
	expect(family?.samples.map(({ value }) => value)).toEqual([notAfter / 1000]);
});
