import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

import { setTimeout as sleep } from 'node:timers/promises';

import { holdSite, listSite, pruneSite, statusSite, type PruneReport } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { Site, RetentionPolicyInput } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { idAt, policyOf, storedIds, storePoint, type StoredPoint } from './retention-stand';
import { errorOf, listTree, siteOf } from './stand';

const now = new Date('2026-11-20T12:00:00Z');
const at = { now: () => now };

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('prune');
});
afterAll(() => scope.close());

function siteWith(retention: RetentionPolicyInput | undefined, ...roots: string[]): Site {
	const destinations = Object.fromEntries(roots.map((root, index) => [`to${index + 1}`, root]));
	const site = siteOf({ www: scope.emptyFolder() }, destinations);
	return retention ? { ...site, retention: policyOf(retention) } : site;
}

/** A destination with these restore points. */
async function holding(...points: StoredPoint[]): Promise<string> {
	const root = scope.emptyFolder();
	for (const point of points) await storePoint(root, point);
	return root;
}

const days = (...list: number[]): StoredPoint[] =>
	list.map((day) => ({ startedAt: `2026-11-${String(day).padStart(2, '0')}T02:00:00Z` }));

const idOn = (day: number): string => idAt(new Date(`2026-11-${String(day).padStart(2, '0')}T02:00:00Z`));

const droppedIn = ({ destinations }: PruneReport): string[] =>
	(destinations[0]?.decisions ?? []).filter(({ action }) => action === 'drop').map(({ id }) => id);

test('BK-32: a dry run lists a reason for each generation, removes nothing, and names what the real run removes', async () => {
	const root = await holding(
		...days(10, 11, 12, 18, 19, 20),
		{ startedAt: '2026-11-13T02:00:00Z', state: 'partial' },
		{ startedAt: '2026-11-14T02:00:00Z', state: 'unfinished' },
		{ startedAt: '2026-11-15T02:00:00Z', state: 'unusable' },
		{ startedAt: '2026-11-16T02:00:00Z', held: 'the audit' },
		{ startedAt: '2026-11-17T02:00:00Z', verified: 'proved' },
	);
	const site = siteWith({ keepLast: 2 }, root);
	const before = listTree(root);
	const dry = await pruneSite(site, at, { dryRun: true });
	expect(listTree(root)).toEqual(before);
	expect(dry).toMatchObject({ dryRun: true, status: 'ok', freedBytes: 0, policy: 'keepLast 2' });
	expect(dry.message).toBe('to1: Would remove 6 restore points (500 B), 5 kept.');
	const [planned] = dry.destinations;
	expect(planned).toMatchObject({ status: 'planned', kept: 5, dropped: 6, droppedBytes: 500 });
	expect(planned?.decisions.map(({ id, reason }) => [id, reason])).toEqual([
		[idOn(20), 'kept: the newest good one; last 1 of 2'],
		[idOn(19), 'kept: last 2 of 2'],
		[idOn(18), 'dropped: no rule keeps it (keepLast 2)'],
		[idOn(17), 'kept: the newest verified one'],
		[idOn(16), 'kept: held: the audit'],
		[idOn(15), 'kept: its manifest cannot be trusted, so a person has to decide what becomes of it'],
		[idOn(14), `dropped: it was never finished, and ${idOn(20)} is newer and good`],
		[idOn(13), `dropped: it is partial, and ${idOn(20)} is newer and good`],
		...[12, 11, 10].map((day) => [idOn(day), 'dropped: no rule keeps it (keepLast 2)']),
	]);

	const real = await pruneSite(site, at);
	expect(real).toMatchObject({
		status: 'ok',
		destinations: [{ status: 'pruned', dropped: 6, problems: [] }],
	});
	expect(real.destinations[0]?.decisions).toEqual(planned?.decisions);
	expect(storedIds(root)).toEqual([20, 19, 17, 16, 15].map(idOn));
	const freed = before.length - listTree(root).length;
	expect(real.destinations[0]?.removedFiles).toBe(freed - 6);
	expect(real.freedBytes).toBeGreaterThan(600);

	const again = await pruneSite(site, at);
	expect(again).toMatchObject({
		status: 'ok',
		freedBytes: 0,
		destinations: [{ dropped: 0, removedFiles: 0 }],
	});
	expect(storedIds(root)).toHaveLength(5);
});

test('each destination is pruned by itself, and one that is gone does not keep the others from it', async () => {
	const [one, two] = [await holding(...days(18, 19, 20)), await holding(...days(17, 20))];
	const site = siteWith({ keepLast: 1 }, one, scope.path('gone'), two);
	const report = await pruneSite(site, at);
	expect(report).toMatchObject({
		status: 'failed',
		destinations: [
			{ name: 'to1', status: 'pruned', dropped: 2 },
			{ name: 'to2', status: 'failed', problems: [{ code: 'destination_missing' }] },
			{ name: 'to3', status: 'pruned', dropped: 1 },
		],
	});
	expect([storedIds(one), storedIds(two)]).toEqual([[idOn(20)], [idOn(20)]]);
	const only = await pruneSite(site, at, { destination: 'to3' });
	expect(only.destinations.map(({ name }) => name)).toEqual(['to3']);
});

test.each([
	['partial', { state: 'partial' }],
	['unfinished', { state: 'unfinished' }],
	['unusable', { state: 'unusable' }],
	['suspicious', { suspicious: true }],
	['damaged', { verified: 'damaged' }],
] as const)('BK-31: nothing is removed while the newest run is %s', async (state, last) => {
	const root = await holding(...days(17, 18, 19), { startedAt: '2026-11-20T02:00:00Z', ...last });
	const site = siteWith({ keepLast: 1 }, root);
	for (const dryRun of [true, false]) {
		const report = await pruneSite(site, at, { dryRun });
		expect(report).toMatchObject({
			status: 'warning',
			destinations: [{ status: 'refused', dropped: 0, problems: [{ code: 'prune_refused' }] }],
		});
		expect(report.message).toContain(`its newest restore point, ${idOn(20)}, is ${state}`);
		expect(droppedIn(report)).toEqual([]);
	}
	expect(storedIds(root)).toHaveLength(4);
});

test('BK-31: a clock that was set back is noticed, and nothing is removed', async () => {
	const root = await holding(...days(17, 18, 19), { startedAt: '2026-11-20T13:30:00Z' });
	const report = await pruneSite(siteWith({ keepLast: 1 }, root), at);
	expect(report).toMatchObject({ status: 'warning', destinations: [{ status: 'refused' }] });
	expect(report.message).toContain('the clock says 2026-11-20T12:00:00.000Z');
	expect(storedIds(root)).toHaveLength(4);
});

test('BK-31: what a clock far ahead has dated in the future is neither counted nor removed, and told', async () => {
	const future = ['2027-11-20T02:00:00Z', '2038-01-19T03:14:08Z'];
	const root = await holding(
		...days(18, 19, 20),
		...future.map((startedAt) => ({ startedAt })),
		{ startedAt: '2027-11-21T02:00:00Z', state: 'partial' },
		{ startedAt: '2027-11-22T02:00:00Z', state: 'unfinished' },
	);
	const report = await pruneSite(siteWith({ keepLast: 2 }, root), at);
	expect(report).toMatchObject({ status: 'ok', destinations: [{ dropped: 1 }] });
	expect(droppedIn(report)).toEqual([idOn(18)]);
	expect(storedIds(root)).toHaveLength(6);
	for (const startedAt of future) {
		expect(report.message).toContain(`${idAt(new Date(startedAt))} is dated in the future`);
	}
});

test('BK-31: foreign files and folders are never touched', async () => {
	const root = await holding(...days(18, 19, 20));
	const foreign = [
		'by-hand/files-www.tar.zst',
		'20261101/files-www.tar.zst',
		`${idOn(18)}/notes.txt`,
		`${idOn(18)}/sub/files-www.tar.zst`,
		'20260101T000000Z-aaaaaa/thesis.doc',
		'notes.txt',
	];
	for (const path of foreign) {
		mkdirSync(`${root}/shop/${path.slice(0, path.lastIndexOf('/') + 1)}`, { recursive: true });
		writeFileSync(`${root}/shop/${path}`, 'untouched');
	}
	writeFileSync(`${root}/beside`, 'untouched');
	const site = siteWith({ keepLast: 1 }, root);
	expect(await pruneSite(site, at)).toMatchObject({ status: 'ok', destinations: [{ dropped: 2 }] });
	for (const path of foreign) expect(existsSync(`${root}/shop/${path}`)).toBe(true);
	expect(readdirSync(`${root}/shop/${idOn(18)}`).sort()).toEqual(['notes.txt', 'sub']);
	const again = await pruneSite(site, at);
	expect(again).toMatchObject({ status: 'ok', destinations: [{ dropped: 0, removedFiles: 0 }] });
});

test.each<[string, RetentionPolicyInput]>([
	['0/0/0', { daily: 0, weekly: 0, monthly: 0 }],
	['no rule', {}],
	['no time', { keepWithin: '0d' }],
])('BK-31: rules that would keep nothing (%s) are refused', async (_case, policy) => {
	const root = await holding(...days(19, 20));
	const thrown = await errorOf(pruneSite(siteWith(undefined, root), at, { policy }));
	expect(thrown).toMatchObject({
		code: 'retention_invalid',
		message: expect.stringContaining('would keep nothing') as string,
	});
	expect(storedIds(root)).toHaveLength(2);
});

test('a site without retention loses nothing', async () => {
	const root = await holding(...days(19, 20));
	expect(await errorOf(pruneSite(siteWith(undefined, root), at))).toMatchObject({
		code: 'retention_missing',
	});
	expect(storedIds(root)).toHaveLength(2);
});

test('a hold that has ended holds no more, and one that cannot be read does', async () => {
	const root = await holding(
		{ startedAt: '2026-11-17T02:00:00Z', held: 'until yesterday', until: '2026-11-19T00:00:00.000Z' },
		{ startedAt: '2026-11-18T02:00:00Z', held: 'until next year', until: '2027-01-01T00:00:00.000Z' },
		...days(16, 20),
	);
	writeFileSync(`${root}/shop/${idOn(16)}/hold.json`, '{ not JSON');
	const report = await pruneSite(siteWith({ keepLast: 1 }, root), at);
	expect(droppedIn(report)).toEqual([idOn(17)]);
	expect(storedIds(root)).toEqual([20, 18, 16].map(idOn));
});

test('a verification of another manifest proves nothing', async () => {
	const root = await holding(
		...days(20),
		{ startedAt: '2026-11-18T02:00:00Z', verified: 'proved' },
		...days(17),
	);
	const record = `${root}/shop/${idOn(18)}/verified.json`;
	writeFileSync(`${root}/shop/${idOn(17)}/verified.json`, '');
	rmSync(record);
	await storePoint(scope.emptyFolder(), { startedAt: '2026-11-18T02:00:00Z' });
	writeFileSync(
		record,
		JSON.stringify({
			format: 'opsdesk-record',
			version: 1,
			restorePoint: idOn(18),
			at: '2026-11-18T03:00:00.000Z',
			by: 'somebody',
			outcome: 'proved',
			manifestChecksum: '0'.repeat(64),
			checkedBytes: 1,
			faults: [],
		}),
	);
	expect(droppedIn(await pruneSite(siteWith({ keepLast: 1 }, root), at))).toEqual([idOn(18), idOn(17)]);
});

test('BK-4: two prunes at once never work on one destination together', async () => {
	const root = await holding(...days(15, 16, 17, 18, 19, 20));
	const site = siteWith({ keepLast: 1 }, root);
	const { remove } = DirectoryDestination.prototype;
	const slowly = jest.spyOn(DirectoryDestination.prototype, 'remove');
	slowly.mockImplementation(async function (this: DirectoryDestination, path: string) {
		await sleep(100);
		await remove.call(this, path);
	});
	const reports = await Promise.all([pruneSite(site, at), pruneSite(site, at)]);
	slowly.mockRestore();
	expect(reports.map(({ destinations }) => destinations[0]?.status).sort()).toEqual(['pruned', 'skipped']);
	const skipped = reports.find(({ status }) => status === 'warning');
	expect(skipped?.message).toMatch(
		new RegExp(`^to1: Skipped: locked by process ${process.pid} on .* since 20`),
	);
	expect(readdirSync(`${root}/shop`)).toEqual([idOn(20)]);
	const patient = { waitForLockMs: 60_000 };
	const waiting = await Promise.all([pruneSite(site, at, patient), pruneSite(site, at, patient)]);
	expect(waiting.map(({ status }) => status)).toEqual(['ok', 'ok']);
});

test('a hold needs no lock, and the catalogue and the status tell it', async () => {
	const root = await holding(...days(18, 19, 20));
	const site = siteWith({ keepLast: 1 }, root);
	writeFileSync(`${root}/shop/backup.lock`, 'a run is at work');
	expect(await holdSite(site, at, { restorePoint: idOn(18), reason: 'the audit' })).toMatchObject({
		ok: true,
		message: `Held ${idOn(18)} in "to1".`,
	});
	rmSync(`${root}/shop/backup.lock`);
	expect(droppedIn(await pruneSite(site, at))).toEqual([idOn(19)]);
	const { restorePoints } = await listSite(site, at);
	expect(restorePoints.map(({ held }) => held)).toEqual([undefined, 'held: the audit']);
	expect(await statusSite(site, at)).toMatchObject({ destinations: [{ counts: { good: 2, held: 1 } }] });
});
