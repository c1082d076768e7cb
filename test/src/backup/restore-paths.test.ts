import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';

import { backUpSite, restoreSite, type BackupProgress, type RestoreOptions } from '../../../src/backup';
import { PathMerge } from '../../../src/backup/restore/path-merge';
import { describeTree, errorOf, listTree, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore-paths');
let id: string;

const restore = (paths: string[], options: Partial<RestoreOptions> = {}, progress?: () => void) =>
	restoreSite(
		stand.site,
		{
			progress: ({ step }: BackupProgress) => (step === 'restore' ? progress?.() : undefined),
		},
		{ restorePoint: id, paths: { 'files-www': paths }, ...options },
	);

const kept = (): string => `${stand.www}.before-${id}`;

beforeEach(async () => {
	mkdirSync(`${stand.www}/a/b`, { recursive: true });
	writeFileSync(`${stand.www}/a/b/one`, 'saved one');
	writeFileSync(`${stand.www}/a/b/two`, 'saved two');
	writeFileSync(`${stand.www}/a/other`, 'saved other');
	linkSync(`${stand.www}/a/b/one`, `${stand.www}/z-link`);
	symlinkSync('b/one', `${stand.www}/a/soft`);
	execFileSync('chown', ['1234:4321', `${stand.www}/a`]);
	chmodSync(`${stand.www}/a/b`, 0o2750);
	for (const path of ['a/b', 'a', '']) utimesSync(`${stand.www}/${path}`, 1_000_000, 1_000_000);
	({ id } = await backUpSite(stand.site, {}));
});

test('BK-29: one file is restored to its place, everything else stays, and what was there is kept at its path beside', async () => {
	const saved = describeTree(stand.www);
	writeFileSync(`${stand.www}/a/b/two`, 'live two');
	writeFileSync(`${stand.www}/index.html`, 'live');
	writeFileSync(`${stand.www}/new`, 'new');
	utimesSync(stand.www, 1_000_000, 1_000_000);
	const error = await errorOf(restore(['a/b/two']));
	expect(error).toMatchObject({
		code: 'target_not_empty',
		message: `The directory ${stand.www} holds "a/b/two" already.`,
	});
	const report = await restore(['a/b/two'], { overwrite: true });
	expect(report.artefacts[0]).toMatchObject({ previous: kept(), paths: ['a/b/two'] });
	expect(readFileSync(`${kept()}/a/b/two`, 'utf8')).toBe('live two');
	expect(listTree(kept())).toEqual(['a/', 'a/b/', 'a/b/two']);
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('live');
	writeFileSync(`${stand.www}/index.html`, '<h1>shop</h1>');
	rmSync(`${stand.www}/new`);
	utimesSync(stand.www, 1_000_000, 1_000_000);
	const without = (tree: string) => tree.replace(/^index\.html .*\n/m, '');
	expect(without(describeTree(stand.www))).toBe(without(saved));
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${id}`]);
});

test('BK-29: a folder whose folders are gone comes back with their owners, modes and times, without what was not asked for', async () => {
	const saved = describeTree(`${stand.www}/a/b`);
	const { uid, mode, mtimeMs } = statSync(`${stand.www}/a`);
	rmSync(`${stand.www}/a`, { recursive: true });
	const report = await restore(['./a/b/', 'a/b/two']);
	expect(report.artefacts[0]).not.toHaveProperty('previous');
	expect(report.artefacts[0]?.paths).toEqual(['a/b']);
	expect(listTree(stand.www)).toEqual(['a/', 'a/b/', 'a/b/one', 'a/b/two', 'index.html', 'z-link']);
	expect(statSync(`${stand.www}/a`)).toMatchObject({ uid, mode, mtimeMs });
	// The other name of the file is not asked for and stays the file it is.
	expect(describeTree(`${stand.www}/a/b`)).toBe(saved.replaceAll(' 2  ', ' 1  '));
	expect(readdirSync(stand.parent)).toEqual(['www']);
});

test('BK-29: a hard link comes with its content though its file was not asked for, also into a new folder', async () => {
	const elsewhere = `${stand.scope.emptyFolder()}/elsewhere`;
	const before = describeTree(stand.www);
	await restore(['z-link', 'a/soft'], { to: { 'files-www': elsewhere } });
	expect(listTree(elsewhere)).toEqual(['a/', 'a/soft', 'z-link']);
	expect(readFileSync(`${elsewhere}/z-link`, 'utf8')).toBe('saved one');
	expect(statSync(`${elsewhere}/a`)).toMatchObject({ uid: 1234, mtimeMs: 1_000_000_000 });
	expect(describeTree(stand.www)).toBe(before);
});

test('several paths replace files by folders and folders by files, and an earlier kept copy stays', async () => {
	rmSync(`${stand.www}/a/b`, { recursive: true });
	writeFileSync(`${stand.www}/a/b`, 'a file now');
	rmSync(`${stand.www}/index.html`);
	mkdirSync(`${stand.www}/index.html`);
	await restore(['a/b', 'index.html'], { overwrite: true });
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(readFileSync(`${stand.www}/a/b/two`, 'utf8')).toBe('saved two');
	expect(readFileSync(`${kept()}/a/b`, 'utf8')).toBe('a file now');
	const second = await restore(['a/b'], { overwrite: true });
	expect(second.artefacts[0]?.previous).toBe(`${kept()}-2`);
	expect(listTree(kept())).toEqual(['a/', 'a/b', 'index.html/']);
});

test.each<[string, RegExp]>([
	['a/B', /files-www holds no "a\/B"/],
	['/a/b', /"\/a\/b" is no path in files-www/],
	['a/../b', /"a\/..\/b" is no path/],
	['./', /is the whole of files-www/],
	['a\0b', /is no path/],
])('the path %j is refused before anything is written', async (path, message) => {
	const before = describeTree(stand.parent);
	const error = await errorOf(restore(['index.html', path], { overwrite: true }));
	expect(error).toMatchObject({ code: 'path_unknown', message: expect.stringMatching(message) });
	expect(describeTree(stand.parent)).toBe(before);
});

test('paths of an artefact that is not to be restored are refused', async () => {
	expect(await errorOf(restore(['a'], { paths: { 'files-ww': ['a'] } }))).toMatchObject({
		code: 'artefact_unknown',
		remedy: 'It holds: files-www.',
	});
});

test('BK-25: a link on the way to a path in the target is refused and not followed, whenever it came to be', async () => {
	const victim = stand.scope.emptyFolder();
	mkdirSync(`${victim}/b`);
	writeFileSync(`${victim}/b/two`, 'untouched');
	const before = describeTree(victim);
	const plant = (): void => {
		if (existsSync(`${stand.parent}/a`)) return;
		renameSync(`${stand.www}/a`, `${stand.parent}/a`);
		symlinkSync(victim, `${stand.www}/a`);
	};
	// First while it is restored, then before.
	for (const progress of [plant, undefined]) {
		const error = await errorOf(restore(['a/b/two'], { overwrite: true }, progress));
		expect(error).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining('goes through "a", which is a link'),
		});
		expect(describeTree(victim)).toBe(before);
		expect(readdirSync(stand.parent).sort()).toEqual(['a', 'www']);
	}
});

test('BK-25: a folder that is swapped for a link between the changes leads nowhere', async () => {
	const victim = stand.scope.emptyFolder();
	mkdirSync(`${victim}/b`);
	const run = Object.getOwnPropertyDescriptor(PathMerge.prototype, 'keep')?.value as () => void;
	const spy = jest
		.spyOn(PathMerge.prototype as unknown as { keep: (...given: unknown[]) => void }, 'keep')
		.mockImplementation(function (this: PathMerge, ...given) {
			renameSync(`${stand.www}/a`, `${stand.parent}/away`);
			symlinkSync(victim, `${stand.www}/a`);
			run.apply(this, given as []);
		});
	await restore(['a/b/two'], { overwrite: true });
	spy.mockRestore();
	// It went where the folder is by now.
	expect(readFileSync(`${stand.parent}/away/b/two`, 'utf8')).toBe('saved two');
	expect(listTree(victim)).toEqual(['b/']);
});

test('BK-26: when a later path cannot take its place, those before it are taken back', async () => {
	writeFileSync(`${stand.www}/index.html`, 'live');
	const before = describeTree(stand.www);
	// What is a mount point cannot be renamed.
	const error = await errorOf(
		restore(['index.html', 'a/b', 'a/other'], { overwrite: true }, () => {
			execFileSync('mount', ['--bind', `${stand.www}/a/other`, `${stand.www}/a/other`]);
		}),
	);
	execFileSync('umount', [`${stand.www}/a/other`]);
	expect(error).toMatchObject({ message: expect.stringContaining('EBUSY') });
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent)).toEqual(['www']);
});
