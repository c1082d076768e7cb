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
import type { Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { until } from './engine-stand';
import { backedUpDirectory, compiledBackup, describeTree, errorOf, listTree } from './stand';

let scope: Scope;
let parent: string;
let www: string;
let backups: string;
let site: Site;
let id: string;

beforeAll(async () => {
	scope = await Scope.open('restore-swap');
});
afterAll(() => scope.close());

beforeEach(async () => {
	({ parent, www, backups, site, id } = await backedUpDirectory(scope));
	writeFileSync(`${www}/index.html`, 'live');
});

/** Restores, and does something when all content was read and nothing has changed its name. */
async function restoreAnd(work: () => void, signal?: AbortSignal): Promise<unknown> {
	const progress = ({ step }: BackupProgress): void => {
		if (step === 'restore') work();
	};
	return await restoreSite(site, { progress, signal }, { restorePoint: id, overwrite: true });
}

const stagingFolder = (): string => {
	const name = readdirSync(parent).find((found) => found.startsWith('.www.opsdesk-restore-'));
	if (name === undefined) throw new Error('There is no staging folder.');
	return `${parent}/${name}`;
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
			${JSON.stringify(site)}, {}, { restorePoint: ${JSON.stringify(id)}, overwrite: true });`;
	const killed = scope.start('killed', process.execPath, { args: ['-e', script] });
	await until('the process is gone', () => !killed.running());
	expect(killed.tail()).toBe('');
	const left = stagingFolder().slice(parent.length + 1);
	expect(readdirSync(parent).sort()).toEqual([left, `www.before-${id}`]);
	await restoreSite(site, {}, { restorePoint: id });
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(readFileSync(`${www}.before-${id}/index.html`, 'utf8')).toBe('live');
	expect(readdirSync(parent).sort()).toEqual(['www', `www.before-${id}`]);
	expect(existsSync(`${backups}/shop/backup.lock`)).toBe(false);
});

test('BK-26: when the second rename fails the first is taken back, and what cannot be removed is told', async () => {
	const before = describeTree(www);
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
	expect(describeTree(www)).toBe(before);
	expect(readdirSync(parent).sort()).toEqual([staging.slice(parent.length + 1), 'www']);
});

test('BK-26: when neither the second rename nor its way back succeeds, it is told where what was there is', async () => {
	const { rename } = files;
	const spy = jest.spyOn(files, 'rename').mockImplementation(async (from, to) => {
		if (String(from).includes('.opsdesk-restore-')) {
			mkdirSync(www, { recursive: true });
			writeFileSync(`${www}/cache`, 'made meanwhile');
		}
		await rename(from, to);
	});
	const error = await errorOf(restoreAnd(() => undefined));
	spy.mockRestore();
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringContaining(`what was there before is in ${www}.before-${id}`),
	});
	expect(readFileSync(`${www}.before-${id}/index.html`, 'utf8')).toBe('live');
	expect(readdirSync(parent).sort()).toEqual(['www', `www.before-${id}`]);
});

test('BK-26: when the disk does not confirm the change, it is told that the target was replaced', async () => {
	const { open } = files;
	const spy = jest.spyOn(files, 'open').mockImplementation(async (path, ...more) => {
		const handle = await open(path, ...more);
		const fault = Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
		if (path === parent) jest.spyOn(handle, 'sync').mockRejectedValue(fault);
		return handle;
	});
	const error = await errorOf(restoreAnd(() => undefined));
	spy.mockRestore();
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(/www was replaced, but the disk did not confirm it \(EIO: i\/o error\); /),
	});
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('BK-25: another folder or link under the name of the staging folder does not become the target', async () => {
	const [victim, before] = [scope.emptyFolder(), describeTree(www)];
	writeFileSync(`${victim}/file`, 'untouched');
	const makings = [(at: string) => mkdirSync(at), (at: string) => symlinkSync(victim, at)];
	for (const [index, make] of makings.entries()) {
		const error = await errorOf(
			restoreAnd(() => {
				const staging = stagingFolder();
				renameSync(staging, `${parent}/away-${index}`);
				make(staging);
			}),
		);
		expect(error).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining('got another staging folder meanwhile'),
		});
		expect(describeTree(www)).toBe(before);
		expect(listTree(victim)).toEqual(['file']);
	}
	expect(readdirSync(parent).sort()).toEqual(['away-0', 'away-1', 'www']);
});

test('BK-25: a link that takes the place of the target while it is restored is refused, not replaced', async () => {
	const victim = scope.emptyFolder();
	writeFileSync(`${victim}/file`, 'untouched');
	const error = await errorOf(
		restoreAnd(() => {
			renameSync(www, `${parent}/moved`);
			symlinkSync(victim, www);
		}),
	);
	expect(error).toMatchObject({
		code: 'target_refused',
		message: expect.stringContaining('is a symbolic link'),
	});
	expect(readdirSync(parent).sort()).toEqual(['moved', 'www']);
	expect(listTree(victim)).toEqual(['file']);
});

test('BK-4: a restore whose lock was taken by another leaves the target and the lock as they are', async () => {
	const before = describeTree(www);
	const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2' };
	const lock = `${backups}/shop/backup.lock`;
	const error = await errorOf(restoreAnd(() => writeFileSync(lock, encodeHolder(holder))));
	expect(error).toMatchObject({
		code: 'lock_lost',
		message: expect.stringContaining('process 7 on web-2'),
	});
	expect([describeTree(www), readdirSync(parent)]).toEqual([before, ['www']]);
	expect(existsSync(lock)).toBe(true);
});

test('a restore that is cancelled when all of it was read changes nothing', async () => {
	const [before, cancelling] = [describeTree(www), new AbortController()];
	const error = await errorOf(restoreAnd(() => cancelling.abort(), cancelling.signal));
	expect(error).toMatchObject({ code: 'cancelled' });
	expect([describeTree(www), readdirSync(parent)]).toEqual([before, ['www']]);
});

test('a restore that is cancelled while it waits for the lock takes no lock and changes nothing', async () => {
	const [before, cancelling] = [describeTree(parent), new AbortController()];
	let waiting: Promise<unknown> | undefined;
	const progress = (): void => {
		waiting ??= errorOf(
			restoreSite(
				site,
				{ signal: cancelling.signal },
				{ restorePoint: id, overwrite: true, waitForLockMs: 600_000 },
			),
		);
		cancelling.abort();
	};
	await backUpSite(site, { progress });
	expect(await waiting).toMatchObject({ code: 'cancelled' });
	expect(describeTree(parent)).toBe(before);
});
