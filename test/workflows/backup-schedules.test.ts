import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { RecordingServer } from '../support/doubles/recording-server';
import type { BackupRun } from './backing-up';
import { restorePointsIn, type FolderSite } from './folder-site';
import { useBackingUp } from './installed-backing-up';

const stand = useBackingUp('backup-schedules');

const outcomes = ({ sites }: BackupRun) => sites.map(({ site, outcome }) => [site, outcome]);

function database(path: string): string {
	const opened = new DatabaseSync(path);
	opened.exec('CREATE TABLE words (word TEXT); INSERT INTO words VALUES (1), (2)');
	opened.close();
	return path;
}

test('every six hours SQLite is stored as a snapshot by the rules of that schedule, and a database that is gone is told', async () => {
	const schedule = 'snapshot-sqlite-every-six-hours';
	const sqlite = (path: string) => ({
		schedule: 'six-hourly',
		backup: { databases: [{ name: 'bot', type: 'sqlite', path }] },
	});
	const bot = stand.site('bot', 'none', sqlite(database(stand.scope.path('bot.db'))));
	const gone = stand.site('gone', 'none', sqlite(stand.scope.path('gone.db')));
	const daily = stand.site('daily');
	await stand.backingUp.setUp(schedule);
	await stand.define(bot, gone, daily);
	const result = await stand.backingUp.run(schedule);
	expect(outcomes(result)).toEqual([
		[bot.name, 'ok'],
		[gone.name, 'failed'],
	]);
	// Without retention nothing would be said of older ones.
	expect(result.alerts[0]?.message).toMatch(new RegExp(`^${bot.name} · ok · .* · proved · dropped 0$`, 'm'));
	expect(result.alerts[0]?.message).toContain(stand.scope.path('gone.db'));
	expect(daily.restorePoints).toEqual([]);
});

test('every night n8n itself is stored without its encryption key, and the message says so', async () => {
	const schedule = 'back-up-n8n-nightly';
	const [n8nFolder, destination] = [stand.scope.path('n8n'), stand.scope.path('n8n-backups')];
	mkdirSync(join(n8nFolder, 'storage'), { recursive: true });
	mkdirSync(destination);
	database(join(n8nFolder, 'database.sqlite'));
	writeFileSync(join(n8nFolder, 'config'), '{"encryptionKey": "the key itself"}');
	writeFileSync(join(n8nFolder, 'storage', 'picture.bin'), 'a picture');
	await stand.backingUp.setUp(schedule, { n8nFolder, destination });
	await stand.backingUp.defineSites([]);
	const good = await stand.backingUp.run(schedule);
	expect([good.error, outcomes(good)]).toEqual(['', [['n8n', 'ok']]]);
	expect(good.alerts[0]?.title).toBe(`${stand.backingUp.title(schedule)}: n8n is stored and proved`);
	expect(good.alerts[0]?.message).toContain('The encryption key of n8n is NOT in this backup');
	const folder = join(destination, 'n8n', restorePointsIn(destination, 'n8n')[0] ?? '');
	const shell =
		'for f in "$1"/*.tar.zst; do zstd -dc "$f" | tar t; done; for f in "$1"/*.zst; do zstd -dc "$f"; done';
	const content = execFileSync('sh', ['-c', shell, '-', folder]).toString('latin1');
	expect(content).toContain('storage/picture.bin');
	expect(content).toContain('CREATE TABLE words');
	expect(content).not.toContain('the key itself');

	await stand.backingUp.setUp(schedule, { n8nFolder: stand.scope.path('elsewhere'), destination });
	const bad = await stand.backingUp.run(schedule);
	expect(bad.alerts[0]).toMatchObject({
		severity: 'critical',
		title: `${stand.backingUp.title(schedule)}: failed: n8n`,
	});
});

test('a site with a mistake in the settings keeps no other from being backed up, and is told with the run', async () => {
	const schedule = 'back-up-sites-daily';
	const good = stand.site('good');
	await stand.backingUp.setUp(schedule);
	await stand.backingUp.defineSites([good.definition, { name: 'slip', schedule: 'hourly' }]);
	const result = await stand.backingUp.run(schedule);
	expect(outcomes(result)).toEqual([
		[good.name, 'ok'],
		['Read settings', 'failed'],
	]);
	expect(result.alerts[0]).toMatchObject({
		severity: 'critical',
		message: expect.stringMatching(
			/Read settings: The settings have mistakes.*sites\[1\]\.schedule: must be one of/,
		),
	});
	await stand.define();
});

test('a monitor hears of the start, of a good end only when all is stored and proved, and is never waited for', async () => {
	const schedule = 'back-up-sites-daily';
	const monitor = await RecordingServer.start(() => ({ status: 200 }));
	const heard = (): string[] => monitor.requests.splice(0).map(({ path }) => path);
	const secret = '/0f1e-secret';
	const [good, bad] = [stand.site('good'), stand.site('bad', 'missing')];
	const run = async (pingUrl: string, ...sites: FolderSite[]): Promise<BackupRun> => {
		await stand.backingUp.setUp(schedule, { pingUrl, tellSuccess: true });
		await stand.define(...sites);
		return await stand.backingUp.run(schedule);
	};
	try {
		const { pings } = await run(`${monitor.url}${secret}`, good);
		expect([pings, heard()]).toEqual([{ start: 'sent', end: 'sent' }, [`${secret}/start`, secret]]);

		await run(`${monitor.url}${secret}/?rid=7`, good, bad);
		expect(heard()).toEqual([`${secret}/start?rid=7`, `${secret}/fail?rid=7`]);

		await run(`${monitor.url}/api/push${secret}?status=up&msg=OK&ping=`, good, bad);
		expect(heard()).toEqual([expect.stringMatching(new RegExp(`^/api/push${secret}\\?status=down&msg=`))]);

		monitor.outage = { status: 503, body: {} };
		const refused = await run(`${monitor.url}${secret}`, good);
		expect([refused.error, refused.outcome]).toEqual(['', 'ok']);
		expect(refused.pings).toEqual({ start: 'failed: 503', end: 'failed: 503' });
		expect(refused.alerts[0]?.message).toContain('The monitor could not be told of the start (failed: 503).');
		expect(JSON.stringify([refused.alerts, refused.pings, refused.sites])).not.toContain(secret);
		heard();
		monitor.outage = undefined;

		const nothing = await run(`${monitor.url}${secret}`);
		expect(nothing.error).toMatch(/^There is no site to back up/);
		expect(heard()).toEqual([`${secret}/start`, `${secret}/fail`]);
	} finally {
		await monitor.stop();
	}
	const down = await run(`${monitor.url}${secret}`, good);
	expect([down.error, down.pings]).toEqual([
		'',
		{ start: 'failed: ECONNREFUSED', end: 'failed: ECONNREFUSED' },
	]);
	const mistyped = await run('hc-ping', good);
	expect(mistyped.pings.end).toBe('failed: "pingUrl" is not an address that starts with http:// or https://');
});
