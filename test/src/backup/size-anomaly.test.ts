import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { backUpSite, confirmSite, listSite, pruneSite, statusSite, verifySite } from '../../../src/backup';
import { findAnomalies, type SizeHistory } from '../../../src/backup/catalogue/sizes';
import { findRestorePoint } from '../../../src/backup/restore-points';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { dayMs, policyOf } from './retention-stand';
import { siteOf } from './stand';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('anomaly');
});
afterAll(() => scope.close());

const earlier = (...sizes: number[]): SizeHistory[] =>
	sizes.map((size) => ({
		artefacts: [{ name: 'db-shop', plainBytes: size, storedBytes: size }],
		confirmed: false,
	}));

const isSuspicious = (size: number, history: SizeHistory[], dropPercent = 95): boolean =>
	findAnomalies([{ name: 'db-shop', plainBytes: size, storedBytes: size }], history, dropPercent).length > 0;

test.each<[string, boolean, number, SizeHistory[]]>([
	['a twentieth of the usual size', true, 50, earlier(1000, 1000, 1000)],
	['a little more than that', false, 51, earlier(1000, 1000, 1000)],
	['nothing at all', true, 0, earlier(1000, 1000, 1000)],
	['nothing, as usual', false, 0, earlier(0, 0, 0)],
	['far more', false, 1_000_000, earlier(1000, 1000, 1000)],
	['too few to compare with', false, 1, earlier(1000, 1000)],
	[
		'one that was small before does not move the median',
		true,
		10,
		earlier(10, 1000, 1000, 1000, 1000, 1000, 1000),
	],
	[
		'what is older than seven does not count',
		false,
		10,
		earlier(10, 10, 10, 10, 10, 10, 10, 9000, 9000, 9000),
	],
])('%s', (_case, expected, size, history) => {
	expect(isSuspicious(size, history)).toBe(expected);
});

test('the content or what is stored of it may be what is small, and the limit is that of the site', () => {
	const history = earlier(1000, 1000, 1000);
	const artefact = { name: 'db-shop', plainBytes: 1000, storedBytes: 1000 };
	expect(findAnomalies([{ ...artefact, plainBytes: 10 }], history, 95)).toHaveLength(1);
	expect(findAnomalies([{ ...artefact, storedBytes: 10 }], history, 95)).toHaveLength(1);
	expect(findAnomalies([{ ...artefact, name: 'db-new', plainBytes: 1 }], history, 95)).toEqual([]);
	expect([isSuspicious(500, history, 50), isSuspicious(501, history, 50)]).toEqual([true, false]);
});

test('after a confirmed one, only it and those after it are compared with', () => {
	const [first = { artefacts: [], confirmed: false }] = earlier(10);
	const history = [...earlier(10), { ...first, confirmed: true }, ...earlier(1000, 1000, 1000, 1000, 1000)];
	expect(isSuspicious(9, history)).toBe(false);
	expect(isSuspicious(0, history)).toBe(true);
});

/** A site of one directory whose only file has this many random bytes, backed up on one day after the other. */
class DailySite {
	readonly backups = scope.emptyFolder();
	readonly site: Site;
	private readonly www = scope.emptyFolder();
	private nowMs = Date.parse('2026-11-01T02:00:00Z');

	constructor(more: Partial<Site> = {}) {
		this.site = { ...siteOf({ www: this.www }, { backups: this.backups }), ...more };
	}

	get context() {
		const at = new Date(this.nowMs);
		return { now: () => at };
	}

	async backUp(sizeBytes: number) {
		this.nowMs += dayMs;
		writeFileSync(`${this.www}/content`, randomBytes(sizeBytes));
		return await backUpSite(this.site, this.context);
	}

	async latest(): Promise<string> {
		return (await findRestorePoint(new DirectoryDestination(this.backups), 'shop', 'latest')).id;
	}
}

test('BK-38: a backup that is 95 % smaller than the median of 7 is a warning, and no generation until it is confirmed', async () => {
	const daily = new DailySite({ retention: policyOf({ keepLast: 4, afterBackup: true }) });
	for (let day = 0; day < 7; day += 1) expect(await daily.backUp(200_000)).toMatchObject({ status: 'ok' });
	const { site, context: before } = daily;
	const good = await daily.latest();
	await verifySite(site, before, { restorePoint: good });

	const report = await daily.backUp(2000);
	expect(report).toMatchObject({
		status: 'warning',
		destinations: [
			{
				status: 'warning',
				suspicious: [{ artefact: 'files-www' }],
				warnings: [
					expect.stringMatching(
						/^suspicious: files-www has \d\.\d kB \(stored as 2\.\d kB\), usual are 20\d kB/,
					),
				],
			},
		],
	});
	expect(report.message).toContain('suspicious: files-www');
	// It removed nothing, though it is the fifth.
	expect(report.destinations[0]?.pruned).toBeUndefined();
	const { context } = daily;
	const listed = await listSite(site, context);
	expect(listed.restorePoints).toHaveLength(5);
	expect(listed.restorePoints[0]).toMatchObject({
		id: report.id,
		state: 'warning',
		suspicious: true,
		artefacts: [{ plainChangePercent: -97, storedChangePercent: -99 }],
	});
	expect(listed.restorePoints[1]).toMatchObject({
		suspicious: false,
		artefacts: [{ plainChangePercent: 0 }],
	});

	// Proved whole it still is not the newest verified good one, nor what a restore of the latest takes.
	expect(await verifySite(site, context, { restorePoint: report.id })).toMatchObject({ ok: true });
	expect(await daily.latest()).toBe(good);
	expect(await statusSite(site, context)).toMatchObject({
		status: 'warning',
		destinations: [
			{
				newestGood: { id: good, ageHours: 24 },
				newestVerified: { id: good },
				counts: { good: 4, suspicious: 1 },
				findings: [{ code: 'newest_not_good' }],
			},
		],
	});
	expect(await pruneSite(site, context)).toMatchObject({
		status: 'warning',
		destinations: [{ status: 'refused' }],
	});

	await expect(confirmSite(site, context, { restorePoint: good })).resolves.toMatchObject({
		ok: false,
		destinations: [{ status: 'failed', problem: { code: 'not_suspicious' } }],
	});
	expect(await confirmSite(site, context, { restorePoint: report.id, reason: 'moved out' })).toMatchObject({
		ok: true,
		message: `Confirmed ${report.id} in "backups".`,
	});
	expect(await daily.latest()).toBe(report.id);
	expect(await statusSite(site, context)).toMatchObject({
		status: 'ok',
		destinations: [{ newestGood: { id: report.id }, newestVerified: { id: report.id }, counts: { good: 5 } }],
	});
	// The next one is compared with it, and the rules count it.
	const next = await daily.backUp(2000);
	expect(next).toMatchObject({ status: 'ok', destinations: [{ pruned: { status: 'pruned', dropped: 2 } }] });
	expect((await listSite(site, daily.context)).restorePoints).toHaveLength(4);
	expect(await daily.backUp(10)).toMatchObject({ status: 'ok' });
});

test('BK-38: the limit stands in the site definition', async () => {
	const daily = new DailySite({ anomaly: { dropPercent: 50 } });
	for (let day = 0; day < 3; day += 1) await daily.backUp(100_000);
	expect(await daily.backUp(40_000)).toMatchObject({ status: 'warning' });
	// However many there are, suspicious ones are not among those the next is compared with.
	for (let day = 0; day < 4; day += 1) {
		expect(await daily.backUp(40_000)).toMatchObject({ status: 'warning' });
	}
	expect(await daily.backUp(90_000)).toMatchObject({ status: 'ok' });
});
