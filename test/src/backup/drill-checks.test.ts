import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, drillSite, pruneSite, statusSite } from '../../../src/backup';
import { askSqlite } from '../../../src/backup/sqlite/ask';
import { runCommandLine } from '../../../src/cli';
import { FileStateStore, parseSites, SiteError, type Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { makeDatabase } from './sqlite-stand';
import { errorOf } from './stand';

let scope: Scope;
let backups: string;
let source: string;
let definition: Record<string, unknown>;

beforeAll(async () => {
	scope = await Scope.open('drill-checks');
});
afterAll(() => scope.close());
beforeEach(() => {
	[backups, source] = [scope.emptyFolder(), scope.emptyFolder()];
	mkdirSync(join(source, 'www/uploads/deep'), { recursive: true });
	writeFileSync(join(source, 'www/index.html'), '<h1>shop</h1>');
	for (const name of ['uploads/a', 'uploads/deep/b'])
		writeFileSync(join(source, 'www', name), 'x'.repeat(600));
	makeDatabase(join(source, 'app.db'), 1000, 'wal');
	definition = {
		name: 'shop',
		backup: {
			directories: [{ name: 'www', path: join(source, 'www') }],
			databases: [{ name: 'app', type: 'sqlite', path: join(source, 'app.db') }],
		},
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	};
});

function siteWith(drill?: object): Site {
	const [site] = parseSites({ ...definition, ...(drill && { drill }) });
	if (!site) throw new Error('The site was not read.');
	return site;
}

const context = () => ({ stateFolder: scope.emptyFolder() });
const drillOf = (site: Site, now?: () => Date) =>
	drillSite(site, { ...context(), now }, { restorePoint: 'latest', workFolder: scope.emptyFolder() });
const ofDatabase = (query: string, wanted: object) => ({ artefact: 'db-app', query, ...wanted });
const ofFiles = (path: string, more: object = {}) => ({ artefact: 'files-www', path, ...more });

test('BK-30: a SQLite database and a folder are drilled, and what the site wants to know of them is asked of what was restored', async () => {
	await backUpSite(siteWith(), context());
	// What is live is not what is asked.
	makeDatabase(join(scope.emptyFolder(), 'other.db'));
	rmSync(join(source, 'www/index.html'));
	const workFolder = scope.emptyFolder();
	const checks = [
		ofDatabase('select count(*) from orders', { atLeast: 1000 }),
		ofDatabase('select count(*) as n, 7 from orders;', { expect: 1000 }),
		ofDatabase('select count(*) > 10 from orders', { expect: true }),
		ofDatabase('with n as (select note from orders order by id) select note from n', { expect: 'note 1' }),
		ofFiles('index.html'),
		ofFiles('uploads/', { minBytes: 1200 }),
		ofFiles('./uploads/deep/b', { minBytes: 600 }),
	];
	const report = await drillSite(siteWith({ checks }), context(), { restorePoint: 'latest', workFolder });
	expect(report.artefacts).toMatchObject([
		{
			name: 'files-www',
			outcome: 'proved',
			checks: [{ ok: true }, { ok: true, found: '1.2 kB' }, { ok: true }],
		},
		{
			name: 'db-app',
			outcome: 'proved',
			tables: 1,
			rows: 1000,
			checks: [
				{ check: 'select count(*) from orders', found: '1000', wanted: 'at least 1000', ok: true },
				{ found: '1000', ok: true },
				{ found: '1', ok: true },
				{ found: 'note 1', ok: true },
			],
		},
	]);
	expect(report).toMatchObject({ outcome: 'proved', recorded: true });
	expect(report.message).toMatch(/^Proved: 2 artefacts restored and compared, 7 checks passed, /);
	expect(readdirSync(workFolder)).toEqual([]);
});

test.each<[string, object, string]>([
	[
		'too few rows',
		ofDatabase('select count(*) from orders', { atLeast: 1001 }),
		'gave 1000, wanted is at least 1001',
	],
	[
		'another value',
		ofDatabase('select note from orders where id = 2', { expect: 'note 1' }),
		'gave note 2, wanted is note 1',
	],
	['no row', ofDatabase('select 1 from orders where id = 0', { atLeast: 0 }), 'gave no row'],
	['no value', ofDatabase('select null', { atLeast: 0 }), 'gave , wanted is at least 0'],
	['false', ofDatabase('select 0', { expect: true }), 'gave 0, wanted is true'],
	['no such table', ofDatabase('select * from customers', { atLeast: 1 }), 'no such table: customers'],
	['a missing file', ofFiles('uploads/c'), '"uploads/c" gave nothing'],
	['only the beginning of a name', ofFiles('upl'), '"upl" gave nothing'],
	['a file that is too small', ofFiles('uploads/a', { minBytes: 601 }), 'wanted is at least 601 B'],
])('BK-30: a restore with %s is not proved, though it is what was backed up', async (_, check, said) => {
	await backUpSite(siteWith(), context());
	const report = await drillOf(siteWith({ checks: [check] }));
	expect(report).toMatchObject({ outcome: 'failed', ok: false, recorded: true });
	const failed = report.artefacts.find(({ outcome }) => outcome === 'failed');
	expect(failed?.problem).toMatchObject({
		code: 'drill_check_failed',
		message: expect.stringContaining(said),
		remedy: expect.stringContaining('drill.checks'),
	});
	const record = readFileSync(join(backups, 'shop', report.id, 'drill.json'), 'utf8');
	expect(JSON.parse(record)).toMatchObject({ outcome: 'failed' });
});

test('a check of what the restore point does not hold leaves the drill unproved', async () => {
	await backUpSite(siteWith(), context());
	definition['backup'] = {
		...(definition['backup'] as object),
		volumes: [{ name: 'media', volume: 'shop_media' }],
	};
	const checks = [{ artefact: 'volume-media', path: 'a' }];
	expect(await drillOf(siteWith({ checks }))).toMatchObject({
		outcome: 'unproved',
		missing: ['volume-media'],
	});
});

test('a query that goes round for ever is ended', async () => {
	const query = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n';
	const attempt = askSqlite(join(source, 'app.db'), query, { limitMs: 300 });
	expect(await errorOf(attempt)).toMatchObject({
		code: 'database_refused',
		message: expect.stringContaining('0.3 seconds'),
	});
});

test('Status tells when no drill has proved everything for too long, and knows of one whose restore point is gone', async () => {
	const site = siteWith({ maxAgeDays: 30 });
	const start = Date.parse('2026-06-01T02:00:00Z');
	const after = (days: number) => () => new Date(start + days * 86_400_000);
	const stateOf = async (days: number) => {
		const { status, destinations } = await statusSite(site, { now: after(days) });
		return [status, ...(destinations[0]?.findings ?? []).map(({ code, message }) => `${code}: ${message}`)];
	};
	await backUpSite(site, { ...context(), now: after(0) });
	const never =
		'drill_overdue: No drill of the site has proved everything yet; a good one is wanted every 30 days.';
	expect(await stateOf(1)).toEqual(['warning', never]);
	const failing = siteWith({ maxAgeDays: 30, checks: [ofFiles('none')] });
	expect(await drillOf(failing, after(1))).toMatchObject({ outcome: 'failed' });
	expect(await stateOf(1)).toEqual(['warning', never]);
	expect(await drillOf(site, after(2))).toMatchObject({ outcome: 'proved' });
	expect(await stateOf(3)).toEqual(['ok']);

	await backUpSite(site, { ...context(), now: after(20) });
	// One that fails later does not take away what was proved.
	expect(await drillOf(failing, after(20))).toMatchObject({ outcome: 'failed' });
	const retention = { keepLast: 1 };
	const [pruned] = parseSites({ ...definition, retention });
	if (!pruned) throw new Error('The site was not read.');
	expect(await pruneSite(pruned, { ...context(), now: after(21) }, {})).toMatchObject({ status: 'ok' });
	expect(await stateOf(32)).toEqual(['ok']);
	expect(await stateOf(33)).toEqual([
		'warning',
		'drill_overdue: The last drill that proved everything was 31 days ago; a good one is wanted every 30 days.',
	]);
	const { destinations } = await statusSite(site, { now: after(33) });
	expect(destinations[0]).toMatchObject({ lastGoodDrill: { outcome: 'proved', hoursAgo: 744 } });
});

test('on the command line a check that fails is a failure, and containers that stay down are one as well', async () => {
	await backUpSite(siteWith(), context());
	const run = async (drill: object | undefined, state: string): Promise<[number, string]> => {
		const file = scope.path('site.json');
		writeFileSync(file, JSON.stringify({ ...definition, ...(drill && { drill }) }));
		let said = '';
		const collect = (text: string): void => void (said += text);
		const args = ['backup', 'drill', '--site', file, '--state', state, '--work-folder', scope.emptyFolder()];
		return [await runCommandLine(args, { out: collect, err: collect, env: {} }), said];
	};
	const good = await run({ checks: [ofFiles('index.html')] }, scope.emptyFolder());
	expect(good).toEqual([
		0,
		expect.stringContaining('files-www: passed: index.html: 13 B (wanted: to be there)'),
	]);
	const bad = await run({ checks: [ofFiles('none')] }, scope.emptyFolder());
	expect(bad).toEqual([1, expect.stringContaining('files-www: FAILED: none: nothing (wanted: to be there)')]);
	const state = scope.emptyFolder();
	const journal = new FileStateStore(state);
	await journal.compareAndSet('backup/quiet-containers', undefined, { version: 2, stopped: [] });
	expect(await run(undefined, state)).toEqual([1, expect.stringMatching(/Proved: 2 artefacts .* journal /s)]);
});

test.each<[object, RegExp]>([
	[{}, /says nothing/],
	[{ checks: [{ artefact: 'db-app' }] }, /either "query" or "path"/],
	[{ checks: [ofDatabase('select 1', {})] }, /either "expect" or "atLeast"/],
	[{ checks: [ofDatabase('delete from orders', { atLeast: 0 })] }, /must begin with "select"/],
	[{ checks: [ofDatabase('select 1; delete from orders', { atLeast: 0 })] }, /must be one statement/],
	[{ checks: [ofDatabase('select 1\n\\! id', { atLeast: 0 })] }, /no commands of psql/],
	[{ checks: [ofFiles('../etc/passwd')] }, /must lie below the root/],
	[{ checks: [ofFiles('a', { expect: 1 })] }, /"expect" and "atLeast" are for queries/],
	[{ checks: [{ artefact: 'db-shop', path: 'a' }] }, /is no artefact of this site; it has files-www, db-app/],
	[{ checks: [{ artefact: 'db-app', path: 'a' }] }, /is no archive of files/],
	[{ checks: [{ artefact: 'files-www', query: 'select 1', expect: 1 }] }, /is no database/],
])('a definition that says nothing that could be checked is refused: %j', (drill, said) => {
	expect(() => siteWith(drill)).toThrow(SiteError);
	expect(() => siteWith(drill)).toThrow(said);
});
