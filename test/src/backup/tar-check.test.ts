import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import { BackupError } from '../../../src/backup/errors';
import { TarChecker, type CheckedArchive } from '../../../src/backup/tar/check';
import { endOfArchive, padding, tarHeader } from '../../../src/shared';
import type { ParsedEntry } from '../../../src/shared';
import { Scope } from '../../support/scope';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('tar');
});
afterAll(() => scope.close());

function check(
	archive: Buffer,
	chunkBytes = archive.length,
): { result: CheckedArchive; entries: ParsedEntry[] } {
	const entries: ParsedEntry[] = [];
	const checker = new TarChecker({ entry: (entry) => entries.push(entry) });
	for (let at = 0; at < archive.length; at += chunkBytes) checker.push(archive.subarray(at, at + chunkBytes));
	return { result: checker.end(), entries };
}

function failureOf(archive: Buffer): BackupError {
	try {
		check(archive);
	} catch (thrown) {
		if (thrown instanceof BackupError) return thrown;
		throw thrown;
	}
	throw new Error('The archive was accepted.');
}

const file = (path: string, content: string): Buffer => {
	const bytes = Buffer.from(content);
	const header = tarHeader({
		path: Buffer.from(path),
		type: 'file',
		mode: 0o644,
		uid: 0,
		gid: 0,
		sizeBytes: bytes.length,
		mtimeNs: 5n,
	});
	return Buffer.concat([header, bytes, Buffer.alloc(padding(bytes.length))]);
};

/** What the tar program makes of a tree with long names, links and a large file. */
function systemArchive(...flags: string[]): Buffer {
	const root = scope.path(`tree-${flags.join('')}`);
	mkdirSync(`${root}/${'d'.repeat(120)}/${'e'.repeat(120)}`, { recursive: true });
	writeFileSync(`${root}/${'d'.repeat(120)}/${'e'.repeat(120)}/deep`, 'deep');
	writeFileSync(`${root}/large`, Buffer.alloc(300_000, 7));
	writeFileSync(`${root}/empty`, '');
	symlinkSync('t'.repeat(150), `${root}/link`);
	execFileSync('ln', [`${root}/large`, `${root}/again`]);
	return execFileSync('tar', ['-C', root, ...flags, '-cf', '-', '.'], { maxBuffer: 1e8 });
}

test.each(['gnu', 'pax', 'ustar-free'])(
	'a whole archive of the tar program is accepted, wherever it is cut into chunks (%s)',
	(format) => {
		const archive = systemArchive(...(format === 'ustar-free' ? [] : [`--format=${format}`]));
		const whole = check(archive);
		expect(whole.result).toEqual({ entries: 8, contentBytes: 300_004 });
		const paths = whole.entries.map(({ path }) => path.toString());
		expect(paths).toContain(`./${'d'.repeat(120)}/${'e'.repeat(120)}/deep`);
		expect(whole.entries.find(({ type }) => type === '2')?.linkTarget.toString()).toBe('t'.repeat(150));
		for (const chunkBytes of [1, 511, 512, 513, 65_536])
			expect(check(archive, chunkBytes).result).toEqual(whole.result);
	},
);

test('BK-6 an archive cut anywhere is refused, also at the border of an entry, where tar programs accept it', () => {
	const archive = Buffer.concat([file('a', 'one'), file('b', 'x'.repeat(700)), endOfArchive]);
	expect(check(archive).result).toEqual({ entries: 2, contentBytes: 703 });
	const border = file('a', 'one').length;
	execFileSync('tar', ['-tf', '-'], { input: archive.subarray(0, border) });
	for (let length = 0; length < archive.length; length += 1) {
		expect(failureOf(archive.subarray(0, length)).code).toBe('archive_cut');
	}
	expect(failureOf(archive.subarray(0, border)).message).toBe(
		'The archive ends in the middle, in or after "a".',
	);
});

test('a flipped bit in a header, data after a single zero block and malformed numbers are told as damage', () => {
	const good = file('a', 'one');
	const flipped = Buffer.from(good);
	flipped[3] = (flipped[3] ?? 0) ^ 1;
	expect(failureOf(Buffer.concat([flipped, endOfArchive])).message).toContain(
		'the checksum of a header does not fit',
	);
	const early = Buffer.concat([good, Buffer.alloc(512), good, endOfArchive]);
	expect(failureOf(early).message).toContain('data follows a single zero block, after "a"');
});

test('an extended header that claims more than a mebibyte is refused before it is read', () => {
	const bomb = Buffer.from(file('x', 'y').subarray(0, 512));
	bomb.write('x', 156, 'latin1');
	bomb.write('77777777777\0', 124, 'latin1');
	bomb.write('        ', 148, 'latin1');
	const sum = bomb.reduce((total, byte) => total + byte, 0);
	bomb.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	expect(failureOf(bomb).message).toContain('larger than 1 MiB');
});

test('headers written here are read back the same, by this code and by the tar program', () => {
	const odd = [
		{ path: Buffer.from('ä'.repeat(100)), mtimeNs: -1_500_000_000n, uid: 4_294_967_294 },
		{ path: Buffer.from([0x62, 0xff, 0xfe]), mtimeNs: 1_700_000_000_123_456_789n, uid: 1000 },
		{ path: Buffer.from('new\nline\ttab'), mtimeNs: 0n, uid: 0 },
		{ path: Buffer.from('p'.repeat(3000)), mtimeNs: 7n, uid: 0 },
	];
	const headers = odd.map((entry) =>
		tarHeader({ ...entry, type: 'file', mode: 0o4755, gid: 3_000_000_000, sizeBytes: 0 }),
	);
	const { entries } = check(Buffer.concat([...headers, endOfArchive]));
	expect(entries.map(({ path, uid, gid, mode }) => ({ path, uid, gid, mode }))).toEqual(
		odd.map(({ path, uid }) => ({ path, uid, gid: 3_000_000_000, mode: 0o4755 })),
	);
	const archive = Buffer.concat([...headers.slice(0, 3), endOfArchive]);
	const target = scope.path('extracted');
	mkdirSync(target);
	execFileSync('tar', ['-C', target, '-xpf', '-', '--numeric-owner'], {
		input: archive,
		stdio: ['pipe', 'pipe', 'ignore'],
	});
	const extracted = odd
		.slice(0, 3)
		.map(({ path }) => lstatSync(Buffer.concat([Buffer.from(`${target}/`), path]), { bigint: true }));
	expect(
		extracted.map(({ mtimeNs, uid, gid, mode }) => ({ mtimeNs, uid, gid, mode: mode & 0o7777n })),
	).toEqual(
		odd
			.slice(0, 3)
			.map(({ mtimeNs, uid }) => ({ mtimeNs, uid: BigInt(uid), gid: 3_000_000_000n, mode: 0o4755n })),
	);
});
