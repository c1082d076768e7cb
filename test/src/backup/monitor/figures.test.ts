import { rmSync, writeFileSync } from 'node:fs';

import {
	backupFiguresOf,
	backupMetrics,
	drillSite,
	siteBackupStates,
	verifySite,
	type BackupFigures,
} from '../../../../src/backup';
import { rememberedFigures, rememberFigures } from '../../../../src/backup/monitor/remembered';
import { exposition } from '../../../../src/check';
import { FileStateStore, type CheckedSite } from '../../../../src/shared';
import { askPromtool } from '../../../support/promtool';
import { dayMs } from '../retention-stand';
import { siteOf, useBackedUpDirectory } from '../stand';

const stand = useBackedUpDirectory('backup-figures');
let folder: string;
let store: FileStateStore;
beforeEach(() => {
	folder = stand.scope.emptyFolder();
	store = new FileStateStore(folder);
});

const site = (more: Partial<CheckedSite> = {}): CheckedSite => ({ ...stand.site, ...more });
const metricsOf = async (figures: BackupFigures[]): Promise<string> =>
	await exposition(backupMetrics(figures));
const seconds = (text: string, name: string): number =>
	Number(
		new RegExp(`^opsdesk_backup_${name}\\{site="shop",destination="backups"\\} (.*)$`, 'm').exec(text)?.[1],
	);

test('age, size, verification, rehearsal and what is expected are told as instants and bytes', async () => {
	const before = Math.floor(Date.now() / 1000) - 60;
	await verifySite(stand.site, {}, { restorePoint: 'latest' });
	await drillSite(stand.site, {}, { restorePoint: 'latest', workFolder: stand.scope.emptyFolder() });
	const expecting = siteOf(
		{ www: stand.www },
		{ backups: stand.backups },
		{ expect: { every: '24h', grace: '1h' } },
	);
	const figures = await backupFiguresOf({ store, sites: [expecting], maxAgeMs: 0 });
	const text = await metricsOf(figures);
	for (const name of [
		'last_look_timestamp_seconds',
		'newest_good_timestamp_seconds',
		'newest_verified_timestamp_seconds',
		'last_verification_timestamp_seconds',
		'last_rehearsal_timestamp_seconds',
		'last_good_rehearsal_timestamp_seconds',
	]) {
		expect([name, seconds(text, name)]).toEqual([name, expect.any(Number)]);
		expect(seconds(text, name)).toBeGreaterThanOrEqual(before);
		expect(seconds(text, name)).toBeLessThanOrEqual(Date.now() / 1000);
	}
	expect(seconds(text, 'newest_good_size_bytes')).toBeGreaterThan(100);
	expect(seconds(text, 'stored_bytes')).toBeGreaterThan(100);
	expect(seconds(text, 'free_bytes')).toBeGreaterThan(0);
	expect(seconds(text, 'last_rehearsal_proved')).toBe(1);
	expect(seconds(text, 'last_rehearsal_duration_seconds')).toBeGreaterThan(0);
	expect(seconds(text, 'missed')).toBe(0);
	expect(seconds(text, 'next_due_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 + 23 * 3600);
	expect(text).toContain('opsdesk_backup_restore_points{site="shop",destination="backups",state="good"} 1');
	expect(await askPromtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
});

test('what was never verified or rehearsed, and what is not expected, is absent', async () => {
	const text = await metricsOf(await backupFiguresOf({ store, sites: [site()], maxAgeMs: 0 }));
	expect(seconds(text, 'newest_good_timestamp_seconds')).toBeGreaterThan(0);
	expect(text).not.toMatch(/verif|rehears|missed|due/);
});

test('what a check has seen is told without another look, and renewed when it is too old', async () => {
	await siteBackupStates(site(), {}, { store });
	rmSync(stand.backups, { recursive: true });
	const [remembered] = await backupFiguresOf({ store });
	expect(remembered).toMatchObject({ site: 'shop', destinations: [{ known: true }] });
	expect(await backupFiguresOf({ store, sites: [site()] })).toEqual([remembered]);
	expect(await backupFiguresOf({ store, sites: [site()], maxAgeMs: 60_000 })).toEqual([remembered]);
	const renewed = await backupFiguresOf({ store, sites: [site()], maxAgeMs: 0 });
	expect(renewed).toMatchObject([{ destinations: [{ name: 'backups', known: false }] }]);
	expect(await backupFiguresOf({ store })).toEqual(renewed);
	const text = await metricsOf(renewed);
	expect(seconds(text, 'known')).toBe(0);
	expect(text).not.toContain('newest_good');
});

test('a destination that nobody has looked at yet is unknown, and a site without backups is not there', async () => {
	const { backup: _, destinations: _none, ...bare } = site();
	const figures = await backupFiguresOf({ store, sites: [site(), { ...bare, name: 'bare' }] });
	expect(figures).toMatchObject([{ site: 'shop', destinations: [{ name: 'backups', known: false }] }]);
	expect(figures).toHaveLength(1);
});

test('sites that nobody has looked at for a week are forgotten, and damaged figures hide no others', async () => {
	const now = Date.now();
	const figures = (name: string, checkedAt: number): BackupFigures => ({
		site: name,
		checkedAt,
		destinations: [],
	});
	await rememberFigures(store, figures('old', now - 8 * dayMs));
	await rememberFigures(store, figures('young', now - 6 * dayMs));
	expect((await rememberedFigures(store, now)).map((one) => one.site)).toEqual(['young']);
	await rememberFigures(store, figures('new', now));
	expect(await store.keys('backups/')).toEqual(['backups/figures/new', 'backups/figures/young']);
	await rememberFigures(store, figures('broken', now));
	writeFileSync(`${folder}/backups/figures/broken.1.json`, '{"format":');
	expect((await rememberedFigures(store, now)).map((one) => one.site)).toEqual(['new', 'young']);
});

test('where the figures cannot be kept, the check says what it has found all the same', async () => {
	const file = `${stand.scope.emptyFolder()}/file`;
	writeFileSync(file, '');
	expect(await siteBackupStates(site(), {}, { store: new FileStateStore(file) })).toMatchObject([
		{ level: 'ok' },
	]);
});
