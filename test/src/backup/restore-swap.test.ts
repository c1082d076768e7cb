import { execFileSync } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import files from 'node:fs/promises';

import { backUpSite, restoreSite, type BackupProgress } from '../../../src/backup';
import { encodeHolder, newHolder } from '../../../src/backup/lock-holder';
import { until } from './engine-stand';
import { compiledBackup, describeTree, errorOf, listTree, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore-swap');

beforeEach(() => {
	writeFileSync(`${stand.www}/index.html`, 'live');
});

/** Restores, and does something when all content was read and nothing has changed its name. */
async function restoreAnd(work: () => void, signal?: AbortSignal): Promise<unknown> {
	const progress = ({ step }: BackupProgress): void => {
		if (step === 'restore') work();
	};
	return await restoreSite(stand.site, { progress, signal }, { restorePoint: stand.id, overwrite: true });
}

const stagingFolder = (): string => {
	const name = readdirSync(stand.parent).find((found) => found.startsWith('.www.opsdesk-restore-'));
	if (name === undefined) throw new Error('There is no staging folder.');
	return `${stand.parent}/${name}`;
};

test('BK-26: after a kill between the two renames what was there stands beside, and the same restore completes', async () => {
	const script = `
		const files = require('node:fs/promises');
		const { rename } = files;
		files.rename = async (from, to) => {
			if (from.includes('.www.opsdesk-restore-')) process.kill(process.pid, 'SIGKILL');
			await rename(from, to);
		};
		require(${JSON.stringify(compiledBackup)}).restoreSite(
			${JSON.stringify(stand.site)}, {}, { restorePoint: ${JSON.stringify(stand.id)}, overwrite: true });`;
	const killed = stand.scope.start('killed', process.execPath, { args: ['-e', script] });
	await until('the process is gone', () => !killed.running());
	expect(killed.tail()).toBe('');
	const left = stagingFolder().slice(stand.parent.length + 1);
	expect(readdirSync(stand.parent).sort()).toEqual([left, `www.before-${stand.id}`]);
	await restoreSite(stand.site, {}, { restorePoint: stand.id });
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(readFileSync(`${stand.www}.before-${stand.id}/index.html`, 'utf8')).toBe('live');
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${stand.id}`]);
	expect(existsSync(`${stand.backups}/shop/backup.lock`)).toBe(false);
});

test('BK-26: when the second rename fails the first is taken back, and what cannot be removed is told', async () => {
	const before = describeTree(stand.www);
	let staging = '';
	const error = await errorOf(
		restoreAnd(() => {
			staging = stagingFolder();
			// What is a mount point cannot be renamed.
			execFileSync('mount', ['--bind', staging, staging]);
		}),
	);
	execFileSync('umount', [staging]);
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(/EBUSY.* Staging places could not be removed: directory .*\/www\.$/),
	});
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent).sort()).toEqual([staging.slice(stand.parent.length + 1), 'www']);
});

test('BK-26: when neither the second rename nor its way back succeeds, it is told where what was there is', async () => {
	const { rename } = files;
	const spy = jest.spyOn(files, 'rename').mockImplementation(async (from, to) => {
		if (String(from).includes('.opsdesk-restore-')) {
			mkdirSync(stand.www, { recursive: true });
			writeFileSync(`${stand.www}/cache`, 'made meanwhile');
		}
		await rename(from, to);
	});
	const error = await errorOf(restoreAnd(() => undefined));
	spy.mockRestore();
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringContaining(`what was there before is in ${stand.www}.before-${stand.id}`),
	});
	expect(readFileSync(`${stand.www}.before-${stand.id}/index.html`, 'utf8')).toBe('live');
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${stand.id}`]);
});

test('BK-26: when the disk does not confirm the change, it is told that the target was replaced', async () => {
	const { open } = files;
	const spy = jest.spyOn(files, 'open').mockImplementation(async (path, ...more) => {
		const handle = await open(path, ...more);
		const fault = Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
		if (path === stand.parent) jest.spyOn(handle, 'sync').mockRejectedValue(fault);
		return handle;
	});
	const error = await errorOf(restoreAnd(() => undefined));
	spy.mockRestore();
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(/www was replaced, but the disk did not confirm it \(EIO: i\/o error\); /),
	});
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('BK-25: another folder or link under the name of the staging folder does not become the target', async () => {
	const [victim, before] = [stand.scope.emptyFolder(), describeTree(stand.www)];
	writeFileSync(`${victim}/file`, 'untouched');
	const makings = [(at: string) => mkdirSync(at), (at: string) => symlinkSync(victim, at)];
	for (const [index, make] of makings.entries()) {
		const error = await errorOf(
			restoreAnd(() => {
				const staging = stagingFolder();
				renameSync(staging, `${stand.parent}/away-${index}`);
				make(staging);
			}),
		);
		expect(error).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining('got another staging folder meanwhile'),
		});
		expect(describeTree(stand.www)).toBe(before);
		expect(listTree(victim)).toEqual(['file']);
	}
	expect(readdirSync(stand.parent).sort()).toEqual(['away-0', 'away-1', 'www']);
});

test('BK-25: a link that takes the place of the target while it is restored is refused, not replaced', async () => {
	const victim = stand.scope.emptyFolder();
	writeFileSync(`${victim}/file`, 'untouched');
	const error = await errorOf(
		restoreAnd(() => {
			renameSync(stand.www, `${stand.parent}/moved`);
			symlinkSync(victim, stand.www);
		}),
	);
	expect(error).toMatchObject({
		code: 'target_refused',
		message: expect.stringContaining('is a symbolic link'),
	});
	expect(readdirSync(stand.parent).sort()).toEqual(['moved', 'www']);
	expect(listTree(victim)).toEqual(['file']);
});

test('BK-4: a restore whose lock was taken by another leaves the target and the lock as they are', async () => {
	const before = describeTree(stand.www);
	const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2' };
	const lock = `${stand.backups}/shop/backup.lock`;
	const error = await errorOf(restoreAnd(() => writeFileSync(lock, encodeHolder(holder))));
	expect(error).toMatchObject({
		code: 'lock_lost',
		message: expect.stringContaining('process 7 on web-2'),
	});
	expect([describeTree(stand.www), readdirSync(stand.parent)]).toEqual([before, ['www']]);
	expect(existsSync(lock)).toBe(true);
});

test('a restore that is cancelled when all of it was read changes nothing', async () => {
	const [before, cancelling] = [describeTree(stand.www), new AbortController()];
	const error = await errorOf(restoreAnd(() => cancelling.abort(), cancelling.signal));
	expect(error).toMatchObject({ code: 'cancelled' });
	expect([describeTree(stand.www), readdirSync(stand.parent)]).toEqual([before, ['www']]);
});

test('a restore that is cancelled while it waits for the lock takes no lock and changes nothing', async () => {
	const [before, cancelling] = [describeTree(stand.parent), new AbortController()];
	let waiting: Promise<unknown> | undefined;
	const progress = (): void => {
		waiting ??= errorOf(
			restoreSite(
				stand.site,
				{ signal: cancelling.signal },
				{ restorePoint: stand.id, overwrite: true, waitForLockMs: 600_000 },
			),
		);
		cancelling.abort();
	};
	await backUpSite(stand.site, { progress });
	expect(await waiting).toMatchObject({ code: 'cancelled' });
	expect(describeTree(stand.parent)).toBe(before);
});
