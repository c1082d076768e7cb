import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { backUpSite, restoreSite, type BackupProgress, type RestoreOptions } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { encodeHolder, newHolder } from '../../../src/backup/lock-holder';
import { lockForRestore } from '../../../src/backup/restore/restore-lock';
import type { Site } from '../../../src/shared';
import { errorOf, listTree, siteOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore-lock');

const restore = (options: Partial<RestoreOptions> = {}) =>
	restoreSite(stand.site, {}, { restorePoint: stand.id, ...options });

/** Begins a restore, does something else when it is about to fill its target, and ends it. */
async function duringRestore<T>(work: () => Promise<T>): Promise<T> {
	let other: Promise<T> | undefined;
	const progress = ({ step }: BackupProgress): void => {
		if (step === 'restore') other ??= work();
	};
	await restoreSite(stand.site, { progress }, { restorePoint: stand.id, overwrite: true });
	if (!other) throw new Error('Nothing was restored.');
	return await other;
}

test('BK-4: a restore that meets another restore of its site is refused and harms neither it nor the target', async () => {
	const error = await duringRestore(() => errorOf(restore({ overwrite: true })));
	expect(error).toMatchObject({
		code: 'locked',
		message: expect.stringMatching(/^The site "shop" is locked by process \d+ on \S+ since 20\d\d-/),
	});
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${stand.id}`]);
	expect(existsSync(`${stand.backups}/shop/backup.lock`)).toBe(false);
});

test('BK-4: a backup does not read what is being restored: it is skipped', async () => {
	const report = await duringRestore(() => backUpSite(stand.site, {}));
	expect(report).toMatchObject({ status: 'skipped', message: expect.stringMatching(/^Skipped: locked by/) });
});

test('BK-4: a restore waits for a backup as long as it is told to', async () => {
	execFileSync('truncate', ['-s', '300M', `${stand.www}/zeros`]);
	let attempts: [Promise<unknown>, Promise<unknown>] | undefined;
	const progress = (): void => {
		const to = (name: string) => ({ 'files-www': `${stand.parent}/${name}` });
		attempts ??= [
			errorOf(restore({ to: to('refused') })),
			restore({ to: to('waited'), waitForLockMs: 120_000 }),
		];
	};
	expect(await backUpSite(stand.site, { progress })).toMatchObject({ status: 'ok' });
	expect(await attempts?.[0]).toMatchObject({ code: 'locked' });
	expect(await attempts?.[1]).toMatchObject({
		id: stand.id,
		artefacts: [{ target: `directory ${stand.parent}/waited` }],
	});
	expect(readdirSync(stand.parent).sort()).toEqual(['waited', 'www']);
});

test.each([
	['', undefined],
	[', with the lock of a run that is gone,', 4_194_304],
])('a destination that can only be read%s can be restored from', async (_, goneProcess) => {
	if (goneProcess !== undefined) {
		const holder = { ...newHolder('gone', new Date()), pid: goneProcess };
		writeFileSync(`${stand.backups}/shop/backup.lock`, encodeHolder(holder));
	}
	execFileSync('mount', ['--bind', stand.backups, stand.backups]);
	try {
		execFileSync('mount', ['-o', 'remount,bind,ro', stand.backups]);
		await restore({ overwrite: true });
	} finally {
		execFileSync('umount', [stand.backups]);
	}
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${stand.id}`]);
});

test('a destination that is full can be restored from', async () => {
	const small = stand.scope.emptyFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
	try {
		const full = siteOf({ www: stand.www }, { small });
		const { status } = await backUpSite(full, {});
		expect(status).toBe('ok');
		execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', small]);
		await restoreSite(full, {}, { restorePoint: 'latest', overwrite: true });
		expect(readdirSync(`${small}/shop`)).not.toContain('backup.lock');
	} finally {
		execFileSync('umount', [small]);
	}
	expect(readdirSync(stand.parent)).toHaveLength(2);
});

test('a lock that cannot be taken for another reason than a destination nobody can write to is an error', async () => {
	const destination = new DirectoryDestination(stand.backups);
	const cancelled = lockForRestore(destination, stand.site, { signal: AbortSignal.abort() }, {});
	expect(await errorOf(cancelled)).toMatchObject({ code: 'cancelled' });
	const lost = new Error('The connection was lost.');
	destination.createNew = () => Promise.reject(lost);
	expect(await errorOf(lockForRestore(destination, stand.site, {}, {}))).toBe(lost);
});

test('BK-4: a lock that cannot be read keeps a restore from running: whose it is is unknown', async () => {
	const before = listTree(stand.parent);
	mkdirSync(`${stand.backups}/shop/backup.lock`);
	expect(await errorOf(restore({ overwrite: true }))).toMatchObject({ code: 'destination_refused' });
	expect(listTree(stand.parent)).toEqual(before);
});

test('the site definition says where to restore to, not the restore point', async () => {
	const [other, elsewhere] = [stand.scope.emptyFolder(), `${stand.scope.emptyFolder()}/restored`];
	const attempts: [Site, RegExp][] = [
		[
			siteOf({ www: other }, { backups: stand.backups }),
			new RegExp(
				`^files-www is the directory ${other} in the site definition and the directory ${stand.www} in`,
			),
		],
		[
			siteOf({ media: stand.www }, { backups: stand.backups }),
			/does not define files-www any more, and .* \(directory .*\/www\)/,
		],
	];
	for (const [changed, message] of attempts) {
		const error = await errorOf(restoreSite(changed, {}, { restorePoint: stand.id, overwrite: true }));
		expect(error).toMatchObject({
			code: 'target_refused',
			message: expect.stringMatching(message),
			remedy: expect.stringMatching(/Give the target of files-www/),
		});
		expect([readdirSync(other), readdirSync(stand.parent)]).toEqual([[], ['www']]);
	}
	for (const [changed] of attempts) {
		const to = { 'files-www': elsewhere };
		await restoreSite(changed, {}, { restorePoint: stand.id, to, overwrite: true });
		expect(listTree(elsewhere)).toEqual(['index.html']);
	}
});
