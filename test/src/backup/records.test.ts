import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { backUpSite, holdSite, listSite, releaseSite, verifySite } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { BackupError } from '../../../src/backup/errors';
import { readRecord, writeRecord } from '../../../src/backup/records';
import { policyOf, storedIds, storePoint } from './retention-stand';
import { errorOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('records');

const verify = () => verifySite(stand.site, {}, { restorePoint: stand.id });
const recordPath = () => `${stand.backups}/shop/${stand.id}/verified.json`;
const listed = async () => (await listSite(stand.site, {})).restorePoints[0];

test('a verification writes beside the restore point when and how it ended', async () => {
	expect(await listed()).not.toHaveProperty('verified');
	const at = new Date('2026-11-20T03:00:00Z');
	const report = await verifySite(stand.site, { now: () => at }, { restorePoint: 'latest' });
	expect(report).toMatchObject({ ok: true });
	expect(report.destinations[0]).not.toHaveProperty('note');
	expect(await listed()).toMatchObject({
		verified: { at: at.toISOString(), outcome: 'proved' },
		damaged: false,
	});
	expect(JSON.parse(readFileSync(recordPath(), 'utf8'))).toMatchObject({
		format: 'opsdesk-record',
		version: 1,
		restorePoint: stand.id,
		outcome: 'proved',
		faults: [],
	});
});

test('what has changed since it was stored is damaged and no generation any more, until a verification proves it', async () => {
	const artefact = `${stand.backups}/shop/${stand.id}/files-www.tar.zst`;
	const stored = readFileSync(artefact);
	appendFileSync(artefact, 'junk');
	expect(await verify()).toMatchObject({ ok: false });
	expect(await listed()).toMatchObject({ damaged: true, verified: { outcome: 'damaged' } });
	writeFileSync(artefact, stored);
	expect(await verify()).toMatchObject({ ok: true });
	expect(await listed()).toMatchObject({ damaged: false, verified: { outcome: 'proved' } });
});

test('what could not be read is not called damaged', async () => {
	const reading = jest.spyOn(DirectoryDestination.prototype, 'read').mockImplementation(() => {
		throw new Error('EIO: i/o error, read');
	});
	expect(await verify()).toMatchObject({ ok: false });
	reading.mockRestore();
	expect(await listed()).toMatchObject({ damaged: false });
	expect(existsSync(recordPath())).toBe(false);
});

test('what cannot be unpacked though it is as it was stored is not called damaged: a key may be wrong', async () => {
	const id = await storePoint(stand.backups, { startedAt: '2026-11-20T02:00:00Z' });
	expect(await verifySite(stand.site, {}, { restorePoint: id })).toMatchObject({ ok: false });
	const { restorePoints } = await listSite(stand.site, {});
	expect(restorePoints.find((point) => point.id === id)).toMatchObject({
		damaged: false,
		verified: { outcome: 'unproved' },
	});
});

test('a destination that can only be read is verified all the same, and the report says what could not be recorded', async () => {
	const creating = jest
		.spyOn(DirectoryDestination.prototype, 'create')
		.mockRejectedValue(new BackupError('destination_refused', 'It is read-only.', 'Mount it writable.'));
	const report = await verify();
	creating.mockRestore();
	expect(report).toMatchObject({
		ok: true,
		destinations: [
			{ ok: true, note: 'The result could not be recorded beside the restore point: It is read-only.' },
		],
	});
});

test('a verification of what is removed meanwhile leaves no folder behind', async () => {
	const folder = `${stand.backups}/shop/${stand.id}`;
	const { create } = DirectoryDestination.prototype;
	const creating = jest.spyOn(DirectoryDestination.prototype, 'create');
	creating.mockImplementation(async function (this: DirectoryDestination, path: string) {
		rmSync(folder, { recursive: true });
		return await create.call(this, path);
	});
	await verify();
	creating.mockRestore();
	expect(existsSync(folder)).toBe(false);
});

test('a record of another restore point, of another version or too large is none, and says why', async () => {
	const destination = new DirectoryDestination(stand.backups);
	const folder = `shop/${stand.id}`;
	const path = `${stand.backups}/${folder}/hold.json`;
	expect(await readRecord(destination, folder, 'hold')).toBeUndefined();
	await writeRecord(destination, folder, 'hold', { reason: 'the audit', by: 'Eva' }, new Date());
	expect(await readRecord(destination, folder, 'hold')).toMatchObject({
		record: { reason: 'the audit', by: 'Eva' },
	});
	const good = readFileSync(path, 'utf8');
	for (const [content, fault] of [
		[good.replace(stand.id, '20200101T000000Z-aaaaaa'), /belongs to the restore point 2020/],
		[good.replace('"version": 1', '"version": 2'), /version/],
		['null', /whole input/],
		['{', /JSON/],
		[' '.repeat(300_000), /larger than 262144 bytes/],
	] as const) {
		writeFileSync(path, content);
		expect((await readRecord(destination, folder, 'hold'))?.fault).toMatch(fault);
	}
});

test('a hold is refused without a reason, with an end that has passed, and on what is not there', async () => {
	const hold = (more: object) =>
		holdSite(stand.site, {}, { restorePoint: stand.id, reason: 'the audit', ...more });
	for (const more of [{ reason: ' ' }, { until: '2020-01-01' }, { until: 'tomorrow' }, { until: '5' }]) {
		expect(await errorOf(hold(more))).toMatchObject({ code: 'hold_failed' });
	}
	for (const restorePoint of ['latest', '20200101T000000Z-aaaaaa', '../x', `${stand.id}/..`]) {
		expect(await errorOf(hold({ restorePoint }))).toMatchObject({ code: 'set_not_found' });
	}
	expect(await listed()).not.toHaveProperty('held');
	expect(await hold({ until: '2999-01-31' })).toMatchObject({ ok: true });
	expect(await listed()).toMatchObject({ held: 'held until 2999-01-31T00:00:00.000Z: the audit' });
	const release = () => releaseSite(stand.site, {}, { restorePoint: stand.id });
	expect(await release()).toMatchObject({ ok: true });
	expect(await listed()).not.toHaveProperty('held');
	expect(await release()).toMatchObject({ ok: true });
});

describe('after a backup', () => {
	const old = ['2026-01-01T02:00:00Z', '2026-01-02T02:00:00Z'];
	const fill = async (): Promise<void> => {
		for (const startedAt of old) await storePoint(stand.backups, { startedAt });
	};
	const retention = policyOf({ keepLast: 2 });

	test('a good run removes what no rule keeps, and says so', async () => {
		await fill();
		const report = await backUpSite({ ...stand.site, retention }, {});
		expect(report).toMatchObject({
			status: 'ok',
			destinations: [{ pruned: { status: 'pruned', dropped: 2, kept: 2 }, warnings: [] }],
		});
		expect(storedIds(stand.backups).sort()).toEqual([stand.id, report.id].sort());
	});

	test('nothing is removed when the site does not want it', async () => {
		await fill();
		const site = { ...stand.site, retention: { ...retention, afterBackup: false } };
		expect((await backUpSite(site, {})).destinations[0]).not.toHaveProperty('pruned');
		expect(storedIds(stand.backups)).toHaveLength(4);
	});

	test('BK-31: a run that failed or lacks anything anywhere removes nothing', async () => {
		await fill();
		const [local] = stand.site.destinations;
		if (!local) throw new Error('The site has no destination.');
		const gone = { ...local, name: 'gone', path: `${stand.parent}/gone` };
		const incomplete = { ...stand.site, retention, destinations: [local, gone] };
		expect(await backUpSite(incomplete, {})).toMatchObject({ status: 'partial' });
		expect(storedIds(stand.backups)).toHaveLength(4);
		rmSync(stand.www, { recursive: true });
		expect(await backUpSite({ ...stand.site, retention }, {})).toMatchObject({ status: 'failed' });
		expect(storedIds(stand.backups)).toHaveLength(4);
	});

	test('a prune that fails makes the run a warning and does not spoil what was stored', async () => {
		await fill();
		const { remove } = DirectoryDestination.prototype;
		const removing = jest.spyOn(DirectoryDestination.prototype, 'remove');
		removing.mockImplementation(async function (this: DirectoryDestination, path: string) {
			if (path.includes('20260101T')) throw new BackupError('destination_refused', 'EPERM', 'Allow it.');
			await remove.call(this, path);
		});
		const report = await backUpSite({ ...stand.site, retention }, {});
		removing.mockRestore();
		expect(report).toMatchObject({
			status: 'warning',
			message: expect.stringContaining('manifest.json could not be removed: EPERM') as string,
			destinations: [{ status: 'ok', pruned: { status: 'failed' } }],
		});
		expect(await verifySite(stand.site, {}, { restorePoint: report.id })).toMatchObject({ ok: true });
	});
});
