import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import type { BackupError } from '../../../src/backup/errors';
import { endOfArchive } from '../../../src/shared';
import { guardArchive } from '../../../src/backup/tar/guard';
import { PathTree } from '../../../src/backup/tar/path-tree';
import { collect, inChunks, oddChunkBytes } from '../../support/chunks';
import {
	entry,
	extendedHeader,
	file,
	hostileArchives,
	longName,
	mended,
	withType,
	type HostileArchive,
} from '../../support/hostile-archives';
import { Scope } from '../../support/scope';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('guard');
});
afterAll(() => scope.close());

async function guard(
	archive: Buffer,
	chunkBytes: number,
): Promise<{ passed: Buffer; error: BackupError | undefined }> {
	const { pieces, error } = await collect(guardArchive(inChunks(archive, chunkBytes)));
	return { passed: Buffer.concat(pieces), error };
}

const link = (path: string, target: string) => entry(path, 'symlink', { link: target });
const hardLink = (path: string, target: string) => entry(path, 'hardlink', { link: target });
const folder = (path: string) => entry(path, 'directory');

/** What only matters where others unpack. */
const furtherHostile: HostileArchive[] = [
	[
		'a file deep below a link',
		() => [folder('a/'), link('a/b', '/'), file('a/b/c/d')],
		/"a\/b\/c\/d" cannot be made: the way goes through "b", which is a symbolic link/,
	],
	[
		'a folder below a link that is written with dots and slashes',
		() => [link('./way', '..'), folder('.//way/./x/')],
		/the way goes through "way", which is a symbolic link/,
	],
	['a folder in the place of a link', () => [link('a', '/'), folder('a/')], /before as a symbolic link/],
	['a link in the place of a folder', () => [folder('a/'), link('a', '/')], /before as a folder/],
	[
		'a link in the place of a folder that has no entry of its own',
		() => [file('a/b'), link('a', '/')],
		/"a" cannot be made: the archive holds it a second time, before as a folder/,
	],
	['a link in the place of a file', () => [file('a'), link('a', '/')], /before as a file/],
	['a hard link in the place of a file', () => [file('a'), file('b'), hardLink('a', 'b')], /a second time/],
	[
		'a hard link to what is not there',
		() => [hardLink('b', 'a')],
		/target of a hard link does not come before/,
	],
	[
		'a hard link to what comes later',
		() => [file('c'), hardLink('b', 'a')],
		/"b" cannot be made: the target of a hard link does not come before it/,
	],
	['a hard link to a folder', () => [folder('a/'), hardLink('b', 'a')], /target of a hard link is no file/],
	['a hard link to the root', () => [hardLink('b', './')], /target of a hard link is no file/],
	[
		'a hard link that lies below a link',
		() => [file('f'), link('way', '/'), hardLink('way/b', 'f')],
		/"way\/b" cannot be made: the way goes through "way"/,
	],
	[
		'a hard link to something below a file',
		() => [file('f'), hardLink('b', 'f/x')],
		/the way goes through "f", which is a file/,
	],
	['a link without a name', () => [link('./', '/')], /an entry has no name/],
	['a file with the name of a folder', () => [withType(file('a/'), '\0')], /with the name of a folder/],
	[
		'a NUL in the target of a link',
		() => [Buffer.concat([extendedHeader({ linkpath: 'a\0b' }), link('way', 'x')])],
		/"way" holds a NUL byte/,
	],
	[
		'a path that climbs in the long name of GNU',
		() => [Buffer.concat([longName(`${'d/'.repeat(100)}${'../'.repeat(101)}x`), file('x')])],
		/climbs out/,
	],
	[
		'a path that climbs in front of an empty long one',
		() => [Buffer.concat([extendedHeader({ path: '' }), file('../x')])],
		/climbs out/,
	],
];

test.each([...hostileArchives, ...furtherHostile])(
	'BK-24: %s is refused before the first byte of it is passed on',
	async (_name, makeParts, message) => {
		const parts = makeParts(scope.path('parent'));
		const archive = Buffer.concat([...parts, endOfArchive]);
		const before = Buffer.concat(parts.slice(0, -1));
		for (const chunkBytes of oddChunkBytes) {
			const { passed, error } = await guard(archive, chunkBytes);
			expect(error?.code).toBe('archive_hostile');
			expect(error?.message).toMatch(message);
			expect(passed.length).toBeLessThanOrEqual(before.length);
			expect(passed.equals(before.subarray(0, passed.length))).toBe(true);
		}
	},
);

/** Programs read these differently, so what is harmless to this one may climb in another. */
const ambiguous: [name: string, archive: () => Buffer, message: RegExp][] = [
	[
		'two extended headers',
		() => Buffer.concat([extendedHeader({ path: 'a' }), extendedHeader({ path: '../b' }), file('x')]),
		/two extended headers that may contradict/,
	],
	[
		'extended headers of POSIX and GNU',
		() => Buffer.concat([longName('../b'), extendedHeader({ path: 'a' }), file('x')]),
		/two extended headers that may contradict/,
	],
	[
		'a sparse file with a name of its own',
		() => Buffer.concat([extendedHeader({ 'GNU.sparse.name': '../x' }), file('x')]),
		/stored sparse/,
	],
	[
		'a global extended header',
		() => withType(extendedHeader({ path: '../x' }), 'g'),
		/global extended header/,
	],
	[
		'the prefix of POSIX in a header of GNU',
		() => {
			const changed = Buffer.from(file('x'));
			changed.write('ustar  \0', 257, 'latin1');
			changed.write('..', 345, 'latin1');
			return mended(changed);
		},
		/neither of POSIX nor of plain GNU format/,
	],
	[
		'a prefix in a header without version',
		() => {
			const changed = Buffer.from(file('x'));
			changed.write('\0\0', 263, 'latin1');
			changed.write('..', 345, 'latin1');
			return mended(changed);
		},
		/neither of POSIX nor of plain GNU format/,
	],
	[
		'a header in the format of star',
		() => {
			const changed = Buffer.from(file('x'));
			changed.write('tar\0', 508, 'latin1');
			return mended(changed);
		},
		/neither of POSIX nor of plain GNU format/,
	],
	['an extended header without an entry', () => extendedHeader({ path: '../x' }), /belongs to no entry/],
	[
		'extended headers without end',
		() => Buffer.concat([extendedHeader({ comment: 'x'.repeat(1024 * 1024) }), file('x')]),
		/larger than 1 MiB/,
	],
];

test.each(ambiguous)(
	'BK-24: %s is refused, and nothing of the entry is passed on',
	async (_name, make, message) => {
		const good = file('good');
		for (const chunkBytes of oddChunkBytes) {
			const { passed, error } = await guard(Buffer.concat([good, make(), endOfArchive]), chunkBytes);
			expect(error?.code).toBe('archive_damaged');
			expect(error?.message).toMatch(message);
			expect(good.subarray(0, passed.length).equals(passed)).toBe(true);
		}
	},
);

test('BK-24: another archive behind the end of the first one is refused before the end is passed on', async () => {
	const first = file('a');
	const archive = Buffer.concat([first, endOfArchive, Buffer.alloc(70_000 - (70_000 % 512)), file('../b')]);
	for (const chunkBytes of oddChunkBytes) {
		const { passed, error } = await guard(archive, chunkBytes);
		expect(error?.message).toContain('data follows its end');
		expect(passed.length).toBeLessThanOrEqual(first.length);
	}
	const { error } = await guard(Buffer.concat([first, endOfArchive, Buffer.from('junk')]), 100);
	expect(error?.message).toContain('data follows its end');
});

test('BK-6: an archive cut anywhere ends with an error and never with the blocks that end an archive', async () => {
	const content = Buffer.concat([
		folder('./'),
		file('./a', 'one'),
		link('./l', '/'),
		file('./b', 'x'.repeat(700)),
	]);
	const archive = Buffer.concat([content, endOfArchive]);
	for (let border = 0; border < archive.length; border += 512) {
		for (const length of [border, border + 1]) {
			for (const chunkBytes of [100, 512, 65_536]) {
				const { passed, error } = await guard(archive.subarray(0, length), chunkBytes);
				expect(error?.code).toBe('archive_cut');
				expect(passed.length).toBeLessThanOrEqual(content.length);
			}
		}
	}
	expect((await guard(archive, 512)).error).toBeUndefined();
});

test('BK-10, BK-11: links anywhere, odd names and hard links of a real tree pass unchanged, in any chunks', async () => {
	const root = scope.path('tree');
	mkdirSync(`${root}/sub/${'d'.repeat(200)}/${'e'.repeat(200)}`, { recursive: true });
	writeFileSync(`${root}/sub/${'d'.repeat(200)}/${'e'.repeat(200)}/deep`, 'deep');
	writeFileSync(`${root}/${'n'.repeat(255)}`, 'long');
	writeFileSync(`${root}/new\nline`, 'newline');
	writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x20, 0xfe])]), 'bytes');
	writeFileSync(`${root}/large`, Buffer.alloc(200_000, 'pattern'));
	symlinkSync('/', `${root}/sub/root`);
	symlinkSync('b', `${root}/a-loop`);
	symlinkSync('../../outwards', `${root}/out`);
	execFileSync('ln', [`${root}/large`, `${root}/sub/again`]);
	for (const format of ['gnu', 'pax', 'ustar']) {
		const list = format === 'ustar' ? ['./sub/root', './large', './sub/again', './out'] : ['.'];
		const archive = execFileSync('tar', ['-C', root, `--format=${format}`, '-cf', '-', ...list], {
			maxBuffer: 1e8,
		});
		for (const chunkBytes of oddChunkBytes) {
			const { passed, error } = await guard(archive, chunkBytes);
			expect(error).toBeUndefined();
			expect(passed.equals(archive)).toBe(true);
		}
	}
});

test('BK-11: a path of more than 4096 bytes passes', async () => {
	const archive = Buffer.concat([file(`${'d'.repeat(200)}/`.repeat(25) + 'x'), endOfArchive]);
	expect((await guard(archive, 512)).passed.equals(archive)).toBe(true);
});

test('a folder may come twice and after what is in it', async () => {
	const archive = Buffer.concat([file('a/b'), folder('a/'), folder('./a'), file('a/c'), endOfArchive]);
	expect(await guard(archive, 512)).toEqual({ passed: archive, error: undefined });
});

test('BK-24: among a hundred thousand names the one that comes twice is found, and no other is taken for it', async () => {
	const header = file('f/0000000', '');
	const numbered = (index: number): Buffer => {
		const copy = Buffer.from(header);
		copy.write(String(index).padStart(7, '0'), 2, 'latin1');
		return mended(copy);
	};
	const names = Buffer.concat(Array.from({ length: 100_000 }, (_, index) => numbered(index)));
	expect((await guard(Buffer.concat([names, endOfArchive]), 65_536)).error).toBeUndefined();
	const { error } = await guard(Buffer.concat([names, numbered(54_321), endOfArchive]), 65_536);
	expect(error?.message).toMatch(/"f\/0054321" cannot be made: the archive holds it a second time/);
});

test('BK-24: an archive with more paths than memory should hold is refused', async () => {
	const size = jest.spyOn(PathTree.prototype, 'size', 'get').mockReturnValue(10_000_001);
	try {
		const { passed, error } = await guard(Buffer.concat([file('a'), endOfArchive]), 512);
		expect(error?.message).toBe('The archive is refused: it holds more than 10000000 paths.');
		expect(passed).toHaveLength(0);
	} finally {
		size.mockRestore();
	}
});
