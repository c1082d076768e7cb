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
	const real = performance.timeOrigin;
	jest.spyOn(Date, 'now').mockImplementation(() => Math.round(real + performance.now()) + byMs);
}

/** A web server whose certificate can be replaced. */
async function webServer(leaf: Issued): Promise<{ port: number; renew(leaf: Issued): void }> {
	const of = (one: Issued) => ({ cert: chainOf(one, intermediate), key: one.keyPem });
	const server = createServer(of(leaf), (_request, response) => response.end());
	const port = await servers.listen(server);
	return { port, renew: (one) => server.setSecureContext(of(one)) };
}

const run = (ports: readonly number[]): Promise<CheckRun> => {
	const checks = ports.map((port, index) => ({
		...{ type: 'certificate', name: `host ${index}`, host: 'localhost', port, ca: root.pem },
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
	expect(told(await run([server.port]))).toEqual([]);
	server.renew(authority.leaf({ names: ['localhost'], notAfter: Date.now() + 300 * day }));
	expect(told(await run([server.port]))).toEqual([
		expect.stringMatching(/^firing: .*host 0.*it is no longer for www\.localhost/s),
	]);
	clockIsAhead(24 * hour);
	const nextDay = await run([server.port]);
	expect(nextDay.results).toMatchObject([{ status: 'warning', reason: 'changed' }]);
	expect(told(nextDay)).toEqual([]);
	clockIsAhead(48 * hour);
	expect(told(await run([server.port]))).toEqual([expect.stringMatching(/^resolved: /)]);
});

test('TL-24 another CA or a usual renewal is nothing to call anybody for', async () => {
	const server = await webServer(authority.leaf());
	await run([server.port]);
	server.renew(authority.leaf({ notAfter: Date.now() + 400 * day }));
	const { results, alerts } = await run([server.port]);
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
		const ports = (await Promise.all(leaves.map(webServer))).map(({ port }) => port);
		clockIsAhead(byMs);
		const first = await run(ports);
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
		expect(told(await run(ports))).toEqual([]);
		jest.restoreAllMocks();
		const set = await new CheckMemory(store, 'certificates').read();
		expect(set.get('Clock of this machine')?.record.condition).toBe('critical');
		expect(told(await run(ports))).toEqual([expect.stringMatching(/^resolved: Clock of this machine/)]);
		expect((await run(ports)).results).toHaveLength(3);
	},
);

test('TL-26 where the certificates have expired, the clock is not blamed', async () => {
	const expired = authority.leaf({ notAfter: Date.now() - day });
	const ports = (await Promise.all([expired, expired, expired].map(webServer))).map(({ port }) => port);
	const { results } = await run(ports);
	expect(results.map(({ reason }) => reason)).toEqual(['expired', 'expired', 'expired']);
});

test('the report and the metrics tell when the path of clients ends, and a daily look is not out of date', async () => {
	const notAfter = Math.floor(Date.now() / 1000) * 1000 + 100 * day;
	const { port } = await webServer(authority.leaf({ notAfter }));
	await run([port]);
	const report = await getReport(store, 'certificates', { now: Date.now() + 24 * hour });
	const expiresAt = new Date(notAfter).toISOString();
	expect(report.checks).toMatchObject([
		{ status: 'ok', certificate: { issuer: 'CN=Test intermediate', expiresAt } },
	]);
	const family = checkMetrics(report).find(({ name }) => name.includes('certificate_expires'));
	expect(family?.samples.map(({ value }) => value)).toEqual([notAfter / 1000]);
});
