import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, restoreSite, type BackupProgress } from '../../../src/backup';
import { newStagingToken } from '../../../src/backup/restore/staging';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, filesIn, site, useBackupStand } from './engine-stand';
import { describeTree } from './stand';

const stand = useBackupStand('restore-tree', ['tools']);

const volumeSite = (path: string, name = 'shop'): Site =>
	site({
		name,
		backup: { volumes: [{ name: 'media', volume: 'shop_media' }] },
		destinations: [{ name: 'local', type: 'directory', path }],
	});

const hostSite = (path: string, www: string): Site =>
	site({
		backup: { directories: [{ name: 'www', path: www, via: 'engine' }] },
		destinations: [{ name: 'local', type: 'directory', path }],
	});

afterEach(async () => {
	const { docker } = stand.engine;
	for (const { Id } of await docker.listContainers({ all: true })) {
		await docker.getContainer(Id).remove({ force: true });
	}
	const { Volumes } = await docker.listVolumes();
	for (const { Name } of Volumes) await docker.getVolume(Name).remove();
});

const restore = (
	of: Site,
	more: { overwrite?: boolean; progress?: (progress: BackupProgress) => void } = {},
) =>
	restoreSite(of, stand.context({ progress: more.progress }), {
		restorePoint: 'latest',
		overwrite: more.overwrite ?? false,
	});

/** Does something once a restore has begun to fill its target. */
function onFill(work: () => void): (progress: BackupProgress) => void {
	let done = false;
	return ({ step }) => {
		if (step !== 'restore' || done) return;
		done = true;
		work();
	};
}

function fillWithFolders(root: string, content: string): void {
	mkdirSync(join(root, 'uploads'), { recursive: true });
	for (const name of ['uploads/a', 'index.html', '.hidden', ' blank', '-dash', '*']) {
		writeFileSync(join(root, name), content);
	}
}

test('BK-26: restoring the same restore point again keeps what each one has replaced in a folder of its own', async () => {
	const data = await stand.volume('shop_media');
	fillWithFolders(data, 'saved');
	const shop = volumeSite(stand.folder());
	const { id } = await backUpSite(shop, stand.context());
	for (const [content, kept] of [
		['first', `.opsdesk-before-${id}`],
		['second', `.opsdesk-before-${id}-2`],
		['third', `.opsdesk-before-${id}-3`],
	] as const) {
		fillWithFolders(data, content);
		const report = await restore(shop, { overwrite: true });
		expect(report.artefacts[0]?.previous).toBe(`volume shop_media, folder ${kept}`);
		expect(readFileSync(join(data, kept, 'uploads/a'), 'utf8')).toBe(content);
		expect(readFileSync(join(data, 'uploads/a'), 'utf8')).toBe('saved');
	}
	expect(readFileSync(join(data, `.opsdesk-before-${id}`, 'index.html'), 'utf8')).toBe('first');
	expect(readdirSync(data).filter((name) => name.includes('opsdesk'))).toHaveLength(3);
});

test('BK-26: a change that fails half way is taken back, and the target is as it was', async () => {
	const www = stand.folder();
	fillWithFolders(www, 'saved');
	mkdirSync(join(www, 'lost+found'));
	writeFileSync(join(www, 'lost+found', 'inode'), 'saved');
	const shop = hostSite(stand.folder(), www);
	await backUpSite(shop, stand.context());
	fillWithFolders(www, 'live');
	writeFileSync(join(www, 'zz only here'), 'live');
	execFileSync('chmod', ['1751', www]);
	const tree = () =>
		execFileSync('sh', ['-c', 'find . -printf "%P %m %U:%G %i\\n" | LC_ALL=C sort; cat uploads/a'], {
			cwd: www,
			encoding: 'utf8',
		});
	const before = tree();
	// It belongs to the file system, so it stays where it is, and what is to come has one that is not empty.
	const failure = await failureOf(restore(shop, { overwrite: true }));
	expect(failure).toMatchObject({
		code: 'restore_failed',
		message: expect.stringContaining('somebody has made "lost+found" there meanwhile'),
	});
	expect(tree()).toBe(before);
	rmSync(join(www, 'lost+found'), { recursive: true });
	await restore(shop, { overwrite: true });
	expect(readFileSync(join(www, 'lost+found', 'inode'), 'utf8')).toBe('saved');
});

test('a host path with a mount point below it is refused, and named', async () => {
	const www = stand.folder();
	fillWithFolders(www, 'saved');
	const shop = hostSite(stand.folder(), www);
	await backUpSite(shop, stand.context());
	mkdirSync(join(www, 'up loads'));
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(www, 'up loads')]);
	try {
		expect(await failureOf(restore(shop, { overwrite: true }))).toMatchObject({
			code: 'target_refused',
			message: `The host path ${www} holds the mount point "up loads", which cannot be moved.`,
		});
	} finally {
		execFileSync('umount', [join(www, 'up loads')]);
	}
	expect(filesIn(www).some((name) => name.includes('opsdesk'))).toBe(false);
});

test('BK-27: what appears in the target while it is restored is not replaced without consent, and kept with it', async () => {
	const www = stand.folder();
	fillWithFolders(www, 'saved');
	const shop = hostSite(stand.folder(), www);
	const { id } = await backUpSite(shop, stand.context());
	const progress = () => onFill(() => writeFileSync(join(www, 'index.html'), 'new'));
	const empty = () => execFileSync('sh', ['-c', 'find . -mindepth 1 -delete'], { cwd: www });
	empty();
	expect(await failureOf(restore(shop, { progress: progress() }))).toMatchObject({
		code: 'target_not_empty',
	});
	expect(filesIn(www)).toEqual(['index.html']);
	empty();
	const { artefacts } = await restore(shop, { overwrite: true, progress: progress() });
	expect(artefacts[0]?.previous).toBe(`host path ${www}, folder .opsdesk-before-${id}`);
	expect(readFileSync(join(www, `.opsdesk-before-${id}`, 'index.html'), 'utf8')).toBe('new');
});

test('BK-27: a restore that is refused because another one is at work on the volume leaves that one alone', async () => {
	const data = await stand.volume('shop_media');
	fillWithFolders(data, 'saved');
	const [shop, blog] = [volumeSite(stand.folder()), volumeSite(stand.folder(), 'blog')];
	await backUpSite(shop, stand.context());
	await backUpSite(blog, stand.context());
	let other: Promise<unknown> | undefined;
	const progress = onFill(() => {
		other = failureOf(restore(blog, { overwrite: true }));
	});
	await restore(shop, { overwrite: true, progress });
	expect(await other).toMatchObject({
		code: 'target_in_use',
		message: 'The volume shop_media is in use by a restore of the site "shop" that is running.',
	});
	expect(readFileSync(join(data, 'uploads/a'), 'utf8')).toBe('saved');
	await stand.noHelperIsLeft();
});

test('BK-27: a container that begins to use the volume meanwhile stops the change; names that are not covered stay unsaid', async () => {
	const data = await stand.volume('shop_media');
	fillWithFolders(data, 'saved');
	const shop = volumeSite(stand.folder());
	await backUpSite(shop, stand.context());
	const run = (name: string) =>
		stand.engine.cliAtOnce(
			...['run', '-d', '--name', name, '-v', 'shop_media:/data', imageTag('tools'), 'sleep', '1000'],
		);
	const progress = onFill(() => ['shop-web', 'secret-project'].forEach(run));
	const failure = await failureOf(restore(shop, { overwrite: true, progress }));
	expect(failure).toMatchObject({
		code: 'target_in_use',
		message:
			'The volume shop_media is in use by shop-web and 1 other container the credential does not cover.',
	});
	expect(filesIn(data).some((name) => name.includes('opsdesk'))).toBe(false);
});

test('BK-26: cancelled while the engine unpacks, a restore leaves the target alone, no staging folder and no helper', async () => {
	const www = stand.folder();
	execFileSync('sh', ['-c', 'head -c 60000000 /dev/urandom > "$0/random"', www]);
	const shop = hostSite(stand.folder(), www);
	await backUpSite(shop, stand.context());
	// Of a process that was killed, as its name says, and of one that works on it.
	const [seconds, machine, , start] = newStagingToken().split('_');
	const dead = [seconds, machine, (4_194_304).toString(36), start, '00000000'].join('_');
	const alive = `.opsdesk-restore-20260101T000000Z-000000-${newStagingToken()}`;
	for (const end of ['', '.moved']) {
		mkdirSync(join(www, `.opsdesk-restore-20260101T000000Z-000000-${dead}${end}`));
	}
	mkdirSync(join(www, alive));
	const abort = new AbortController();
	const progress = onFill(() => abort.abort());
	const context = { ...stand.context({ progress }), signal: abort.signal };
	const attempt = restoreSite(shop, context, { restorePoint: 'latest', overwrite: true });
	expect(await failureOf(attempt)).toMatchObject({ code: 'cancelled' });
	expect(filesIn(www)).toEqual([alive, 'random']);
	await stand.noHelperIsLeft();
});

test('the volume a restore point names is not restored into when the site names another', async () => {
	fillWithFolders(await stand.volume('shop_media'), 'saved');
	const folder = stand.folder();
	await backUpSite(volumeSite(folder), stand.context());
	const changed = site({
		backup: { volumes: [{ name: 'media', volume: 'shop_other' }] },
		destinations: [{ name: 'local', type: 'directory', path: folder }],
	});
	expect(await failureOf(restore(changed))).toMatchObject({
		code: 'target_refused',
		message:
			'volume-media is the volume shop_other in the site definition and the volume shop_media in the restore point.',
	});
});

test('BK-26: a disk that gets full while a path of the host is restored leaves it as it was, and it can be run again', async () => {
	const www = stand.folder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', www]);
	try {
		writeFileSync(join(www, 'large'), randomBytes(4_000_000));
		fillWithFolders(www, 'saved');
		const shop = hostSite(stand.folder(), www);
		await backUpSite(shop, stand.context());
		rmSync(join(www, 'large'));
		fillWithFolders(www, 'live');
		const before = describeTree(www).replace(/^ d .*$/m, '');
		const fill = 'head -c 16384k /dev/zero > .opsdesk-before-filler 2>/dev/null || true';
		const progress = onFill(() => execFileSync('sh', ['-c', fill], { cwd: www }));
		expect(await failureOf(restore(shop, { overwrite: true, progress }))).toMatchObject({
			code: 'target_full',
			message: expect.stringMatching(/no space left/i),
		});
		rmSync(join(www, '.opsdesk-before-filler'));
		expect(describeTree(www).replace(/^ d .*$/m, '')).toBe(before);
		await restore(shop, { overwrite: true });
		expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('saved');
	} finally {
		execFileSync('umount', ['-l', www]);
	}
});
