import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { backUpSite, listSite, verifySite } from '../../../src/backup';
import { removeUnfinished } from '../../../src/backup/clean-up';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { Site } from '../../../src/shared';
import { Scope, type ManagedProcess } from '../../support/scope';
import { compiledBackup, listTree, siteOf } from './stand';

// BK-2 here: archive, between archive and manifest ("rename"), manifest, and any moment of a run on directories.
// Dumps and volumes need an engine and stand beside their sources; uploads come with the destinations that have them.

let scope: Scope;
let processes = 0;

beforeAll(async () => {
	scope = await Scope.open('killed');
});
afterAll(() => scope.close());

/** A run in a process of its own. */
function startRun(site: Site): ManagedProcess {
	const script = `require(${JSON.stringify(compiledBackup)})
		.backUpSite(${JSON.stringify(site)}, {})
		.then((report) => console.log(report.status));`;
	processes += 1;
	return scope.start(`run-${processes}`, process.execPath, { args: ['-e', script] });
}

/** The names in the folder of the restore point that is being made, which is the newest. */
function filesOfNewest(destination: string): string[] {
	if (!existsSync(`${destination}/shop`)) return [];
	const newest = readdirSync(`${destination}/shop`)
		.filter((name) => /^\d/.test(name))
		.sort()
		.at(-1);
	return newest === undefined ? [] : readdirSync(`${destination}/shop/${newest}`);
}

/** Kills the run as soon as the files look like that; false when it ended before. */
async function killWhen(
	run: ManagedProcess,
	destination: string,
	reached: (files: string[]) => boolean,
): Promise<boolean> {
	for (;;) {
		// In short bursts without a pause: what is waited for may last a few milliseconds only.
		for (let look = 0; look < 50; look += 1) {
			if (!reached(filesOfNewest(destination))) continue;
			await run.end('SIGKILL');
			return !run.tail().includes('ok');
		}
		await sleep(0);
		if (!run.running()) return false;
	}
}

/** Whatever lists as good must be good; the ids of what does. */
async function expectOnlyGoodListsAsGood(site: Site): Promise<string[]> {
	const { restorePoints, problems } = await listSite(site, {});
	expect(problems).toEqual([]);
	const good = restorePoints.filter(({ state }) => state === 'ok' || state === 'warning');
	for (const { id, destination } of good) {
		expect(await verifySite(site, {}, { restorePoint: id, destination })).toMatchObject({ ok: true });
	}
	return good.map(({ id }) => id);
}

/** The next run takes over at once and leaves nothing of the killed one. */
async function expectNextRunCleansUp(site: Site, destination: string): Promise<void> {
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({ status: 'ok' });
	expect(report.message).toMatch(/Took over the lock of process \d+ on .* which is no longer running/);
	// Watching the lock for as long as it may live unseen would take two minutes.
	expect(report.durationMs).toBeLessThan(60_000);
	const good = await expectOnlyGoodListsAsGood(site);
	expect(good).toContain(report.id);
	const rest = listTree(destination).filter((path) => !good.some((id) => path.startsWith(`shop/${id}/`)));
	expect(rest).toEqual(['shop/']);
}

/** Some hundred milliseconds of work: a small source, then a larger one. */
function smallAndLarge(): Record<string, string> {
	const [first, second] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${first}/small`, 'small');
	writeFileSync(`${second}/random`, randomBytes(8_000_000));
	execFileSync('truncate', ['-s', '60M', `${second}/zeros`]);
	return { first, second };
}

test('BK-2: a run that is killed while it writes an archive leaves nothing good, and the next run cleans up', async () => {
	const backups = scope.emptyFolder();
	const site = siteOf(smallAndLarge(), { backups });
	const caught = await killWhen(startRun(site), backups, (files) =>
		files.includes('files-second.tar.zst.partial'),
	);
	expect(caught).toBe(true);
	expect(await listSite(site, {})).toMatchObject({ restorePoints: [{ state: 'unfinished', artefacts: [] }] });
	await expectNextRunCleansUp(site, backups);
});

test('BK-2: a run that is killed between archive and manifest leaves nothing good, and the next run cleans up', async () => {
	const backups = scope.emptyFolder();
	const site = siteOf(smallAndLarge(), { backups });
	const caught = await killWhen(startRun(site), backups, (files) => files.includes('files-first.tar.zst'));
	expect(caught).toBe(true);
	expect(await listSite(site, {})).toMatchObject({ restorePoints: [{ state: 'unfinished' }] });
	// Before a newer one is good, a whole artefact may be the best there is.
	const failing = siteOf({ gone: scope.path('gone') }, { backups });
	expect(await backUpSite(failing, {})).toMatchObject({ status: 'failed' });
	expect(filesOfNewest(backups)).toContain('files-first.tar.zst');
	const report = await backUpSite(site, {});
	expect(report.status).toBe('ok');
	expect(await expectOnlyGoodListsAsGood(site)).toEqual([report.id]);
	expect(readdirSync(`${backups}/shop`)).toEqual([report.id]);
});

test('BK-2: a run that is killed while it writes the manifest leaves nothing good, and the next run cleans up', async () => {
	const source = scope.emptyFolder();
	writeFileSync(`${source}/kept`, 'alpha');
	// Each is a warning in the manifest, which so takes its time to be written.
	const name = `pipe-$n-${'x'.repeat(200)}`;
	execFileSync('sh', ['-c', `for n in $(seq 1000); do echo "${name}"; done | xargs mkfifo`], { cwd: source });
	let [backups, caught] = ['', false];
	for (let attempt = 0; attempt < 20 && !caught; attempt += 1) {
		// A folder of its own: a run that ended before it could be killed has left a good restore point.
		backups = scope.emptyFolder();
		const site = siteOf({ source }, { backups });
		caught = await killWhen(startRun(site), backups, (files) => files.includes('manifest.json.partial'));
		if (caught) caught = filesOfNewest(backups).includes('manifest.json.partial');
	}
	expect(caught).toBe(true);
	const site = siteOf({ source }, { backups });
	expect(await listSite(site, {})).toMatchObject({ restorePoints: [{ state: 'unfinished' }] });
	execFileSync('find', ['.', '-name', 'pipe-*', '-delete'], { cwd: source });
	await expectNextRunCleansUp(site, backups);
});

test('BK-2: whenever a run is killed, only what is good lists as good, and the next one runs', async () => {
	const backups = scope.emptyFolder();
	const site = siteOf(smallAndLarge(), { backups });
	const started = performance.now();
	expect(await backUpSite(site, {})).toMatchObject({ status: 'ok' });
	// A process needs a little longer, since it loads the code first.
	const runMs = (performance.now() - started) * 1.2;
	for (let kill = 0; kill < 8; kill += 1) {
		const run = startRun(site);
		await run.ready(async () => existsSync(`${backups}/shop/backup.lock`), 60_000);
		await sleep(Math.random() * runMs);
		await run.end('SIGKILL').catch(() => undefined);
		await expectOnlyGoodListsAsGood(site);
	}
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({ status: 'ok' });
	const good = await expectOnlyGoodListsAsGood(site);
	expect(readdirSync(`${backups}/shop`).sort()).toEqual([...good].sort());
	expect(listTree(backups).filter((path) => path.endsWith('.partial'))).toEqual([]);
});

test('what a killed run has stored whole stays until a newer restore point lacks nothing', async () => {
	const [source, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${source}/a`, 'alpha');
	const left = `${backups}/shop/20200101T000000Z-aaaaaa`;
	mkdirSync(left, { recursive: true });
	for (const name of ['files-gone.tar.zst', 'files-source.tar.zst.partial'])
		writeFileSync(`${left}/${name}`, '');
	const partial = await backUpSite(siteOf({ source, gone: scope.path('gone') }, { backups }), {});
	expect(partial).toMatchObject({ status: 'partial' });
	expect(readdirSync(left)).toEqual(['files-gone.tar.zst']);
	const good = await backUpSite(siteOf({ source }, { backups }), {});
	expect(good).toMatchObject({ status: 'ok', message: expect.stringContaining('Removed 1 file of a run') });
	expect(readdirSync(`${backups}/shop`).sort()).toEqual([partial.id, good.id].sort());
});

test('a folder that has become a restore point meanwhile is not cleaned up', async () => {
	const [source, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${source}/a`, 'alpha');
	const site = siteOf({ source }, { backups });
	const { id } = await backUpSite(site, {});
	const before = listTree(backups);
	expect(await removeUnfinished(new DirectoryDestination(backups), [`shop/${id}`])).toBe(0);
	expect(listTree(backups)).toEqual(before);
});

test('foreign files and links are never touched, and a folder that holds one stays', async () => {
	const [source, backups, victim] = [scope.emptyFolder(), scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${source}/a`, 'alpha');
	writeFileSync(`${victim}/files-www.tar.zst.partial`, 'untouched');
	writeFileSync(`${victim}/files-www.tar.zst`, 'untouched');
	const site = siteOf({ source }, { backups });
	const good = await backUpSite(site, {});
	const at = `${backups}/shop`;
	const [ours, mixed, linked] = [
		'20200101T000000Z-aaaaaa',
		'20200102T000000Z-bbbbbb',
		'20200103T000000Z-cccccc',
	];
	for (const path of [ours, mixed, 'by-hand', '20200104']) mkdirSync(`${at}/${path}`);
	symlinkSync(victim, `${at}/${linked}`);
	for (const name of [
		'files-www.tar.zst',
		'volume-m.tar.gz.age',
		'db-shop.dump.zst',
		'globals-shop.sql.zst.age',
		'db-x.dump.zst.partial',
	])
		writeFileSync(`${at}/${ours}/${name}`, '');
	const foreign = ['notes.txt', 'download.partial', 'files-WWW.tar.zst', 'files-www.tar', 'db-shop.sql.zst'];
	for (const name of [...foreign, 'files-www.tar.zst', 'manifest.json.partial'])
		writeFileSync(`${at}/${mixed}/${name}`, '');
	symlinkSync(`${victim}/files-www.tar.zst`, `${at}/${mixed}/volume-link.tar.zst`);
	writeFileSync(`${at}/by-hand/files-www.tar.zst.partial`, '');
	writeFileSync(`${at}/20200104/files-www.tar.zst`, '');
	writeFileSync(`${at}/${good.id}/files-source.tar.zst.partial`, '');
	writeFileSync(`${at}/${good.id}/files-old.tar.zst`, 'not in the manifest');
	writeFileSync(`${at}/backup.lock.stale-0011aabb`, '');

	const next = await backUpSite(site, {});
	expect(next.message).toMatch(/Removed \d+ files of a run that was killed from "backups"\./);
	expect(readdirSync(at).sort()).toEqual([mixed, linked, 'by-hand', '20200104', good.id, next.id].sort());
	expect(readdirSync(`${at}/${mixed}`).sort()).toEqual([...foreign].sort());
	expect(readdirSync(`${at}/by-hand`)).toEqual(['files-www.tar.zst.partial']);
	expect(readdirSync(`${at}/20200104`)).toEqual(['files-www.tar.zst']);
	expect(readdirSync(`${at}/${good.id}`).sort()).toEqual([
		'files-old.tar.zst',
		'files-source.tar.zst',
		'manifest.json',
	]);
	for (const name of readdirSync(victim)) expect(readFileSync(`${victim}/${name}`, 'utf8')).toBe('untouched');
	expect(readdirSync(victim)).toHaveLength(2);
});
