import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite } from '../../src/backup';
import { readSites } from '../../src/shared';
import type { FolderSite } from './folder-site';
import { briefOf, outcomesOf, useBackingUp } from './installed-backing-up';

const stand = useBackingUp('proving-schedules');

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
	const title = stand.backingUp.title(key);
	const [good, other] = [stand.site('good'), stand.site('other')];
	const broken = stand.site('broken');
	// Due every 24 hours with 4 hours of grace, as read-settings says for all daily sites.
	const missed = stand.site('missed');
	const snapshots = stand.site('snapshots', 'none', { schedule: 'six-hourly' });
	const empty = stand.site('empty');
	const gone = stand.site('gone');
	for (const site of [good, other, broken]) await backUp(site, 25);
	await backUp(missed, 29);
	await backUp(snapshots, 9);
	damage(broken);
	rmSync(gone.backups, { recursive: true });
	await stand.backingUp.setUp(key);
	await stand.define(good, other, broken, missed, snapshots, empty, gone);

	const first = await stand.backingUp.run(key);
	expect(first.error).toBe('');
	expect(outcomesOf(first)).toEqual(['ok', 'ok', 'damaged', 'missed', 'missed', 'no good one', 'unknown']);
	expect(briefOf(first)).toEqual([['critical', 'firing', `backups:${title}`]]);
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
	await stand.backingUp.setUp(key, { gigabytesPerHour: 0.000_000_001 });
	const second = await stand.backingUp.run(key);
	expect(outcomesOf(second).slice(0, 3)).toEqual(['ok', 'not its turn', 'damaged']);
	expect([second.alerts, second.alert]).toEqual([[], 'not needed']);

	await stand.define(missed, good);
	await stand.backingUp.setUp(key, { catchUp: true });
	const caughtUp = await stand.backingUp.run(key);
	expect(outcomesOf(caughtUp)).toEqual(['missed', 'ok']);
	expect(missed.restorePoints).toHaveLength(2);
	expect(good.restorePoints).toHaveLength(1);
	expect(caughtUp.alerts.map(({ title: each }) => each)).toEqual([
		`${title}: missed: ${missed.name} in local (1 of 2 without trouble)`,
		`Missed backups: ${missed.name} is stored and proved`,
	]);

	for (const site of [good, other]) await backUp(site);
	await stand.define(good, other);
	await stand.backingUp.setUp(key, {
		gigabytesPerHour: 0.000_000_001,
		pingUrl: 'http://127.0.0.1:9/api/push/x',
	});
	const mended = await stand.backingUp.run(key);
	expect(outcomesOf(mended)).toEqual(['ok', 'not proved yet']);
	expect(briefOf(mended)).toEqual([['info', 'resolved', `backups:${title}`]]);
	expect(mended.pings.end).toBe('not sent: not everything is proved yet');
});

test('BK-30: the weekly rehearsal tells recovery times, and which site could not be restored', async () => {
	const key = 'rehearse-restore-weekly';
	const title = stand.backingUp.title(key);
	const [good, broken, empty] = ['good', 'broken', 'empty'].map((name) => stand.site(name));
	const half = stand.site('half', 'half');
	if (!good || !broken || !empty) throw new Error('no sites');
	for (const site of [good, broken, half]) await backUp(site);
	damage(broken);
	const workFolder = stand.scope.path('work');
	mkdirSync(workFolder);
	await stand.backingUp.setUp(key, { workFolder });
	await stand.define(good, broken, half, empty);

	const first = await stand.backingUp.run(key);
	// A partial restore point is never the newest good one.
	expect(outcomesOf(first)).toEqual(['ok', 'failed', 'failed', 'failed']);
	expect(briefOf(first)).toEqual([['critical', 'firing', `backups:${title}`]]);
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

	await stand.define(good);
	const second = await stand.backingUp.run(key);
	expect(briefOf(second)).toEqual([['info', 'resolved', `backups:${title}`]]);
	expect(second.alerts[0]?.title).toBe(`${title}: ${good.name} is restorable and proved`);

	// A rehearsal of five weeks ago, and one now that fails.
	const at = new Date(Date.now() - 36 * 86_400_000).toISOString();
	for (const name of [join(good.restorePoints[0] ?? '', 'drill.json'), 'last-drill.json']) {
		const record = join(good.backups, good.name, name);
		writeFileSync(record, JSON.stringify({ ...(JSON.parse(readFileSync(record, 'utf8')) as object), at }));
	}
	await stand.backingUp.setUp('verify-backups-hourly', { gigabytesPerHour: 20 });
	expect(outcomesOf(await stand.backingUp.run('verify-backups-hourly'))).toEqual(['rehearsal too old']);

	// A site that says itself how often it wants one is told when that is over, and once.
	const wanted = stand.site('wanted', 'none', { drill: { maxAgeDays: 7 } });
	await backUp(wanted);
	await stand.define(wanted);
	const unrehearsed = await stand.backingUp.run('verify-backups-hourly');
	expect([outcomesOf(unrehearsed), unrehearsed.alerts[0]?.message]).toEqual([
		['look at it'],
		expect.stringContaining(
			'No drill of the site has proved everything yet; a good one is wanted every 7 days.',
		),
	]);
	const again = await stand.backingUp.run('verify-backups-hourly');
	expect([outcomesOf(again), again.alerts]).toEqual([['look at it'], []]);
	await stand.define(good);
	damage(good);
	const overdue = await stand.backingUp.run(key);
	expect(outcomesOf(overdue)).toEqual(['overdue']);
	expect(overdue.alerts[0]?.title).toBe(`${title}: rehearsal overdue: ${good.name}`);
	expect(overdue.alerts[0]?.message).toContain('A good one is wanted every 35 days.');
});
