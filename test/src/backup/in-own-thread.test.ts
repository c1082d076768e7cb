import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { backUpSite, inOwnThread, listSite, restoreSite, verifySite } from '../../../src/backup';
import { OpsdeskError } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { backedUpDirectory, compiledBackup, errorOf, siteOf } from './stand';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('own-thread');
});
afterAll(() => scope.close());

test('a site is backed up, listed, verified and restored in a thread of its own, with the same reports', async () => {
	const { site, www, id } = await backedUpDirectory(scope);
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
	const { site } = await backedUpDirectory(scope);
	const options = { restorePoint: '20200101T000000Z-aaaaaa' };
	const direct = await errorOf(restoreSite(site, {}, options));
	const error = await errorOf(inOwnThread.restoreSite(site, {}, options));
	expect(error).toBeInstanceOf(OpsdeskError);
	expect(direct).toBeInstanceOf(OpsdeskError);
	const { code, message, remedy } = direct as OpsdeskError;
	expect(error).toMatchObject({ code, message, remedy });
});

test('a backup in a thread that is cancelled says so, and leaves neither lock nor partial files', async () => {
	const [www, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	execFileSync('truncate', ['-s', '20G', `${www}/zeros`]);
	const site = siteOf({ www }, { backups });
	const cancelling = new AbortController();
	const run = errorOf(inOwnThread.backUpSite(site, { signal: cancelling.signal }, {}));
	while (!existsSync(`${backups}/shop/backup.lock`)) await sleep(10);
	cancelling.abort();
	expect(await run).toMatchObject({ code: 'cancelled' });
	expect(readdirSync(`${backups}/shop`)).toEqual([]);
	const early = await errorOf(inOwnThread.backUpSite(site, { signal: AbortSignal.abort() }, {}));
	expect(early).toMatchObject({ code: 'cancelled' });
	expect(readdirSync(`${backups}/shop`)).toEqual([]);
});

test('the thread ends with its operation, so that a process can end as well', async () => {
	const [www, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${www}/a`, 'alpha');
	const site = siteOf({ www }, { backups });
	const script = `require(${JSON.stringify(compiledBackup)}).inOwnThread
		.backUpSite(${JSON.stringify(site)}, {}, {})
		.then((report) => console.log(report.status));`;
	const run = scope.start('alone', process.execPath, { args: ['-e', script] });
	while (run.running()) await sleep(20);
	expect(run.tail().trim()).toBe('ok');
});
