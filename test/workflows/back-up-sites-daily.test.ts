import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, listSite, verifySite } from '../../src/backup';
import { DirectoryDestination } from '../../src/backup/destinations/directory';
import { takeLock } from '../../src/backup/lock';
import { readSites } from '../../src/shared';
import { dumpArtefact, storeRestorePoint } from '../src/backup/verdict';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { BackingUp, nodeOf, type BackupRun } from './backing-up';
import { FolderSite } from './folder-site';

const key = 'back-up-sites-daily';
const client = sharedN8n();
let scope: Scope;
let backingUp: BackingUp;
let title: string;

beforeAll(async () => {
	scope = await Scope.open('back-up-sites');
	backingUp = await BackingUp.install(client);
	title = backingUp.title(key);
	await backingUp.setUp(key);
});

afterAll(async () => {
	await backingUp?.remove();
	await scope?.close();
});

const run = async (...sites: FolderSite[]): Promise<BackupRun> => {
	await backingUp.defineSites(sites.map(({ definition }) => definition));
	return await backingUp.run(key);
};
const outcomes = ({ sites }: BackupRun) => sites.map(({ outcome }) => outcome);
const brief = ({ alerts }: BackupRun) =>
	alerts.map(({ severity, status, dedupeKey }) => [severity, status, dedupeKey]);
const trouble = () => `backups:${title}`;

/** Takes the lock of a site, as another run does. */
async function hold(site: FolderSite): Promise<() => Promise<void>> {
	const held = await takeLock(new DirectoryDestination(site.backups), {
		heartbeatMs: 200,
		staleAfterMs: 120_000,
		folder: site.name,
		run: 'another run',
		work: 'backup',
		now: new Date(),
		waitMs: 0,
	});
	if (!('lock' in held)) throw new Error('The lock is not free.');
	return () => held.lock.release();
}

test('BK-4, BK-19: one broken site never stops the others, and one message tells each outcome for what it is', async () => {
	const shop = new FolderSite(scope, 'shop');
	const gone = new FolderSite(scope, 'gone', 'missing');
	const half = new FolderSite(scope, 'half', 'half');
	const pipe = new FolderSite(scope, 'pipe', 'pipe');
	const busy = new FolderSite(scope, 'busy');
	const offSite = new FolderSite(scope, 'off-site', 'none', {
		destinations: [
			{ name: 'local', type: 'directory', path: scope.path('off-site') },
			{ name: 'remote', type: 'directory', path: scope.path('not-there') },
		],
	});
	const volumes = {
		...shop.definition,
		name: 'volumes',
		backup: { volumes: [{ name: 'm', volume: 'shop_m' }] },
	};
	const last = new FolderSite(scope, 'last', 'none', { retention: { keepLast: 1 } });
	mkdirSync(scope.path('off-site'), { recursive: true });
	const release = await hold(busy);
	const sites = [shop, gone, half, pipe, busy, offSite, last];
	await backingUp.defineSites([
		...sites.map(({ definition }) => definition),
		{ name: 'no-content' },
		volumes,
	]);
	const result = await backingUp.run(key).finally(release);

	expect([result.error, result.failure]).toEqual(['', '']);
	expect(outcomes(result)).toEqual([
		...['ok', 'failed', 'partial', 'warning', 'skipped', 'partial', 'ok'],
		...['failed', 'failed'],
	]);
	expect([shop, gone, half, pipe, busy, last].map(({ restorePoints }) => restorePoints.length)).toEqual([
		1, 0, 1, 1, 0, 1,
	]);
	const [site] = await readSites(shop.definition);
	if (!site) throw new Error('no site');
	expect(await verifySite(site, {}, { restorePoint: shop.restorePoints[0] ?? '' })).toMatchObject({
		ok: true,
	});
	expect(await listSite(site, {})).toMatchObject({ restorePoints: [{ state: 'ok' }], problems: [] });

	expect(brief(result)).toEqual([['critical', 'firing', trouble()]]);
	const [alert] = result.alerts;
	expect(alert?.title).toBe(
		`${title}: failed: ${gone.name}, no-content, volumes; not complete: ${half.name}, ${offSite.name}; ` +
			`skipped: ${busy.name}; with warnings: ${pipe.name} (2 of 9 without trouble)`,
	);
	expect(alert?.source).toBe('n8n workflow "Back up sites daily"');
	const message = alert?.message ?? '';
	const rows = message.split('\n').slice(1, 10);
	expect(rows[0]).toMatch(new RegExp(`^${gone.name} · failed · – · `));
	expect(message).toMatch(
		new RegExp(`^${shop.name} · ok · \\d+ B · \\d.* m?s · local ok · proved · nothing dropped$`, 'm'),
	);
	expect(message).toMatch(new RegExp(`^${last.name} · ok · .* · proved · dropped 0$`, 'm'));
	expect(message).toMatch(new RegExp(`^${half.name} · partial · `, 'm'));
	expect(message).toMatch(new RegExp(`^${offSite.name} · partial · .* · local ok, remote failed · `, 'm'));
	expect(message).toMatch(new RegExp(`^${busy.name} · skipped · .*not proved`, 'm'));
	expect(message).toMatch(new RegExp(`^${busy.name}: Skipped: locked by .+ since \\d{4}-`, 'm'));
	expect(message).toContain(`The directory ${gone.source} does not exist`);
	expect(message).toContain('Correct the path in the site definition');
	expect(message).toMatch(/files-www: .*pipe/);
	expect(message).toContain('backup: is missing');
	expect(message).toContain('needs the container engine for volume "m"');
	expect(message).toContain('Select a credential of the type "Docker API"');
	expect(`${alert?.title} ${message}`).not.toMatch(/success/i);
});

test('a good backup ends the alert of the night before, once, and can be told or not', async () => {
	const site = new FolderSite(scope, 'mended', 'missing');
	await backingUp.setUp(key, { tellSuccess: true });
	expect(brief(await run(site))).toEqual([['critical', 'firing', trouble()]]);
	site.create();
	const mended = await run(site);
	expect(brief(mended)).toEqual([['info', 'resolved', trouble()]]);
	expect(mended.alerts[0]?.title).toBe(`${title}: ${site.name} is stored and proved`);
	expect(brief(await run(site))).toEqual([['info', 'firing', '']]);
	await backingUp.setUp(key, { tellSuccess: false });
	const quiet = await run(site);
	expect([quiet.alerts, quiet.error, quiet.outcome, quiet.alert]).toEqual([[], '', 'ok', 'not needed']);
	expect(site.restorePoints).toHaveLength(3);
});

test('BK-38: a backup that is suspiciously small, one that is not proved and one not found whole are no good ones', async () => {
	const small = new FolderSite(scope, 'small');
	const [site] = await readSites(small.definition);
	if (!site) throw new Error('no site');
	for (const round of [1, 2, 3]) {
		writeFileSync(join(small.source, 'data'), Buffer.alloc(400_000, round));
		await backUpSite(site, {});
	}
	writeFileSync(join(small.source, 'data'), '');
	const lost = new FolderSite(scope, 'lost');
	const newer = new FolderSite(scope, 'newer');
	// A format of dumps that is newer than the package.
	const dump = Buffer.from('PGDMP\u0001\u0063\0 and more');
	const { id } = storeRestorePoint(newer.backups, dumpArtefact, dump, undefined, newer.name);
	await backingUp.changeRuns((workflow) => {
		const { parameters } = nodeOf(workflow, 'Verify the restore point');
		const others = { [lost.name]: '20200101T000000Z-000000', [newer.name]: id };
		parameters['restorePoint'] = `={{ (${JSON.stringify(others)})[$json.unit.name] ?? $json.backup.id }}`;
	});
	const result = await run(small, lost, newer);
	await backingUp.changeRuns();
	expect(outcomes(result)).toEqual(['suspicious', 'not verified', 'not proved']);
	expect(brief(result)).toEqual([['critical', 'firing', trouble()]]);
	expect(result.alerts[0]?.title).toBe(
		`${title}: stored but not found whole: ${lost.name}; suspiciously small: ${small.name}; not proved: ${newer.name}`,
	);
	expect(result.alerts[0]?.message).toContain('20200101T000000Z-000000');
	expect(result.alerts[0]?.message).toMatch(/not all of it could be proved\. local: db-main: .*first bytes/);
	expect(result.alerts[0]?.message).toContain('suspicious: files-www has');
});

test('an alert that reaches nobody keeps no site from being backed up, fails the run and is told again', async () => {
	const [one, two] = [new FolderSite(scope, 'one', 'missing'), new FolderSite(scope, 'two')];
	backingUp.receiver.outage = { status: 500, body: {} };
	const result = await run(one, two);
	backingUp.receiver.outage = undefined;
	expect(outcomes(result)).toEqual(['failed', 'ok']);
	expect(result.alert).toBe('failed');
	expect(two.restorePoints).toHaveLength(1);
	expect(result.error).toMatch(/^The backups ran, but what became of them could not be told\. /);
	expect(result.error).toContain(`${title}: failed: ${one.name} (1 of 2 without trouble): The alert `);
	expect(result.error).toContain('reached nobody');
	expect(brief(await run(one, two))).toEqual([['critical', 'firing', trouble()]]);
});

test('when it cannot be read what was told last, the end of it is told', async () => {
	const site = new FolderSite(scope, 'unsure');
	await backingUp.changeRuns((workflow) => {
		nodeOf(workflow, 'Read what was told last').parameters['filters'] = {
			conditions: [{ keyName: 'none', keyValue: 'x' }],
		};
	});
	expect(brief(await run(site))).toEqual([['info', 'resolved', trouble()]]);
	await backingUp.changeRuns();
});

test('"Settings" chooses sites by name, and a name that no site has is told like a failed backup', async () => {
	const [left, right] = [
		new FolderSite(scope, 'left'),
		new FolderSite(scope, 'right', 'none', { schedule: 'never' }),
	];
	await backingUp.setUp(key, { sites: `misspelt, ${right.name} ` });
	const result = await run(left, right);
	expect(result.sites.map(({ site, outcome }) => [site, outcome])).toEqual([
		['misspelt', 'failed'],
		[right.name, 'ok'],
	]);
	expect(result.alerts[0]?.message).toContain('"Settings" names the site "misspelt", which is not there.');
	expect(result.alerts[0]?.message).toContain(`${left.name}, ${right.name}`);
	expect([left.restorePoints.length, right.restorePoints.length]).toEqual([0, 1]);
	await backingUp.setUp(key);
	const daily = await run(left, right);
	expect(daily.sites.map(({ site }) => site)).toEqual([left.name]);
	const none = await run(right);
	expect(none.error).toMatch(
		/^No site in "Read settings" has "schedule": "daily", so nothing was backed up\./,
	);
	expect(none.alerts).toEqual([]);
	await backingUp.defineSites([{}]);
	expect((await backingUp.run(key)).error).toMatch(
		/^The settings have mistakes, and what has them is left out: sites\[0\]\.name: must be a text/,
	);
});
