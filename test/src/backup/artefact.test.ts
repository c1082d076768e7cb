import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { writeArtefact, type ArtefactSource } from '../../../src/backup/artefact';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { BackupError } from '../../../src/backup/errors';
import { decodeManifest, encodeManifest, type ManifestContent } from '../../../src/backup/manifest';
import { Scope } from '../../support/scope';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('artefact');
});
afterAll(() => scope.close());

/** Copies, because a block's memory travels away. */
async function* inTurn(blocks: Buffer[]): AsyncGenerator<Buffer> {
	for (const block of blocks) yield await Promise.resolve(Buffer.from(new Uint8Array(block).buffer));
}

const withBlocks = (
	blocks: Buffer[],
	finish: ArtefactSource['finish'] = async () => ({ warnings: [] }),
): ArtefactSource => ({ blocks: inTurn(blocks), finish });

async function write(made: ArtefactSource, ...roots: string[]) {
	const targets = await Promise.all(
		roots.map(async (root) => ({
			label: root,
			writer: await new DirectoryDestination(root).create('set/data.tar.zst'),
		})),
	);
	return await writeArtefact(made, targets);
}

async function errorOf(attempt: Promise<unknown>): Promise<BackupError> {
	return (await attempt.then(
		() => {
			throw new Error('It was accepted.');
		},
		(thrown: unknown) => thrown,
	)) as BackupError;
}

test('what is written is what zstd reads, with the hash and sizes that are reported', async () => {
	const root = scope.emptyFolder();
	const blocks = Array.from({ length: 9 }, (_, index) => Buffer.alloc(100_000 + index, `block ${index} `));
	const stored = await write(
		withBlocks(blocks, async () => ({ entries: 3, warnings: ['one'] })),
		root,
	);
	const bytes = readFileSync(`${root}/set/data.tar.zst`);
	expect(stored).toEqual({
		entries: 3,
		warnings: ['one'],
		sha256: createHash('sha256').update(bytes).digest('hex'),
		storedBytes: bytes.length,
		plainBytes: Buffer.concat(blocks).length,
		failed: [],
	});
	expect(execFileSync('zstd', ['-dc'], { input: bytes }).equals(Buffer.concat(blocks))).toBe(true);
	expect(statSync(`${root}/set/data.tar.zst`).mode & 0o777).toBe(0o600);
	expect(statSync(`${root}/set`).mode & 0o777).toBe(0o700);
});

test('BK-14 a stream that ends but cannot be proved whole leaves nothing, under neither name', async () => {
	const root = scope.emptyFolder();
	const finish = () => Promise.reject(new Error('exit code 137'));
	const error = await errorOf(write(withBlocks([randomBytes(50_000)], finish), root));
	expect(error.message).toBe('exit code 137');
	expect(readdirSync(`${root}/set`)).toEqual([]);
});

test.each([0.1, 0.5, 0.99])(
	'BK-1 a destination that fills up at %d of the archive keeps earlier backups and nothing of this one',
	async (part) => {
		const root = scope.emptyFolder();
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
		await write(withBlocks([Buffer.from('an earlier backup')]), root);
		const earlier = readFileSync(`${root}/set/data.tar.zst`);
		const incompressible = Array.from({ length: 16 }, () => randomBytes(Math.ceil(4_300_000 / part / 16)));
		const writer = await new DirectoryDestination(root).create('set/next.tar.zst');
		const error = await errorOf(writeArtefact(withBlocks(incompressible), [{ label: root, writer }]));
		expect(error.code).toBe('destination_full');
		expect(error.message).toMatch(
			/is full: .*next\.tar\.zst needs more than the \d+ bytes that fitted, \d+ bytes are free/,
		);
		expect(readdirSync(`${root}/set`)).toEqual(['data.tar.zst']);
		expect(readFileSync(`${root}/set/data.tar.zst`).equals(earlier)).toBe(true);
		execFileSync('umount', [root]);
	},
);

test('a target that fails is given up and named, the other one gets the whole artefact', async () => {
	const [good, bad] = [scope.emptyFolder(), scope.emptyFolder()];
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', bad]);
	const blocks = Array.from({ length: 8 }, () => randomBytes(400_000));
	const stored = await write(withBlocks(blocks), good, bad);
	expect(stored.failed).toEqual([
		{ label: bad, error: expect.objectContaining({ code: 'destination_full' }) },
	]);
	expect(readdirSync(`${bad}/set`)).toEqual([]);
	expect(readFileSync(`${good}/set/data.tar.zst`)).toHaveLength(stored.storedBytes);
	execFileSync('umount', [bad]);
});

test('a missing destination is not created by itself', async () => {
	const error = await errorOf(new DirectoryDestination(scope.path('unmounted')).create('set/x'));
	expect(error).toMatchObject({
		code: 'destination_missing',
		remedy: expect.stringContaining('Mount the disk'),
	});
});

test('a link planted under the name of the partial file is replaced, never followed', async () => {
	const root = scope.emptyFolder();
	const victim = scope.path('victim');
	writeFileSync(victim, 'untouched');
	mkdirSync(`${root}/set`);
	symlinkSync(victim, `${root}/set/data.tar.zst.partial`);
	await write(withBlocks([Buffer.from('new')]), root);
	expect(readFileSync(victim, 'utf8')).toBe('untouched');
});

/** Changes how every open file does one thing, for the time of some work. */
async function withFiles<T>(
	change: (prototype: FileHandle) => void,
	names: ('write' | 'datasync')[],
	work: () => Promise<T>,
): Promise<T> {
	const file = await open(scope.folder);
	const prototype = Object.getPrototypeOf(file) as FileHandle;
	await file.close();
	const before = names.map((name) => [name, prototype[name]]);
	change(prototype);
	try {
		return await work();
	} finally {
		Object.assign(prototype, Object.fromEntries(before));
	}
}

test.each([
	['at its end', 5],
	['while more is written', 10],
])('BK-1 a disk that once fails to take what was written fails the file, %s', async (_, count) => {
	const root = scope.emptyFolder();
	let forced = 0;
	const failingOnce = (prototype: FileHandle): void => {
		const { datasync } = prototype;
		prototype.datasync = async function (this: FileHandle) {
			forced += 1;
			if (forced === 1) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
			await datasync.call(this);
		};
	};
	const blocks = Array.from({ length: count }, () => randomBytes(4 * 1024 * 1024));
	const writing = withFiles(failingOnce, ['datasync'], () => write(withBlocks(blocks), root));
	const error = await errorOf(writing);
	expect(forced).toBe(1);
	expect(error).toMatchObject({ code: 'destination_refused', message: expect.stringContaining('EIO') });
	expect(readdirSync(`${root}/set`)).toEqual([]);
});

test('a disk that takes less at a time than it is given gets all of it', async () => {
	const root = scope.emptyFolder();
	const hesitant = (prototype: FileHandle): void => {
		const whole = prototype.write as (
			bytes: Buffer,
			at: number,
			length: number,
		) => ReturnType<typeof prototype.write>;
		prototype.write = function (this: FileHandle, bytes: Buffer, at = 0) {
			return whole.call(this, bytes, at, Math.min(bytes.length - at, 1000));
		} as typeof prototype.write;
	};
	const blocks = [randomBytes(100_000), randomBytes(99_999)];
	const stored = await withFiles(hesitant, ['write'], () => write(withBlocks(blocks), root));
	const bytes = readFileSync(`${root}/set/data.tar.zst`);
	expect(bytes).toHaveLength(stored.storedBytes);
	expect(createHash('sha256').update(bytes).digest('hex')).toBe(stored.sha256);
});

describe('the manifest', () => {
	const content: ManifestContent = {
		format: 'opsdesk-backup',
		version: 1,
		id: '20261120T020000Z-1a2b3c',
		site: { name: 'shop' },
		startedAt: '2026-11-20T02:00:00.000Z',
		finishedAt: '2026-11-20T02:00:09.000Z',
		status: 'ok',
		artefacts: [],
		failures: [],
		notKept: [],
		recipe: [],
		writtenBy: 'n8n-nodes-opsdesk 0.1.0',
	};

	test('reads back as it was written', () => {
		expect(decodeManifest(encodeManifest(content), 'm')).toMatchObject(content);
	});

	test('BK-21 any flipped bit, cut or edit is detected', () => {
		const bytes = encodeManifest(content);
		for (let at = 0; at < bytes.length; at += 1) {
			const flipped = Buffer.from(bytes);
			flipped[at] = (flipped[at] ?? 0) ^ 4;
			// White space between the fields may change without meaning.
			if (sameMeaning(flipped, bytes)) continue;
			expect(() => decodeManifest(flipped, 'm')).toThrow();
		}
		expect(() => decodeManifest(bytes.subarray(0, -10), 'm')).toThrow(/is not a manifest of version 1/);
		const edited = Buffer.from(bytes.toString().replace('"shop"', '"blog"'));
		expect(() => decodeManifest(edited, 'm')).toThrow(/was changed after it was written/);
	});

	test('BK-25 one that names a file twice, or a file in another folder, is none', () => {
		const entry = (file: string): ManifestContent['artefacts'][number] => ({
			name: 'files-www',
			file,
			kind: 'directory',
			source: {},
			format: 'tar',
			compression: 'zstd',
			sha256: '0'.repeat(64),
			storedBytes: 0,
			plainBytes: 0,
			warnings: [],
		});
		const read = (...files: string[]) =>
			decodeManifest(encodeManifest({ ...content, artefacts: files.map(entry) }), 'm');
		expect(read('a.tar.zst', 'b.tar.zst').artefacts).toHaveLength(2);
		expect(() => read('a.tar.zst', 'b.tar.zst', 'a.tar.zst')).toThrow(/names a file twice/);
		for (const file of ['../a.tar.zst', '/a.tar.zst', 'b/a.tar.zst', '..', '.a', '-a', '', 'a\n'])
			expect(() => read(file)).toThrow(/must be a plain file name/);
	});

	function sameMeaning(a: Buffer, b: Buffer): boolean {
		try {
			return JSON.stringify(JSON.parse(a.toString())) === JSON.stringify(JSON.parse(b.toString()));
		} catch {
			return false;
		}
	}
});
