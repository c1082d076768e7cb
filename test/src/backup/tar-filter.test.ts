import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';

import { readDirectory } from '../../../src/backup/directory/read-directory';
import { BackupError } from '../../../src/backup/errors';
import { TarChecker } from '../../../src/backup/tar/check';
import { filterArchive, type ArchiveFilterOptions } from '../../../src/backup/tar/filter';
import { guardArchive } from '../../../src/backup/tar/guard';
import { endOfArchive } from '../../../src/shared';
import { compilePatterns, type PatternLists } from '../../../src/shared';
import { describeArchive, fillLikeSite, systemArchive } from '../../support/archives';
import { collect, inChunks, oddChunkBytes } from '../../support/chunks';
import { entry, file, withType } from '../../support/hostile-archives';
import { Scope } from '../../support/scope';

let scope: Scope;
let trees = 0;

beforeAll(async () => {
	scope = await Scope.open('filter');
});
afterAll(() => scope.close());

function tree(): string {
	trees += 1;
	const root = scope.path(`tree-${trees}`);
	mkdirSync(root);
	return root;
}

function siteTree(): string {
	const root = tree();
	fillLikeSite(root);
	return root;
}

async function filter(archive: Buffer, wanted: ArchiveFilterOptions['wanted'], chunkBytes = 65_536) {
	const notices: string[] = [];
	const notice = (path: string, message: string) => notices.push(`${path}: ${message}`);
	let released = 0;
	// What comes back is spoilt, as its next use would do it.
	const release = (chunk: Buffer): void => {
		released += chunk.length;
		chunk.fill(0xaa);
	};
	const filtered = filterArchive(inChunks(Buffer.from(archive), chunkBytes), { wanted, notice, release });
	const { pieces, error } = await collect(filtered.blocks);
	if (error === undefined) expect(released).toBe(archive.length);
	return { passed: Buffer.concat(pieces), pieces, error, notices, totals: filtered.totals };
}

const everything = () => true;
const without =
	(...paths: string[]) =>
	(path: string) =>
		!paths.includes(path);
const hardLink = (path: string, target: string) => entry(path, 'hardlink', { link: target });
const folder = (path: string) => entry(path, 'directory');

const patterns: PatternLists[] = [
	{},
	{ exclude: ['cache'] },
	{ exclude: ['cache/'] },
	{ exclude: ['*.log', '/www/media'] },
	{ include: ['/www'] },
	{ include: ['www/**/page.html', '*.bin'], exclude: ['node_modules/'] },
	{ include: ['/logs/pipe'] },
	{ exclude: ['*'] },
];

test.each(['gnu', 'pax'])(
	'BK-10, BK-11: patterns leave in an archive what they leave in a directory that is read here (%s)',
	async (format) => {
		const root = siteTree();
		const archive = systemArchive(root, `--format=${format}`);
		for (const lists of patterns) {
			const { include = [], exclude = [] } = lists;
			const read = readDirectory({
				root,
				blockBytes: 64 * 1024,
				oneFileSystem: true,
				include: [...include],
				exclude: [...exclude],
			});
			const blocks: Buffer[] = [];
			for await (const block of read.blocks) {
				blocks.push(Buffer.from(block));
				read.release(block);
			}

			const filtered = await filter(archive, compilePatterns(lists));

			expect(filtered.error).toBeUndefined();
			expect(describeArchive(filtered.passed)).toEqual(describeArchive(Buffer.concat(blocks)));
			expect(filtered.totals).toEqual({
				entries: read.totals.entries,
				contentBytes: read.totals.contentBytes,
			});
			const told = read.notices.filter(({ kind }) => kind === 'special');
			expect(filtered.notices).toEqual(told.map(({ path, message }) => `${path}: ${message}`));
		}
	},
);

test('where nothing is left out every chunk comes out as it came, without a copy', async () => {
	const root = tree();
	for (let index = 0; index < 300; index += 1) writeFileSync(`${root}/${index}`, Buffer.alloc(index * 9));
	// Like an engine's, without zeros behind the end.
	const archive = systemArchive(root, '-b1');
	const chunks: Buffer[] = [];
	for await (const chunk of inChunks(archive, 5000)) chunks.push(chunk);
	const { blocks, totals } = filterArchive(inChunks(archive, 5000), { wanted: everything, notice: () => {} });
	const pieces: Buffer[] = [];
	for await (const piece of blocks) pieces.push(piece);
	expect(pieces.map(({ byteOffset, length }) => [byteOffset, length])).toEqual(
		chunks.map(({ byteOffset, length }) => [byteOffset, length]),
	);
	expect(pieces.every(({ buffer }) => buffer === archive.buffer)).toBe(true);
	expect(totals).toEqual({ entries: 301, contentBytes: (9 * 299 * 300) / 2 });
});

test('where much is left out the pieces are not smaller than they came', async () => {
	const parts = Array.from({ length: 500 }, (_, index) => file(`./${index}`, 'x'.repeat(index * 3)));
	const archive = Buffer.concat([...parts, endOfArchive]);
	const { pieces } = await filter(archive, (path) => Number(path) % 7 === 0, 8192);
	expect(pieces.length).toBeGreaterThan(3);
	expect(pieces.slice(0, -1).every(({ length }) => length >= 8192)).toBe(true);
});

test('the bytes that pass do not depend on the chunks they come in', async () => {
	const archive = systemArchive(siteTree(), '--format=pax');
	const wanted = compilePatterns({ exclude: ['cache', '*.log', 'media/'] });
	const whole = await filter(archive, wanted, archive.length);
	expect(whole.passed.length).toBeLessThan(archive.length);
	for (const chunkBytes of oddChunkBytes) {
		const { passed, totals, notices } = await filter(archive, wanted, chunkBytes);
		expect(passed.equals(whole.passed)).toBe(true);
		expect({ totals, notices }).toEqual({ totals: whole.totals, notices: whole.notices });
	}
});

test('BK-11: names are asked for without "./" and slash, and their headers pass byte for byte', async () => {
	const long = `${'d'.repeat(200)}/`.repeat(25);
	const odd = [
		file('./new\nline'),
		file(Buffer.from([0x2e, 0x2f, 0x62, 0xff])),
		file(`./${'n'.repeat(255)}`),
		file(`./${long}x`),
		file('./.hidden'),
		file('./..twice'),
	];
	const archive = Buffer.concat([folder('./'), ...odd, folder(`./${long}`), endOfArchive]);
	const asked: [string, boolean][] = [];
	const wanted = (path: string, isDirectory: boolean) => {
		asked.push([path, isDirectory]);
		return path !== '.hidden';
	};
	const { passed } = await filter(archive, wanted, 512);
	expect(asked).toEqual([
		['new\nline', false],
		['b\ufffd', false],
		['n'.repeat(255), false],
		[`${long}x`, false],
		['.hidden', false],
		['..twice', false],
		[long.slice(0, -1), true],
	]);
	const kept = odd.filter((_, index) => index !== 4);
	expect(passed.equals(Buffer.concat([folder('./'), ...kept, folder(`./${long}`), endOfArchive]))).toBe(true);
});

test('a folder that is left out takes what is below it along without asking', async () => {
	const archive = Buffer.concat([
		folder('./'),
		folder('./a/'),
		file('./a/x'),
		folder('./a/b/'),
		file('./a/b/y'),
		file('./ab'),
		endOfArchive,
	]);
	const asked: string[] = [];
	const { passed, totals } = await filter(archive, (path) => {
		asked.push(path);
		return path !== 'a';
	});
	expect(asked).toEqual(['a', 'ab']);
	expect(passed.equals(Buffer.concat([folder('./'), file('./ab'), endOfArchive]))).toBe(true);
	expect(totals).toEqual({ entries: 2, contentBytes: 4 });
});

test('devices and FIFOs are left out with a notice, where they are wanted', async () => {
	const root = tree();
	const script = 'mkfifo pipe unwanted; mknod null c 1 3; mknod loop b 7 0; echo x > file';
	execFileSync('sh', ['-ec', script], { cwd: root });
	const { passed, notices, totals } = await filter(systemArchive(root), without('unwanted'));
	expect(notices).toEqual([
		'loop: a device is not backed up',
		'null: a device is not backed up',
		'pipe: a FIFO is not backed up',
	]);
	expect(describeArchive(passed).map((line) => line.split('|')[0])).toEqual(['file', '']);
	expect(totals).toEqual({ entries: 2, contentBytes: 2 });
});

test('a hard link whose content lies in a folder that is left out is left out with a notice, and so are links to it', async () => {
	const archive = Buffer.concat([
		folder('./'),
		folder('./cache/'),
		file('./cache/a'),
		hardLink('./cache/a2', './cache/a'),
		file('./kept'),
		hardLink('./kept2', './kept'),
		hardLink('./lost', './cache/a'),
		hardLink('./lost2', './lost'),
		hardLink('./unwanted', './kept'),
		file('./gone'),
		hardLink('./lost3', 'gone'),
		withType(file('./pipe', ''), '6'),
		hardLink('./pipe2', 'pipe'),
		endOfArchive,
	]);
	const { passed, notices } = await filter(archive, without('cache', 'unwanted', 'gone'));
	expect(notices).toEqual([
		'lost: is a hard link to "cache/a", which is left out: its content is not in the backup',
		'lost2: is a hard link to "lost", which is left out: its content is not in the backup',
		'lost3: is a hard link to "gone", which is left out: its content is not in the backup',
		'pipe: a FIFO is not backed up',
		'pipe2: is a hard link to "pipe", which is left out: its content is not in the backup',
	]);
	const kept = [folder('./'), file('./kept'), hardLink('./kept2', './kept')];
	expect(passed.equals(Buffer.concat([...kept, endOfArchive]))).toBe(true);
});

test('a second name of a symbolic link, which a restore refuses, is left out with a notice', async () => {
	const root = tree();
	symlinkSync('/nowhere', `${root}/a`);
	execFileSync('sh', ['-ec', 'ln -P a b; ln -P a c'], { cwd: root });
	const archive = systemArchive(root);
	const { passed, notices } = await filter(archive, everything);
	expect(notices).toEqual([
		'b: is another name of the symbolic link "a" and is not backed up',
		'c: is another name of the symbolic link "a" and is not backed up',
	]);
	expect((await collect(guardArchive(inChunks(passed, 512)))).error).toBeUndefined();
	expect(await collect(guardArchive(inChunks(archive, 512)))).toMatchObject({
		error: { code: 'archive_hostile' },
	});
});

test('what passes is unpacked by the tar program', async () => {
	const root = siteTree();
	const wanted = compilePatterns({ exclude: ['cache', '*.log'] });
	const { passed } = await filter(systemArchive(root, '--format=pax'), wanted);
	const target = tree();
	execFileSync('tar', ['-C', target, '-xpf', '-'], { input: passed, stdio: ['pipe', 'pipe', 'ignore'] });
	expect(describeArchive(systemArchive(target))).toEqual(describeArchive(passed));
	expect(readFileSync(`${target}/logs/page.html`, 'utf8')).toBe('page of logs');
	expect(readdirSync(`${target}/www`)).toEqual(['media']);
});

test('BK-6: an archive cut anywhere ends with an error and never looks whole, with or without a filter', async () => {
	const archive = Buffer.concat([
		folder('./'),
		file('./a', 'one'),
		file(`./${'n'.repeat(200)}`, 'two'),
		file('./last', 'x'.repeat(700)),
		endOfArchive,
	]);
	for (let border = 0; border < archive.length; border += 512) {
		for (const length of [border, border + 1]) {
			for (const wanted of [everything, without('last'), without('a')]) {
				for (const chunkBytes of [100, 512, 65_536]) {
					const { passed, error } = await filter(archive.subarray(0, length), wanted, chunkBytes);
					expect(error?.code).toBe('archive_cut');
					const checker = new TarChecker();
					checker.push(passed);
					expect(() => checker.end()).toThrow(BackupError);
					expect(passed.length).toBeLessThanOrEqual(archive.length - endOfArchive.length);
				}
			}
		}
	}
	expect((await filter(archive, without('last'), 512)).error).toBeUndefined();
});

test('a flipped bit in any header ends with an error before the entry passes', async () => {
	const good = file('./good');
	const bad = file('./bad');
	bad[3] = (bad[3] ?? 0) ^ 1;
	const { passed, error } = await filter(Buffer.concat([good, bad, endOfArchive]), everything, 100);
	expect(error?.code).toBe('archive_damaged');
	expect(passed.length).toBeLessThanOrEqual(good.length);
});
