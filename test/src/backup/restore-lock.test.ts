import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { backUpSite, restoreSite, type BackupProgress, type RestoreOptions } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { lockForRestore } from '../../../src/backup/restore/restore-lock';
import type { Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { backedUpDirectory, errorOf, listTree, siteOf } from './stand';

let scope: Scope;
let parent: string;
let www: string;
let backups: string;
let site: Site;
let id: string;

beforeAll(async () => {
	scope = await Scope.open('restore-lock');
});
afterAll(() => scope.close());

beforeEach(async () => {
	({ parent, www, backups, site, id } = await backedUpDirectory(scope));
});

const restore = (options: Partial<RestoreOptions> = {}) =>
	restoreSite(site, {}, { restorePoint: id, ...options });

/** Begins a restore, does something else when it is about to fill its target, and ends it. */
async function duringRestore<T>(work: () => Promise<T>): Promise<T> {
	let other: Promise<T> | undefined;
	const progress = ({ step }: BackupProgress): void => {
		if (step === 'restore') other ??= work();
	};
	await restoreSite(site, { progress }, { restorePoint: id, overwrite: true });
	if (!other) throw new Error('Nothing was restored.');
	return await other;
}

test('BK-4: a restore that meets another restore of its site is refused and harms neither it nor the target', async () => {
	const error = await duringRestore(() => errorOf(restore({ overwrite: true })));
	expect(error).toMatchObject({
		code: 'locked',
		message: expect.stringMatching(/^The site "shop" is locked by process \d+ on \S+ since 20\d\d-/),
	});
	expect(readdirSync(parent).sort()).toEqual(['www', `www.before-${id}`]);
	expect(existsSync(`${backups}/shop/backup.lock`)).toBe(false);
});

test('BK-4: a backup does not read what is being restored: it is skipped', async () => {
	const report = await duringRestore(() => backUpSite(site, {}));
	expect(report).toMatchObject({ status: 'skipped', message: expect.stringMatching(/^Skipped: locked by/) });
});

test('BK-4: a restore waits for a backup as long as it is told to', async () => {
	execFileSync('truncate', ['-s', '300M', `${www}/zeros`]);
	let attempts: [Promise<unknown>, Promise<unknown>] | undefined;
	const progress = (): void => {
		const to = (name: string) => ({ 'files-www': `${parent}/${name}` });
		attempts ??= [
			errorOf(restore({ to: to('refused') })),
			restore({ to: to('waited'), waitForLockMs: 120_000 }),
		];
	};
	expect(await backUpSite(site, { progress })).toMatchObject({ status: 'ok' });
	expect(await attempts?.[0]).toMatchObject({ code: 'locked' });
	expect(await attempts?.[1]).toMatchObject({ id, artefacts: [{ target: `directory ${parent}/waited` }] });
	expect(readdirSync(parent).sort()).toEqual(['waited', 'www']);
}, 120_000);

test('a destination that can only be read can be restored from', async () => {
	execFileSync('mount', ['--bind', backups, backups]);
	try {
		execFileSync('mount', ['-o', 'remount,bind,ro', backups]);
		await restore({ overwrite: true });
	} finally {
		execFileSync('umount', [backups]);
	}
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(readdirSync(parent).sort()).toEqual(['www', `www.before-${id}`]);
});

test('a destination that is full can be restored from', async () => {
	const small = scope.emptyFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
	try {
		const full = siteOf({ www }, { small });
		const { status } = await backUpSite(full, {});
		expect(status).toBe('ok');
		execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', small]);
		await restoreSite(full, {}, { restorePoint: 'latest', overwrite: true });
		expect(readdirSync(`${small}/shop`)).not.toContain('backup.lock');
	} finally {
		execFileSync('umount', [small]);
	}
	expect(readdirSync(parent)).toHaveLength(2);
});

test('a lock that cannot be taken for another reason than a destination nobody can write to is an error', async () => {
	const destination = new DirectoryDestination(backups);
	const cancelled = lockForRestore(destination, site, { signal: AbortSignal.abort() }, {});
	expect(await errorOf(cancelled)).toMatchObject({ code: 'cancelled' });
	const lost = new Error('The connection was lost.');
	destination.createNew = () => Promise.reject(lost);
	expect(await errorOf(lockForRestore(destination, site, {}, {}))).toBe(lost);
});

test('the site definition says where to restore to, not the restore point', async () => {
	const [other, elsewhere] = [scope.emptyFolder(), `${scope.emptyFolder()}/restored`];
	const attempts: [Site, RegExp][] = [
		[
			siteOf({ www: other }, { backups }),
			new RegExp(`^files-www is the directory ${other} in the site definition and the directory ${www} in`),
		],
		[siteOf({ media: www }, { backups }), /does not define files-www any more, and .* \(directory .*\/www\)/],
	];
	for (const [changed, message] of attempts) {
		const error = await errorOf(restoreSite(changed, {}, { restorePoint: id, overwrite: true }));
		expect(error).toMatchObject({
			code: 'target_refused',
			message: expect.stringMatching(message),
			remedy: expect.stringMatching(/Give the target of files-www/),
		});
		expect([readdirSync(other), readdirSync(parent)]).toEqual([[], ['www']]);
	}
	for (const [changed] of attempts) {
		const to = { 'files-www': elsewhere };
		await restoreSite(changed, {}, { restorePoint: id, to, overwrite: true });
		expect(listTree(elsewhere)).toEqual(['index.html']);
	}
});
