import { listSite, verifySite } from '../../src/backup';
import { DirectoryDestination } from '../../src/backup/destinations/directory';
import { takeLock } from '../../src/backup/lock';
import { readSites } from '../../src/shared';
import { dumpArtefact, storeRestorePoint } from '../src/backup/verdict';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { BackingUp, FolderSite, nodeOf, type BackupRun } from './backing-up';

const client = sharedN8n();
let scope: Scope;
let backingUp: BackingUp;

beforeAll(async () => {
	scope = await Scope.open('back-up-sites');
	backingUp = await BackingUp.install(client);
}, 60_000);

afterAll(async () => {
	await backingUp?.remove();
	await scope?.close();
}, 60_000);

beforeEach(async () => {
	backingUp.receiver.outage = undefined;
	await backingUp.setUp();
}, 60_000);

const run = async (...sites: FolderSite[]): Promise<BackupRun> => {
	await backingUp.defineSites(sites.map(({ definition }) => definition));
	return await backingUp.run();
};
const outcomes = ({ sites }: BackupRun) => sites.map(({ outcome }) => outcome);
const brief = ({ alerts }: BackupRun) =>
	alerts.map(({ severity, status, dedupeKey }) => [severity, status, dedupeKey]);

test('one broken site never stops the others, and each outcome is told for what it is', async () => {
	const shop = new FolderSite(scope, 'shop');
	const gone = new FolderSite(scope, 'gone', 'missing');
	const half = new FolderSite(scope, 'half', 'half');
	const pipe = new FolderSite(scope, 'pipe', 'pipe');
	const last = new FolderSite(scope, 'last');
	const result = await run(shop, gone, half, pipe, last);

	expect(result.failure).toBe('');
	expect(outcomes(result)).toEqual(['ok', 'failed', 'partial', 'warning', 'ok']);
	expect([shop, gone, half, pipe, last].map(({ restorePoints }) => restorePoints.length)).toEqual([
		1, 0, 1, 1, 1,
	]);
	const [site] = await readSites(shop.definition);
	if (!site) throw new Error('no site');
	expect(await verifySite(site, {}, { restorePoint: shop.restorePoints[0] ?? '' })).toMatchObject({
		ok: true,
	});
	expect(await listSite(site, {})).toMatchObject({ restorePoints: [{ state: 'ok' }], problems: [] });

	expect(brief(result)).toEqual([
		['info', 'firing', ''],
		['critical', 'firing', `backup:${gone.name}`],
		['critical', 'firing', `backup:${half.name}`],
		['warning', 'firing', `backup:${pipe.name}`],
		['info', 'firing', ''],
	]);
	const [good, failed, partial, warned] = result.alerts;
	expect(good).toMatchObject({
		title: `Backup of ${shop.name} is stored and verified`,
		message: expect.stringMatching(
			/^Backed up 1 artefact .*\nProved whole in 1 destination.*\nfiles-www: /,
		) as string,
		source: 'n8n workflow "Back up sites daily"',
		details: {
			site: shop.name,
			status: 'ok',
			'restore point': shop.restorePoints[0],
			size: expect.stringMatching(/^\d.* B stored of \d.* k?B$/) as string,
			duration: expect.stringMatching(/^\d.* m?s$/) as string,
			destinations: 'local: ok',
			owner: `owner of ${shop.name}`,
		},
	});
	expect(failed?.title).toBe(`Backup of ${gone.name} failed`);
	expect(failed?.message).toContain(`The directory ${gone.source} does not exist`);
	expect(failed?.message).toContain('Correct the path in the site definition');
	expect(partial?.title).toBe(`Backup of ${half.name} is not complete`);
	expect(partial?.message).toMatch(/files-www: .* stored of .*\nCorrect the path in the site definition/);
	expect(warned?.title).toBe(`Backup of ${pipe.name} is stored and verified, with warnings`);
	expect(warned?.message).toMatch(/files-www: .*pipe/);
}, 120_000);

test('a good backup ends the alert of the night before, once', async () => {
	const site = new FolderSite(scope, 'mended', 'missing');
	expect(brief(await run(site))).toEqual([['critical', 'firing', `backup:${site.name}`]]);
	site.create();
	expect(brief(await run(site))).toEqual([['info', 'resolved', `backup:${site.name}`]]);
	expect(brief(await run(site))).toEqual([['info', 'firing', '']]);
}, 120_000);

test('with tellSuccess off a good backup is told only where it ends an alert', async () => {
	await backingUp.setUp({ tellSuccess: false });
	const site = new FolderSite(scope, 'quiet', 'missing');
	await run(site);
	site.create();
	expect(brief(await run(site))).toEqual([['info', 'resolved', `backup:${site.name}`]]);
	const quiet = await run(site);
	expect([quiet.alerts, quiet.failure, quiet.sites]).toEqual([
		[],
		'',
		[expect.objectContaining({ outcome: 'ok', alert: 'not needed' })],
	]);
	expect(site.restorePoints).toHaveLength(2);
}, 120_000);

test('when it cannot be read whether an alert is open its end is told, unless nothing was ever told', async () => {
	const site = new FolderSite(scope, 'unsure');
	const lookUp = async (change: (parameters: Record<string, unknown>) => void) => {
		await backingUp.setUp({}, (workflow) => change(nodeOf(workflow, 'Look for an open alert').parameters));
		return brief(await run(site));
	};
	const unreadable = await lookUp((parameters) => {
		parameters['filters'] = { conditions: [{ keyName: 'none', keyValue: 'x' }] };
	});
	expect(unreadable).toEqual([['info', 'resolved', `backup:${site.name}`]]);
	const firstEver = await lookUp((parameters) => {
		parameters['dataTableId'] = { __rl: true, mode: 'name', value: `none-${site.name}` };
	});
	expect(firstEver).toEqual([['info', 'firing', '']]);
}, 120_000);

test('an alert that reaches nobody keeps no site from being backed up and fails the run in the end', async () => {
	backingUp.receiver.outage = { status: 500, body: {} };
	const [one, two] = [new FolderSite(scope, 'one', 'missing'), new FolderSite(scope, 'two')];
	const result = await run(one, two);
	expect(outcomes(result)).toEqual(['failed', 'ok']);
	expect(result.sites.map(({ alert }) => alert)).toEqual(['failed', 'failed']);
	expect(two.restorePoints).toHaveLength(1);
	expect(result.failure).toMatch(/^The backups ran, but what became of them could not be told\. /);
	expect(result.failure).toContain(`Backup of ${one.name} failed: The alert `);
	expect(result.failure).toContain(`Backup of ${two.name} is stored and verified: The alert `);
	expect(result.failure).toContain('reached nobody');
}, 120_000);

test('a restore point that is not proved whole is never told as a good backup', async () => {
	const site = new FolderSite(scope, 'doubtful');
	// Another restore point than the one just made, as if that had vanished.
	await backingUp.setUp({}, (workflow) => {
		nodeOf(workflow, 'Verify the restore point').parameters['restorePoint'] = '20200101T000000Z-000000';
	});
	const unproved = await run(site);
	expect(outcomes(unproved)).toEqual(['not verified']);
	expect(brief(unproved)).toEqual([['critical', 'firing', `backup:${site.name}`]]);
	expect(unproved.alerts[0]?.title).toBe(`Backup of ${site.name} is stored, but was not found whole`);
	expect(unproved.alerts[0]?.message).toContain('20200101T000000Z-000000');

	const other = new FolderSite(scope, 'unverifiable');
	await backingUp.setUp({}, (workflow) => {
		const { parameters } = nodeOf(workflow, 'Verify the restore point');
		parameters['options'] = { whenIncomplete: 'item', destination: 'elsewhere' };
	});
	const broken = await run(other);
	expect(outcomes(broken)).toEqual(['not verified']);
	expect(broken.alerts[0]?.message).toMatch(/It could not be verified: .*elsewhere/);
	expect(other.restorePoints).toHaveLength(1);
}, 120_000);

test('a restore point of which not all could be checked is told as a warning that says so', async () => {
	const site = new FolderSite(scope, 'newer');
	// A format of dumps that is newer than the package.
	const dump = Buffer.from('PGDMP\u0001\u0063\0 and more');
	const { id } = storeRestorePoint(site.backups, dumpArtefact, dump, undefined, site.name);
	await backingUp.setUp({}, (workflow) => {
		nodeOf(workflow, 'Verify the restore point').parameters['restorePoint'] = id;
	});
	const result = await run(site);
	expect(outcomes(result)).toEqual(['not proved']);
	expect(brief(result)).toEqual([['warning', 'firing', `backup:${site.name}`]]);
	expect(result.alerts[0]?.title).toBe(`Backup of ${site.name} is stored, but not all of it could be proved`);
	expect(result.alerts[0]?.message).toMatch(/not all of it could be proved\. local: db-main: .*first bytes/);
}, 120_000);

test('BK-4 a site that another backup is at work on is skipped and told as a warning with its holder', async () => {
	const site = new FolderSite(scope, 'busy');
	const times = { heartbeatMs: 200, staleAfterMs: 120_000 };
	const held = await takeLock(new DirectoryDestination(site.backups), {
		...times,
		folder: site.name,
		run: 'another run',
		work: 'backup',
		now: new Date(),
		waitMs: 0,
	});
	if (!('lock' in held)) throw new Error('The lock is not free.');
	try {
		const result = await run(site);
		expect(outcomes(result)).toEqual(['skipped']);
		expect(brief(result)).toEqual([['warning', 'firing', `backup:${site.name}`]]);
		expect(result.alerts[0]?.message).toMatch(/^Skipped: locked by .+ since \d{4}-/);
		expect(site.restorePoints).toEqual([]);
	} finally {
		await held.lock.release();
	}
}, 120_000);

test('"Settings" chooses sites by name, and a name that no site has is told like a failed backup', async () => {
	const [left, right] = [new FolderSite(scope, 'left'), new FolderSite(scope, 'right')];
	await backingUp.setUp({ sites: `misspelt, ${right.name} ` });
	const result = await run(left, right);
	expect(result.sites.map(({ site, outcome }) => [site, outcome])).toEqual([
		['misspelt', 'failed'],
		[right.name, 'ok'],
	]);
	expect(result.alerts[0]?.message).toContain('"Settings" names the site "misspelt", which is not there.');
	expect(result.alerts[0]?.message).toContain(`${left.name}, ${right.name}`);
	expect([left.restorePoints.length, right.restorePoints.length]).toEqual([0, 1]);
}, 120_000);

test('a site that is not defined correctly, or needs a credential that is not selected, is told with what is missing', async () => {
	const site = new FolderSite(scope, 'plain');
	await backingUp.defineSites([
		{ name: 'no-content' },
		{ ...site.definition, name: 'volumes', backup: { volumes: [{ name: 'media', volume: 'shop_media' }] } },
		site.definition,
	]);
	const result = await backingUp.run();
	expect(outcomes(result)).toEqual(['failed', 'failed', 'ok']);
	expect(result.alerts[0]?.message).toContain('backup: is missing');
	expect(result.alerts[1]?.message).toContain('needs the container engine for volume "media"');
	expect(result.alerts[1]?.message).toContain('Select a credential of the type "Docker API"');
}, 120_000);
