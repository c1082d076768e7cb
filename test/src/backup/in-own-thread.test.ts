import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { backUpSite, inOwnThread, listSite, restoreSite, verifySite } from '../../../src/backup';
import { OpsdeskError } from '../../../src/shared';
import { compiledBackup, errorOf, siteOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('own-thread');

/** Of the threads of this process, how many have the priority of those that give way. */
function modestThreads(): number {
	const priorities = readdirSync('/proc/self/task').map((thread) => {
		try {
			const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
			return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16];
		} catch {
			return 'ended';
		}
	});
	return priorities.filter((priority) => priority === '10').length;
}

test('a site is backed up, listed, verified and restored in a thread of its own, with the same reports', async () => {
	const { site, www, id } = stand;
	const report = await inOwnThread.backUpSite(site, {}, {});
	expect(report).toMatchObject({ status: 'ok', artefacts: [{ name: 'files-www', status: 'ok' }] });
	expect(Object.keys(report)).toEqual(Object.keys(await backUpSite(site, {})));
	expect(await inOwnThread.listSite(site, {}, {})).toEqual(await listSite(site, {}));
	const verified = await inOwnThread.verifySite(site, {}, { restorePoint: id });
	expect(verified).toMatchObject({ ok: true });
	expect(Object.keys(verified)).toEqual(Object.keys(await verifySite(site, {}, { restorePoint: id })));
	rmSync(www, { recursive: true });
	const restored = await inOwnThread.restoreSite(site, {}, { restorePoint: id });
	expect(restored).toMatchObject({ id, artefacts: [{ name: 'files-www' }] });
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('an error from the thread keeps its message, code and remedy', async () => {
	const { site } = stand;
	const options = { restorePoint: '20200101T000000Z-aaaaaa' };
	const direct = await errorOf(restoreSite(site, {}, options));
	const error = await errorOf(inOwnThread.restoreSite(site, {}, options));
	expect(error).toBeInstanceOf(OpsdeskError);
	expect(direct).toBeInstanceOf(OpsdeskError);
	const { code, message, remedy } = direct as OpsdeskError;
	expect(error).toMatchObject({ code, message, remedy });
});

test('a backup in a thread that gives way; cancelled, it says so and leaves neither lock nor partial files', async () => {
	const [www, backups] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
	execFileSync('truncate', ['-s', '20G', `${www}/zeros`]);
	const site = siteOf({ www }, { backups });
	const cancelling = new AbortController();
	// Those of earlier operations end after they have answered.
	while (modestThreads() > 0) await sleep(10);
	const run = errorOf(inOwnThread.backUpSite(site, { signal: cancelling.signal }, {}));
	// The operation itself, the reader, and one that compresses for each core up to four.
	while (modestThreads() < 2 + Math.min(availableParallelism(), 4)) await sleep(10);
	expect(existsSync(`${backups}/shop/backup.lock`)).toBe(true);
	cancelling.abort();
	expect(await run).toMatchObject({ code: 'cancelled' });
	expect(readdirSync(`${backups}/shop`)).toEqual([]);
	const early = await errorOf(inOwnThread.backUpSite(site, { signal: AbortSignal.abort() }, {}));
	expect(early).toMatchObject({ code: 'cancelled' });
	expect(readdirSync(`${backups}/shop`)).toEqual([]);
});

test('the thread ends with its operation, so that a process can end as well', async () => {
	const [www, backups] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
	writeFileSync(`${www}/a`, 'alpha');
	const site = siteOf({ www }, { backups });
	const script = `require(${JSON.stringify(compiledBackup)}).inOwnThread
		.backUpSite(${JSON.stringify(site)}, {}, {})
		.then((report) => console.log(report.status));`;
	const run = stand.scope.start('alone', process.execPath, { args: ['-e', script] });
	while (run.running()) await sleep(20);
	expect(run.tail().trim()).toBe('ok');
});
