import { padding, tarHeader, type TarEntry } from '../../src/shared';

/** Headers and content of an entry, padded. */
export function entry(
	path: string | Buffer,
	type: TarEntry['type'],
	extra: { link?: string; content?: string; mode?: number } = {},
): Buffer {
	const content = Buffer.from(extra.content ?? '');
	const header = tarHeader({
		path: Buffer.from(path),
		type,
		mode: extra.mode ?? 0o644,
		uid: 0,
		gid: 0,
		sizeBytes: content.length,
		mtimeNs: 0n,
		...(extra.link !== undefined && { linkTarget: Buffer.from(extra.link) }),
	});
	return Buffer.concat([header, content, Buffer.alloc(padding(content.length))]);
}

export const file = (path: string | Buffer, content = 'evil') => entry(path, 'file', { content });

/** Mends the checksum of a header block that was changed. */
export function mended(block: Buffer): Buffer {
	const changed = Buffer.from(block);
	changed.write('        ', 148, 'latin1');
	const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
	changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	return changed;
}

/** Changes the type flag of a header block. */
export function withType(block: Buffer, type: string): Buffer {
	const changed = Buffer.from(block);
	changed.write(type, 156, 'latin1');
	return mended(changed);
}

export type HostileArchive = [name: string, parts: (parent: string) => Buffer[], message: RegExp];

/**
 * Archives that reach beyond the folder they are unpacked into, or hold what cannot be unpacked, without their end;
 * always the last part is the one to refuse. `victim/file` lies beside that folder, in `parent`.
 */
export const hostileArchives: HostileArchive[] = [
	['a path that climbs', () => [file('../../etc/cron.d/x')], /"\.\.\/\.\.\/etc\/cron\.d\/x" climbs out/],
	['a path that climbs in its middle', () => [file('a/../../victim/file')], /climbs out/],
	['an absolute path', (parent) => [file(`${parent}/victim/file`)], /has an absolute path/],
	[
		'a link to the root and a file through it',
		() => [entry('way', 'symlink', { link: '/' }), file('way/tmp/opsdesk-evil')],
		/"way\/tmp\/opsdesk-evil" cannot be made/,
	],
	[
		'a relative link outwards and a file through it',
		() => [entry('way', 'symlink', { link: '../victim' }), file('way/file')],
		/"way\/file" cannot be made/,
	],
	[
		'a chain of links and a hard link through it',
		() => [
			entry('a', 'symlink', { link: '.' }),
			entry('a2', 'symlink', { link: 'a/..' }),
			entry('b', 'hardlink', { link: 'a2/victim/file' }),
		],
		/"b" cannot be made/,
	],
	['a hard link outwards', () => [entry('b', 'hardlink', { link: '../victim/file' })], /"b" climbs out/],
	[
		'a hard link to an absolute path',
		() => [entry('b', 'hardlink', { link: '/etc/passwd' })],
		/"b" has an absolute path/,
	],
	[
		'a hard link to a symbolic link that leads outwards',
		() => [entry('a', 'symlink', { link: '../victim/file' }), entry('b', 'hardlink', { link: 'a' })],
		/the target of a hard link is no file/,
	],
	[
		'a file written over a link that leads outwards',
		() => [entry('a', 'symlink', { link: '../victim/file' }), file('a')],
		/"a" cannot be made/,
	],
	['a name twice', () => [file('a'), file('a')], /"a" cannot be made/],
	['a file and then a folder of one name', () => [file('a'), file('a/b')], /"a\/b" cannot be made/],
	[
		'a device',
		() => [withType(entry('null', 'file'), '3')],
		/"null" is neither a file, a folder nor a link \(type "3"\)/,
	],
	['a FIFO', () => [withType(entry('pipe', 'file'), '6')], /neither a file, a folder nor a link/],
	['an unknown type', () => [withType(entry('odd', 'file'), 'Z')], /neither a file, a folder nor a link/],
	[
		'a NUL in a long name',
		() => [file(Buffer.concat([Buffer.from('a\0b'), Buffer.alloc(200, 'c')]))],
		/holds a NUL byte/,
	],
	['a name of more than 255 bytes', () => [file('n'.repeat(300))], /more than 255 bytes/],
	['an empty name', () => [file('.')], /a file has no name/],
	['no name at all', () => [file('')], /a file has no name/],
	[
		'a hard link that climbs from a folder within',
		() => [file('deep/er/a'), entry('deep/er/b', 'hardlink', { link: '../../../victim/file' })],
		/"deep\/er\/b" climbs out/,
	],
	[
		'a chain of links to the root and a hard link to a file below it',
		() => [
			entry('a', 'symlink', { link: 'b' }),
			entry('b', 'symlink', { link: '/' }),
			entry('c', 'hardlink', { link: 'a/etc/passwd' }),
		],
		/"c" cannot be made/,
	],
	[
		'a folder and then a link of one name',
		() => [entry('a/', 'directory'), entry('a', 'symlink', { link: '../victim' })],
		/"a" cannot be made/,
	],
	['a disk', () => [withType(entry('disk', 'file'), '4')], /neither a file, a folder nor a link/],
	[
		'a setuid program of root in the place of a file outwards',
		() => [entry('../victim/file', 'file', { content: 'evil', mode: 0o4755 })],
		/climbs out/,
	],
];

/** Changes the size field of a header block. */
function withSize(block: Buffer, field: Buffer): Buffer {
	const changed = Buffer.from(block);
	changed.fill(0, 124, 136);
	field.copy(changed, 124);
	return mended(changed);
}

/** Archives that no program makes, because others read them differently; refused as damaged. */
export const malformedArchives: [name: string, parts: () => Buffer[], message: RegExp][] = [
	[
		'a negative size',
		() => [withSize(file('a'), Buffer.from([0xff, ...Array<number>(11).fill(0xff)]))],
		/a number in a header is negative/,
	],
	[
		'a size beyond all',
		() => [withSize(file('a'), Buffer.from([0x80, ...Array<number>(11).fill(0xff)]))],
		/a number in a header is too large/,
	],
	[
		'a size that is no number',
		() => [withSize(file('a'), Buffer.from('7x9'))],
		/a number in a header is malformed/,
	],
	[
		'a negative size in an extended header',
		() => [extendedHeader({ size: '-1' }), file('a')],
		/"size" of an extended header is malformed/,
	],
	[
		'an extended header of 2 MB',
		() => [extendedHeader({ comment: 'x'.repeat(2_000_000) }), file('a')],
		/larger than 1 MiB/,
	],
	[
		'a global extended header',
		() => [withType(extendedHeader({ path: '../victim/file' }), 'g'), file('a')],
		/global extended header/,
	],
	[
		'two headers for a name',
		() => [longName('../victim/file'), extendedHeader({ path: 'a' }), file('a')],
		/may contradict/,
	],
	['a checksum that does not fit', () => [Buffer.from(file('a')).fill('b', 0, 1)], /checksum of a header/],
];

/** An extended header of POSIX format that says what it is told, be it allowed or not. */
export function extendedHeader(records: Record<string, string | Buffer>): Buffer {
	const content = Object.entries(records).map(([key, value]) => {
		const bytes = Buffer.from(value);
		const rest = key.length + bytes.length + 3;
		let length = rest + String(rest).length;
		if (rest + String(length).length !== length) length += 1;
		return Buffer.concat([Buffer.from(`${length} ${key}=`), bytes, Buffer.from('\n')]);
	});
	const all = Buffer.concat(content);
	const header = withType(
		tarHeader({
			path: Buffer.from('PaxHeaders/entry'),
			type: 'file',
			mode: 0o644,
			uid: 0,
			gid: 0,
			sizeBytes: all.length,
			mtimeNs: 0n,
		}),
		'x',
	);
	return Buffer.concat([header, all, Buffer.alloc(padding(all.length))]);
}

/** A header that gives the next entry a long name, or a long link target with type `K`, the way of GNU. */
export function longName(name: string, type: 'L' | 'K' = 'L'): Buffer {
	return withType(entry('././@LongLink', 'file', { content: `${name}\0` }), type);
}
