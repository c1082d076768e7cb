import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	backUpSite,
	listKeptCopies,
	removeKeptCopies,
	restoreSite,
	type RemoveKeptOptions,
} from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { defaultLockTimes, takeLock } from '../../../src/backup/lock';
import { KeptBeside } from '../../../src/backup/kept/directory';
import { newStagingToken } from '../../../src/backup/restore/staging';
import type { Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { makeDatabase, sqlite3 } from './sqlite-stand';
import { errorOf, siteOf } from './stand';

let scope: Scope;
let [parent, www, app, backups]: string[] = [];
let site: Site;
let id: string;

const at = (...names: string[]): string => join(parent ?? '', ...names);
const later = (days: number) => ({ now: () => new Date(Date.now() + days * 24 * 60 * 60_000) });
const remove = (days: number, options: RemoveKeptOptions = {}) =>
	removeKeptCopies(site, later(days), { olderThanDays: 14, ...options });
const restore = () => restoreSite(site, {}, { restorePoint: id, overwrite: true });

beforeAll(async () => {
	scope = await Scope.open('kept');
});
afterAll(() => scope.close());

beforeEach(async () => {
	[parent, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	[www, app] = [at('www'), at('app.db')];
	mkdirSync(www);
	writeFileSync(at('www', 'page'), 'saved');
	makeDatabase(app, 50);
	site = siteOf(
		{ www },
		{ local: backups },
		{
			backup: {
				directories: [{ name: 'www', path: www }],
				databases: [{ name: 'app', type: 'sqlite', path: app }],
			},
		},
	);
	({ id } = await backUpSite(site, {}));
	writeFileSync(at('www', 'page'), 'live');
	sqlite3(app, 'delete from orders where id > 10');
	// As one that died with the database open leaves it.
	writeFileSync(`${app}-shm`, '');
	await restore();
});

const kept = (): string[] =>
	readdirSync(parent ?? '')
		.filter((name) => name.includes('.before-'))
		.sort();

test('BK-26: what restores have kept is listed with where, since when, of which restore and how large it is', async () => {
	writeFileSync(at('www', 'page'), 'live again');
	await restoreSite(site, {}, { restorePoint: id, overwrite: true, paths: { 'files-www': ['page'] } });
	const { copies, problems } = await listKeptCopies(site, later(3));
	expect(problems).toEqual([]);
	const common = { site: 'shop', restorePoint: id, ageDays: 3 };
	expect(copies.map(({ since: _, ...copy }) => copy)).toEqual(
		expect.arrayContaining([
			{
				...common,
				...{ artefact: 'files-www', kind: 'directory', place: `directory ${www}` },
				...{ name: at(`www.before-${id}`), sizeBytes: 4 },
			},
			{
				...common,
				...{ artefact: 'files-www', kind: 'directory', place: `directory ${www}` },
				...{ name: at(`www.before-${id}-2`), sizeBytes: 10 },
			},
			expect.objectContaining({ ...common, artefact: 'db-app', name: at(`app.db.before-${id}`) }),
		]),
	);
	expect(copies).toHaveLength(3);
	for (const { since = '' } of copies) {
		expect(Math.abs(Date.now() - Date.parse(since))).toBeLessThan(10 * 60_000);
	}
	expect((await listKeptCopies(site, {}, { artefacts: ['db-app'] })).copies).toHaveLength(1);
	expect(await errorOf(listKeptCopies(site, {}, { artefacts: ['db-none'] }))).toMatchObject({
		code: 'artefact_unknown',
	});
});

test('BK-26: what was kept for long enough is removed, and nothing that is younger or not ours', async () => {
	const foreign = [
		`www.before-${id}.bak`,
		'www.before-yesterday',
		`other.before-${id}`,
		`www.before-${id}-2-3`,
		`xwww.before-${id}`,
	];
	for (const name of foreign) mkdirSync(at(name));
	const victim = scope.emptyFolder();
	writeFileSync(join(victim, 'file'), 'untouched');
	symlinkSync(victim, at(`www.before-${id}-7`));
	writeFileSync(at(`www.before-${id}-8`), 'a file');
	const before = readdirSync(parent ?? '').sort();
	expect(await remove(13)).toMatchObject({
		status: 'ok',
		message: 'Removed 0 of 2 kept copies.',
		copies: [{ action: 'kept', reason: 'It is kept for less than 14 days.' }, { action: 'kept' }],
	});
	expect(await remove(15, { dryRun: true })).toMatchObject({
		dryRun: true,
		status: 'ok',
		message: expect.stringContaining('Would remove 2 of 2 kept copies ('),
		copies: [{ action: 'removed' }, { action: 'removed' }],
	});
	expect(readdirSync(parent ?? '').sort()).toEqual(before);
	const report = await remove(15);
	expect(report).toMatchObject({ status: 'ok', copies: [{ action: 'removed' }, { action: 'removed' }] });
	expect(report.freedBytes).toBeGreaterThan(4);
	expect(readdirSync(parent ?? '').sort()).toEqual(
		['app.db', 'www', ...foreign, `www.before-${id}-7`, `www.before-${id}-8`].sort(),
	);
	expect(existsSync(join(victim, 'file'))).toBe(true);
	expect(await remove(15)).toMatchObject({ copies: [] });
});

test('BK-26: what is all there is, or may be, stays whatever its age', async () => {
	const all = kept();
	const stays = async (reason: RegExp): Promise<void> => {
		const report = await remove(100);
		expect(report).toMatchObject({ status: 'warning', freedBytes: 0 });
		for (const copy of report.copies)
			expect(copy).toMatchObject({ action: 'kept', reason: expect.stringMatching(reason) });
		expect(kept()).toEqual(all);
	};
	// As a restore that was killed between the two renames leaves it.
	renameSync(at('www'), at('away'));
	renameSync(at('app.db'), at('away.db'));
	await stays(/may be all there is/);
	mkdirSync(at('www'));
	writeFileSync(at('app.db'), '');
	await stays(/may be all there is/);
	rmSync(at('www'), { recursive: true });
	renameSync(at('away'), at('www'));
	renameSync(at('away.db'), at('app.db'));
	// As one leaves it that was killed while it put single paths into place, or is at work.
	for (const name of ['www', 'app.db']) mkdirSync(at(`.${name}.opsdesk-restore-${id}-${newStagingToken()}`));
	await stays(/at work there or was interrupted \(.*opsdesk-restore-/);
	for (const name of readdirSync(parent ?? '').filter((found) => found.startsWith('.')))
		rmSync(at(name), { recursive: true });
	const mounted = at(`www.before-${id}`, 'mounted');
	mkdirSync(mounted);
	execFileSync('mount', ['--bind', scope.emptyFolder(), mounted]);
	try {
		const { copies } = await remove(100, { artefacts: ['files-www'] });
		expect(copies).toMatchObject([{ action: 'kept', reason: `${mounted} is mounted in it.` }]);
	} finally {
		execFileSync('umount', [mounted]);
	}
	expect(await remove(100)).toMatchObject({
		status: 'ok',
		copies: [{ action: 'removed' }, { action: 'removed' }],
	});
});

test('BK-26: what may hold the only copy of what patterns leave out stays unless that is asked for', async () => {
	const [www] = site.backup.directories;
	if (!www) throw new Error('There is no directory.');
	for (const patterns of [{ include: ['/page'] }, { exclude: ['*.tmp'] }]) {
		const partly: Site = { ...site, backup: { ...site.backup, directories: [{ ...www, ...patterns }] } };
		const reason = expect.stringContaining('leave something out of the backups');
		const { copies } = await listKeptCopies(partly, {});
		expect(copies.filter(({ obstacle }) => obstacle !== undefined)).toMatchObject([
			{ artefact: 'files-www', obstacle: reason },
		]);
		const of = (days: number, options: RemoveKeptOptions = {}) =>
			removeKeptCopies(partly, later(days), { olderThanDays: 14, dryRun: true, ...options });
		expect(await of(15)).toMatchObject({
			status: 'warning',
			message: expect.stringContaining(`www.before-${id} stays: `),
			copies: [
				{ artefact: 'files-www', action: 'kept', reason },
				{ artefact: 'db-app', action: 'removed' },
			],
		});
		// One that is younger stays anyway.
		expect(await of(13)).toMatchObject({ status: 'ok', message: 'Would remove 0 of 2 kept copies.' });
		expect(await of(15, { partlyBackedUp: true })).toMatchObject({
			status: 'ok',
			copies: [{ action: 'removed' }, { action: 'removed' }],
		});
	}
});

test('BK-26: what a removal that was killed has left goes with the next one and is no kept copy', async () => {
	const [seconds, machine, , start] = newStagingToken().split('_');
	// Nothing has the largest process number.
	const token = [seconds, machine, (4_194_304).toString(36), start, '00000000'].join('_');
	mkdirSync(at(`.www.opsdesk-restore-removed-${token}`));
	writeFileSync(at(`.app.db.opsdesk-restore-removed-${token}-shm`), '');
	expect((await listKeptCopies(site, {})).copies).toMatchObject([{ ageDays: 0 }, { ageDays: 0 }]);
	expect(await remove(15)).toMatchObject({ status: 'ok' });
	expect(readdirSync(parent ?? '').sort()).toEqual(['app.db', 'www']);
});

test('BK-4: how long must be said, by the site or for the run, and no other run of the site is at work meanwhile', async () => {
	expect(await errorOf(removeKeptCopies(site, later(100)))).toMatchObject({
		code: 'keeping_missing',
		remedy: expect.stringContaining('keepPreviousDays'),
	});
	for (const olderThanDays of [-1, 1.5, NaN]) {
		expect(await errorOf(remove(100, { olderThanDays }))).toMatchObject({ code: 'keeping_missing' });
	}
	const destination = new DirectoryDestination(backups ?? '');
	const request = {
		...defaultLockTimes,
		folder: 'shop',
		run: 'a restore',
		work: 'restore',
		now: new Date(),
		waitMs: 0,
	} as const;
	const taken = await takeLock(destination, request);
	if (!('lock' in taken)) throw new Error('There is no lock.');
	expect(await errorOf(remove(100))).toMatchObject({ code: 'locked' });
	expect(await remove(100, { dryRun: true })).toMatchObject({
		copies: [{ action: 'removed' }, { action: 'removed' }],
	});
	await taken.lock.release();
	const own = { ...site, restore: { keepPreviousDays: 30 } };
	expect(await removeKeptCopies(own, later(29))).toMatchObject({ olderThanDays: 30, freedBytes: 0 });
	expect(kept()).not.toEqual([]);
	const locks: boolean[] = [];
	const removal = Object.getOwnPropertyDescriptor(KeptBeside.prototype, 'remove')
		?.value as KeptBeside['remove'];
	const spy = jest.spyOn(KeptBeside.prototype, 'remove').mockImplementation(async function (
		this: KeptBeside,
		copy,
	) {
		locks.push(existsSync(join(backups ?? '', 'shop', 'backup.lock')));
		await removal.call(this, copy);
	});
	expect(await removeKeptCopies(own, later(31))).toMatchObject({ status: 'ok' });
	spy.mockRestore();
	expect(locks).toEqual([true, true]);
	expect(kept()).toEqual([]);
	expect(readdirSync(join(backups ?? '', 'shop'))).not.toContain('backup.lock');
});
