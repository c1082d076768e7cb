import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, listSite, restoreSite, verifySite } from '../../../src/backup';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, filesIn, site, useBackupStand, verifyAndRestore } from './engine-stand';
import { describeTree, fillWithHardNames } from './stand';

const stand = useBackupStand('volume', ['tools']);

const volumeSite = (path: string, volume = 'shop_media', more: object = {}): Site =>
	site({
		backup: { volumes: [{ name: 'media', volume, ...more }] },
		destinations: [{ name: 'local', type: 'directory', path }],
	});

/** The engine keeps whole microseconds at best and no nanoseconds. */
const wholeSeconds = (tree: string): string => tree.replace(/(\d+:\d+ -?\d+)\.\d+/g, '$1');

afterEach(async () => {
	const { docker } = stand.engine;
	for (const { Id } of await docker.listContainers({ all: true })) {
		await docker.getContainer(Id).remove({ force: true });
	}
	const { Volumes } = await docker.listVolumes();
	for (const { Name } of Volumes) await docker.getVolume(Name).remove();
});

test('BK-11, BK-40: a volume is stored the same each time and comes back as it was, whatever its names, modes, owners, times and links', async () => {
	const data = await stand.volume('shop_media', { 'com.docker.compose.volume': 'media' });
	fillWithHardNames(data);
	// The engine's own untar refuses links that lead out, and takes setuid away from files with hard links.
	symlinkSync('../../storage', join(data, 'sub/out of it\n'));
	execFileSync('chown', ['-h', '5:6', join(data, 'sub/out of it\n')]);
	execFileSync('touch', ['-d', '@1000000', join(data, 'sub')]);
	execFileSync('chmod', ['1770', data]);
	execFileSync('chown', ['33:44', data]);
	// Large artefacts are unpacked in a thread of their own.
	writeFileSync(join(data, 'large'), randomBytes(24 * 1024 * 1024));
	const before = describeTree(data);
	const folder = stand.folder();
	const shop = volumeSite(folder);
	const report = await backUpSite(shop, stand.context());
	expect(report).toMatchObject({ status: 'ok', artefacts: [{ name: 'volume-media', warnings: [] }] });
	// BK-40: nothing has changed, so nothing looks changed.
	const again = await backUpSite(shop, stand.context());
	expect(again.artefacts[0]?.sha256).toBe(report.artefacts[0]?.sha256);

	await stand.engine.docker.getVolume('shop_media').remove();
	const restored = await verifyAndRestore(shop, stand.context());
	expect(restored.artefacts).toMatchObject([{ target: 'volume shop_media' }]);
	expect(wholeSeconds(describeTree(data))).toBe(wholeSeconds(before));
	const details = await stand.engine.docker.getVolume('shop_media').inspect();
	expect(details.Labels).toEqual({ 'com.docker.compose.volume': 'media' });
	await stand.noHelperIsLeft();
});

test('zstd and tar alone restore the same archive', async () => {
	const data = await stand.volume('shop_media');
	fillWithHardNames(data);
	const folder = stand.folder();
	await backUpSite(volumeSite(folder), stand.context());
	const [archive = ''] = filesIn(folder).filter((name) => name.endsWith('.tar.zst'));
	const target = stand.folder();
	execFileSync('sh', [
		'-c',
		`zstd -dc "$0" | tar -xpf - --numeric-owner -C "$1"`,
		join(folder, archive),
		target,
	]);
	expect(wholeSeconds(describeTree(target))).toBe(wholeSeconds(describeTree(data)));
});

test('BK-10: links and loops are stored as links, special files are named, and nothing outside is read', async () => {
	const data = await stand.volume('shop_media');
	mkdirSync(join(data, 'a'));
	execFileSync('sh', ['-c', 'ln -s / root; ln -s ../b a/b; ln -s a b; ln -s nowhere dangling; mkfifo pipe'], {
		cwd: data,
	});
	const folder = stand.folder();
	const shop = volumeSite(folder);
	const report = await backUpSite(shop, stand.context());
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [{ entries: 6, warnings: [expect.stringMatching(/^pipe: a FIFO is not backed up/)] }],
	});
	await stand.engine.docker.getVolume('shop_media').remove();
	await verifyAndRestore(shop, stand.context());
	expect(filesIn(data)).toEqual(['a', 'a/b', 'b', 'dangling', 'root']);
});

test('BK-6: a file that shrinks while the engine reads it fails the backup, naming where the archive ends', async () => {
	const data = await stand.volume('shop_media');
	const large = Buffer.alloc(8 * 1024 * 1024);
	for (let count = 0; count < 24; count += 1) writeFileSync(join(data, 'large'), large, { flag: 'a' });
	writeFileSync(join(data, 'later'), 'lost without a word');
	const folder = stand.folder();
	let seen = false;
	const report = await backUpSite(
		volumeSite(folder),
		stand.context({
			progress: ({ plainBytes }) => {
				if (plainBytes > 0 && !seen) truncateSync(join(data, 'large'), 1024);
				seen = true;
			},
		}),
	);
	expect(seen).toBe(true);
	expect(report).toMatchObject({ status: 'failed', artefacts: [{ problem: { code: 'archive_cut' } }] });
	expect(report.artefacts[0]?.problem?.message).toContain('"./large"');
	expect(filesIn(folder).filter((name) => /zst|manifest/.test(name))).toEqual([]);
});

test('patterns leave out what they name, and what an earlier restore has kept is never backed up', async () => {
	const data = await stand.volume('shop_media');
	mkdirSync(join(data, 'cache/deep'), { recursive: true });
	mkdirSync(join(data, '.opsdesk-before-20260101T000000Z-000000'));
	for (const name of ['a.jpg', 'b.log', 'cache/deep/c', '.opsdesk-before-20260101T000000Z-000000/old']) {
		writeFileSync(join(data, name), name);
	}
	const folder = stand.folder();
	const shop = volumeSite(folder, 'shop_media', { exclude: ['*.log', '/cache/'] });
	expect(await backUpSite(shop, stand.context())).toMatchObject({ status: 'ok' });
	await verifyAndRestore(shop, stand.context(), { to: { 'volume-media': 'shop_copy' } });
	expect(filesIn(stand.scope.path('engine/data/volumes/shop_copy/_data'))).toEqual(['a.jpg']);
});

test('a volume in use is not restored into, one that is not empty only with consent, and what was there is kept', async () => {
	const data = await stand.volume('shop_media');
	writeFileSync(join(data, 'one'), 'one');
	const shop = volumeSite(stand.folder());
	await backUpSite(shop, stand.context());
	writeFileSync(join(data, 'one'), 'changed');
	writeFileSync(join(data, '-two'), 'two');

	const container = await stand.engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
		HostConfig: { Binds: ['shop_media:/data'] },
	});
	await container.start();
	const inUse = await failureOf(verifyAndRestore(shop, stand.context(), { overwrite: true }));
	expect(inUse).toMatchObject({ code: 'target_in_use', message: expect.stringContaining('shop-web') });
	await container.remove({ force: true });

	expect(await failureOf(verifyAndRestore(shop, stand.context()))).toMatchObject({
		code: 'target_not_empty',
	});
	expect(filesIn(data)).toEqual(['-two', 'one']);

	const { id, artefacts } = await verifyAndRestore(shop, stand.context(), { overwrite: true });
	const kept = `.opsdesk-before-${id}`;
	expect(artefacts[0]?.previous).toBe(`volume shop_media, folder ${kept}`);
	expect(filesIn(data)).toEqual([kept, `${kept}/-two`, `${kept}/one`, 'one']);
	expect(execFileSync('cat', [join(data, 'one'), join(data, kept, 'one')], { encoding: 'utf8' })).toBe(
		'onechanged',
	);
	await stand.noHelperIsLeft();
});

test('BK-36: a missing volume is an error and is not made by looking for it', async () => {
	const report = await backUpSite(volumeSite(stand.folder(), 'shop_none'), stand.context());
	expect(report.artefacts[0]?.problem).toMatchObject({ code: 'source_missing' });
	expect((await stand.engine.docker.listVolumes()).Volumes).toEqual([]);
});

describe('a destination and a folder of the host, through the engine', () => {
	const hostSite = (path: string, www: string): Site =>
		site({
			backup: { directories: [{ name: 'www', path: www, via: 'engine' }] },
			destinations: [{ name: 'host', type: 'engine', path }],
		});

	test('a folder goes there and comes back, and what lies there is what a directory would hold', async () => {
		const [folder, www] = [stand.folder(), stand.folder()];
		fillWithHardNames(www);
		const before = describeTree(www);
		const shop = hostSite(folder, www);
		const report = await backUpSite(shop, stand.context());
		expect(report).toMatchObject({
			status: 'ok',
			destinations: [{ place: `host path ${folder}`, status: 'ok' }],
		});
		const names = filesIn(folder);
		expect(names).toEqual([
			'shop',
			`shop/${report.id}`,
			`shop/${report.id}/files-www.tar.zst`,
			`shop/${report.id}/manifest.json`,
		]);
		const modes = execFileSync('stat', ['-c', '%a', ...names], { cwd: folder, encoding: 'utf8' });
		expect(modes.trim().split('\n')).toEqual(['700', '700', '600', '600']);

		// The same backups, seen without the engine.
		const seen = { ...shop, destinations: [{ name: 'host', type: 'directory' as const, path: folder }] };
		expect((await verifySite(seen, {}, { restorePoint: report.id })).ok).toBe(true);

		const listed = await listSite(shop, stand.context());
		expect(listed).toMatchObject({ problems: [], restorePoints: [{ id: report.id, state: 'ok' }] });
		execFileSync('sh', ['-c', 'rm -rf "$0"/* "$0"/.[!.]*', www]);
		await verifyAndRestore(shop, stand.context());
		expect(wholeSeconds(describeTree(www))).toBe(wholeSeconds(before));
		await stand.noHelperIsLeft();
	});

	test.each([[10], [50], [99]])(
		'BK-1: full at %i %%: failed with free and needed space, and nothing of it is left',
		async (percent) => {
			const [folder, www] = [stand.folder(), stand.folder()];
			writeFileSync(join(www, 'index.html'), '<h1>shop</h1>');
			execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${(20_000_000 * percent) / 100}`, 'tmpfs', folder]);
			try {
				const shop = hostSite(folder, www);
				const first = await backUpSite(shop, stand.context());
				expect(first.status).toBe('ok');
				execFileSync('sh', ['-c', 'head -c 20000000 /dev/urandom > "$0/random"', www]);
				const hash = () =>
					execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], {
						cwd: folder,
						encoding: 'utf8',
					});
				const before = hash();
				const report = await backUpSite(shop, stand.context());
				expect(report).toMatchObject({ status: 'failed' });
				const problems = report.destinations[0]?.problems ?? [];
				expect(problems[0]).toMatchObject({
					code: 'destination_full',
					message: expect.stringMatching(/needs more than .* bytes are free/),
				});
				expect(hash()).toBe(before);
				expect(filesIn(folder)).not.toContain(`shop/${report.id}`);
			} finally {
				execFileSync('umount', ['-l', folder]);
			}
			await stand.noHelperIsLeft();
		},
	);

	test('a folder that is missing on the host fails with what to do, and is not made', async () => {
		const missing = stand.scope.path('missing');
		const report = await backUpSite(hostSite(missing, stand.folder()), stand.context());
		expect(report).toMatchObject({
			status: 'failed',
			destinations: [{ problems: [{ code: 'destination_missing' }] }],
		});
		const source = await backUpSite(hostSite(stand.folder(), missing), stand.context());
		expect(source.artefacts[0]?.problem).toMatchObject({ code: 'source_missing' });
		expect(filesIn(stand.scope.folder)).not.toContain('missing');
	});

	test('BK-4: a second run waits outside while the first one holds the lock there', async () => {
		const [folder, www] = [stand.folder(), stand.folder()];
		execFileSync('sh', ['-c', 'head -c 60000000 /dev/urandom > "$0/random"', www]);
		const shop = hostSite(folder, www);
		const reports = await Promise.all([backUpSite(shop, stand.context()), backUpSite(shop, stand.context())]);
		expect(reports.map(({ status }) => status).sort()).toEqual(['ok', 'skipped']);
		const skipped = reports.find(({ status }) => status === 'skipped');
		expect(skipped?.message).toMatch(/locked by .* since 2\d{3}-/);
		expect(filesIn(folder).filter((name) => name.includes('lock'))).toEqual([]);
		expect(
			(
				await restoreSite(shop, stand.context(), {
					restorePoint: 'latest',
					to: { 'files-www': stand.folder() },
				})
			).artefacts,
		).toHaveLength(1);
	});
});
