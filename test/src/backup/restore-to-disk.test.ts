import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { backUpSite, restoreSite } from '../../../src/backup';
import { putOnDisk } from '../../../src/backup/restore/to-disk';
import { describeTree, errorOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore-to-disk');
const path = process.env['PATH'];

afterEach(() => {
	process.env['PATH'] = path;
	jest.restoreAllMocks();
});

const restore = () => restoreSite(stand.site, {}, { restorePoint: 'latest', overwrite: true });

/** Puts a program of this name before all others. */
function sync(script: string): void {
	const folder = stand.scope.emptyFolder();
	writeFileSync(`${folder}/sync`, `#!/bin/sh\n${script}`);
	chmodSync(`${folder}/sync`, 0o755);
	process.env['PATH'] = `${folder}:${path}`;
}

/** Counts what is forced to disk one by one. */
async function countSyncs(): Promise<jest.SpyInstance> {
	const handle = await open('/dev/null');
	await handle.close();
	return jest.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync');
}

test('BK-3: all of a restore is put on disk before the first name changes', async () => {
	mkdirSync(`${stand.www}/uploads`);
	writeFileSync(`${stand.www}/uploads/a`, 'saved');
	await backUpSite(stand.site, {});
	writeFileSync(`${stand.www}/uploads/a`, 'live');
	const seen = `${stand.scope.emptyFolder()}/seen`;
	sync(`{ echo "$*"; cat "$2/uploads/a" "${stand.www}/uploads/a"; } >> ${seen}`);
	await restore();
	expect(readFileSync(seen, 'utf8')).toMatch(/^-f \/proc\/\d+\/fd\/\d+\/\.\nsavedlive$/);
	expect(readFileSync(`${stand.www}/uploads/a`, 'utf8')).toBe('saved');
});

test.each([
	['Input/output error', 'target_refused'],
	['No space left on device', 'target_full'],
])('BK-3: a disk that answers "%s" leaves the target as it was', async (said, code) => {
	const [before, beside] = [describeTree(stand.www), readdirSync(stand.parent)];
	sync(`echo "sync: error syncing '/': ${said}" >&2; exit 1`);
	expect(await errorOf(restore())).toMatchObject({ code });
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent)).toEqual(beside);
});

test.each([
	['there is none', () => (process.env['PATH'] = '/nowhere')],
	['it knows no single file system', () => sync('echo "sync: invalid option -- f" >&2; exit 1')],
	['it cannot see the folder', () => sync('echo "sync: /proc: No such file or directory" >&2; exit 1')],
])('BK-3: without a program that does it (%s) each file and folder is put on disk', async (_, arrange) => {
	mkdirSync(`${stand.www}/uploads`);
	for (const name of ['a', 'uploads/b', 'uploads/c']) writeFileSync(`${stand.www}/${name}`, name);
	chmodSync(`${stand.www}/uploads/c`, 0);
	const before = describeTree(stand.www);
	const handle = await open(stand.www);
	const syncs = await countSyncs();
	arrange();
	await putOnDisk(handle);
	await handle.close();
	// Three and index.html, and two folders.
	expect(syncs).toHaveBeenCalledTimes(6);
	expect(describeTree(stand.www)).toBe(before);
});

test('BK-3: a file that cannot be put on disk is told', async () => {
	const handle = await open(stand.www);
	(await countSyncs()).mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
	process.env['PATH'] = '/nowhere';
	await expect(putOnDisk(handle)).rejects.toMatchObject({ code: 'EIO' });
	await handle.close();
});
