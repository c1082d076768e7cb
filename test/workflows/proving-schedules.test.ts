import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite } from '../../src/backup';
import { readSites } from '../../src/shared';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { BackingUp, type BackupRun } from './backing-up';
import { FolderSite } from './folder-site';

let scope: Scope;
let backingUp: BackingUp;

beforeAll(async () => {
	scope = await Scope.open('proving-schedules');
	backingUp = await BackingUp.install(sharedN8n());
}, 60_000);

afterAll(async () => {
	await backingUp?.remove();
	await scope?.close();
}, 60_000);

const outcomes = ({ sites }: BackupRun) => sites.map(({ outcome }) => outcome);
const brief = ({ alerts }: BackupRun) =>
	alerts.map(({ severity, status, dedupeKey }) => [severity, status, dedupeKey]);
const define = (...sites: FolderSite[]) => backingUp.defineSites(sites.map(({ definition }) => definition));

/** Backs a site up without n8n, as if it were so many hours ago. */
async function backUp(site: FolderSite, hoursAgo = 0): Promise<void> {
	const { schedule, ...definition } = site.definition as { schedule?: string };
	void schedule;
	const [read] = await readSites(definition);
	if (!read) throw new Error('no site');
	await backUpSite(read, { now: () => new Date(Date.now() - hoursAgo * 3_600_000) });
}

/** Changes one byte of the newest restore point. */
function damage(site: FolderSite): void {
	const folder = join(site.backups, site.name, site.restorePoints.at(-1) ?? '');
	const file = join(folder, readdirSync(folder).find((name) => name.startsWith('files-')) ?? '');
	const bytes = readFileSync(file);
	const middle = Math.floor(bytes.length / 2);
	bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
	writeFileSync(file, bytes);
}

test('BK-33: the hourly verification finds damage, missed and missing backups, and tells the same trouble once', async () => {
	const key = 'verify-backups-hourly';
	const title = backingUp.title(key);
	const [good, other] = [new FolderSite(scope, 'good'), new FolderSite(scope, 'other')];
	const broken = new FolderSite(scope, 'broken');
	// Due every 24 hours with 4 hours of grace, as read-settings says for all daily sites.
	const missed = new FolderSite(scope, 'missed');
	const snapshots = new FolderSite(scope, 'snapshots', 'none', { schedule: 'six-hourly' });
	const empty = new FolderSite(scope, 'empty');
	const gone = new FolderSite(scope, 'gone');
	for (const site of [good, other, broken]) await backUp(site, 25);
	await backUp(missed, 29);
	await backUp(snapshots, 9);
	damage(broken);
	rmSync(gone.backups, { recursive: true });
	await backingUp.setUp(key);
	await define(good, other, broken, missed, snapshots, empty, gone);

	const first = await backingUp.run(key);
	expect(first.error).toBe('');
	expect(outcomes(first)).toEqual(['ok', 'ok', 'damaged', 'missed', 'missed', 'no good one', 'unknown']);
	expect(brief(first)).toEqual([['critical', 'firing', `backups:${title}`]]);
	const [{ title: told, message } = { title: '', message: '' }] = first.alerts;
	expect(told).toContain(
		`${title}: damaged: ${broken.name} in local; no good restore point: ${empty.name} in local; `,
	);
	expect(told).toContain(`missed: ${missed.name} in local, ${snapshots.name} in local`);
	expect(told).toContain(`could not be read: ${gone.name} in local`);
	expect(message).toMatch(/The backup that was due at .* is missing/);
	expect(message).toMatch(
		new RegExp(`^${good.name} in local · ok · .* · proved now · never rehearsed$`, 'm'),
	);
	expect(message).toContain('files-www: it cannot be unpacked');

	// One restore point an hour: the one whose proof is the oldest; nothing new is wrong.
	await backingUp.setUp(key, { gigabytesPerHour: 0.000_000_001 });
	const second = await backingUp.run(key);
	expect(outcomes(second).slice(0, 3)).toEqual(['ok', 'not its turn', 'damaged']);
	expect([second.alerts, second.alert]).toEqual([[], 'not needed']);

	await define(missed, good);
	await backingUp.setUp(key, { catchUp: true });
	const caughtUp = await backingUp.run(key);
	expect(outcomes(caughtUp)).toEqual(['missed', 'ok']);
	expect(missed.restorePoints).toHaveLength(2);
	expect(good.restorePoints).toHaveLength(1);
	expect(caughtUp.alerts.map(({ title: each }) => each)).toEqual([
		`${title}: missed: ${missed.name} in local (1 of 2 without trouble)`,
		`Missed backups: ${missed.name} is stored and proved`,
	]);

	for (const site of [good, other]) await backUp(site);
	await define(good, other);
	await backingUp.setUp(key, { gigabytesPerHour: 0.000_000_001, pingUrl: 'http://127.0.0.1:9/api/push/x' });
	const mended = await backingUp.run(key);
	expect(outcomes(mended)).toEqual(['ok', 'not proved yet']);
	expect(brief(mended)).toEqual([['info', 'resolved', `backups:${title}`]]);
	expect(mended.pings.end).toBe('not sent: not everything is proved yet');
}, 120_000);

test('BK-30: the weekly rehearsal tells recovery times, and which site could not be restored', async () => {
	const key = 'rehearse-restore-weekly';
	const title = backingUp.title(key);
	const [good, broken, empty] = ['good', 'broken', 'empty'].map((name) => new FolderSite(scope, name));
	const half = new FolderSite(scope, 'half', 'half');
	if (!good || !broken || !empty) throw new Error('no sites');
	for (const site of [good, broken, half]) await backUp(site);
	damage(broken);
	const workFolder = scope.path('work');
	mkdirSync(workFolder);
	await backingUp.setUp(key, { workFolder });
	await define(good, broken, half, empty);

	const first = await backingUp.run(key);
	// A partial restore point is never the newest good one.
	expect(outcomes(first)).toEqual(['ok', 'failed', 'failed', 'failed']);
	expect(brief(first)).toEqual([['critical', 'firing', `backups:${title}`]]);
	const [{ title: told, message } = { title: '', message: '' }] = first.alerts;
	expect(told).toBe(`${title}: failed: ${broken.name}, ${half.name}, ${empty.name} (1 of 4 without trouble)`);
	expect(message).toMatch(
		new RegExp(
			`^${good.name} · ok · .* · recovery time \\d.* m?s · data \\d.* old · from local · proved$`,
			'm',
		),
	);
	expect(message).toContain('No earlier good rehearsal is known.');
	expect(message).not.toMatch(/success/i);
	expect(readdirSync(workFolder)).toEqual([]);

	await define(good);
	const second = await backingUp.run(key);
	expect(brief(second)).toEqual([['info', 'resolved', `backups:${title}`]]);
	expect(second.alerts[0]?.title).toBe(`${title}: ${good.name} is restorable and proved`);

	// A rehearsal of five weeks ago, and one now that fails.
	const record = join(good.backups, good.name, good.restorePoints[0] ?? '', 'drill.json');
	const at = new Date(Date.now() - 36 * 86_400_000).toISOString();
	writeFileSync(record, JSON.stringify({ ...(JSON.parse(readFileSync(record, 'utf8')) as object), at }));
	await backingUp.setUp('verify-backups-hourly', { gigabytesPerHour: 20 });
	expect(outcomes(await backingUp.run('verify-backups-hourly'))).toEqual(['rehearsal too old']);
	damage(good);
	const overdue = await backingUp.run(key);
	expect(outcomes(overdue)).toEqual(['overdue']);
	expect(overdue.alerts[0]?.title).toBe(`${title}: rehearsal overdue: ${good.name}`);
	expect(overdue.alerts[0]?.message).toContain('A good one is wanted every 35 days.');
}, 120_000);
