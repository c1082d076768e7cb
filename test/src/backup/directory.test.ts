import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	chmodSync,
	linkSync,
	mkdirSync,
	renameSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';

import { compressBlocks } from '../../../src/backup/compress';
import { readDirectory, type DirectoryArchive } from '../../../src/backup/directory/read-directory';
import { TarChecker } from '../../../src/backup/tar/check';
import { Scope } from '../../support/scope';

let scope: Scope;
let trees = 0;

beforeAll(async () => {
	scope = await Scope.open('walk');
});
afterAll(() => scope.close());

function tree(): string {
	trees += 1;
	const root = scope.path(`tree-${trees}`);
	mkdirSync(root);
	return root;
}

function read(root: string, blockBytes = 64 * 1024): DirectoryArchive {
	return readDirectory({ root, blockBytes, oneFileSystem: true, include: [], exclude: [] });
}

async function collect(archive: DirectoryArchive): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const block of archive.blocks) {
		parts.push(Buffer.from(block));
		archive.release(block);
	}
	return Buffer.concat(parts);
}

/** Name, type, mode, owner, time, size, link target and hash of everything below a folder. */
function describeTree(root: string): string {
	const script =
		'find . -type d -printf "%P %y %m %U:%G %T@ %n\\n" -o -printf "%P %y %m %U:%G %T@ %n %l %s " \\( -type f -exec sha256sum {} \\; -o -printf "\\n" \\) | LC_ALL=C sort';
	return execFileSync('sh', ['-c', script], { cwd: root, encoding: 'latin1' });
}

test('what is read comes back the same through zstd and tar alone', async () => {
	const root = tree();
	mkdirSync(`${root}/sub/deeper`, { recursive: true });
	writeFileSync(`${root}/sub/a`, 'alpha');
	writeFileSync(`${root}/sub/deeper/large`, Buffer.alloc(3_000_000, 'pattern'));
	writeFileSync(`${root}/empty`, '');
	writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x20, 0x0a])]), 'bytes');
	writeFileSync(`${root}/--checkpoint-action=exec=sh`, 'dash');
	writeFileSync(`${root}/${'n'.repeat(255)}`, 'long');
	chmodSync(`${root}/sub/a`, 0o4711);
	utimesSync(`${root}/sub/a`, -86_400.25, -86_400.25);
	linkSync(`${root}/sub/a`, `${root}/hard`);
	symlinkSync('sub/deeper', `${root}/soft`);
	symlinkSync('/nowhere', `${root}/dangling`);
	execFileSync('chown', ['-h', '1234:4321', `${root}/empty`]);

	const archive = read(root);
	const compressed: Buffer[] = [];
	const frames = compressBlocks(archive.blocks, { level: 3, threads: 3 }, archive.release);
	for await (const frame of frames) compressed.push(Buffer.from(frame));
	const target = tree();
	const plain = execFileSync('zstd', ['-dc'], { input: Buffer.concat(compressed), maxBuffer: 1e8 });
	execFileSync('tar', ['-C', target, '-xpf', '-', '--numeric-owner'], {
		input: plain,
		stdio: ['pipe', 'pipe', 'ignore'],
	});
	expect(describeTree(target)).toBe(describeTree(root));
	expect(archive.notices).toEqual([]);
	expect(archive.totals.contentBytes).toBe(3_000_000 + 5 + 5 + 4 + 4);
});

test('BK-40 the same tree gives the same bytes, in whatever order its files were made', async () => {
	const hashes = [];
	for (const names of [
		['b', 'a', 'c'],
		['c', 'b', 'a'],
	]) {
		const root = tree();
		for (const name of names) {
			writeFileSync(`${root}/${name}`, name);
			utimesSync(`${root}/${name}`, 1, 1);
		}
		utimesSync(root, 1, 1);
		hashes.push(
			createHash('sha256')
				.update(await collect(read(root)))
				.digest('hex'),
		);
	}
	expect(hashes[0]).toBe(hashes[1]);
});

test('BK-6 a file that shrinks while it is read leaves a whole archive and is named', async () => {
	const root = tree();
	writeFileSync(`${root}/log`, Buffer.alloc(2_000_000, 1));
	writeFileSync(`${root}/next`, 'after it');
	const archive = read(root);
	const parts: Buffer[] = [];
	let first = true;
	for await (const block of archive.blocks) {
		// The reader has filled its few blocks and waits; the file shrinks under it.
		if (first) truncateSync(`${root}/log`, 700_000);
		first = false;
		parts.push(Buffer.from(block));
		archive.release(block);
	}
	const checker = new TarChecker();
	checker.push(Buffer.concat(parts));
	expect(checker.end()).toEqual({ entries: 3, contentBytes: 2_000_008 });
	expect(archive.notices).toEqual([
		{ path: 'log', kind: 'shrank', message: expect.stringMatching(/^shrank from 2000000 to 700000 bytes/) },
	]);
});

test('BK-10 loops and links to the root are stored as links, and nothing outside is read', async () => {
	const root = tree();
	symlinkSync('b', `${root}/a`);
	symlinkSync('a', `${root}/b`);
	symlinkSync('/', `${root}/everything`);
	symlinkSync('.', `${root}/self`);
	const paths: string[] = [];
	const checker = new TarChecker({ entry: ({ path, type }) => paths.push(`${path.toString()} ${type}`) });
	checker.push(await collect(read(root)));
	expect(checker.end().contentBytes).toBe(0);
	expect(paths).toEqual(['./ 5', 'a 2', 'b 2', 'everything 2', 'self 2']);
});

test('BK-8 FIFOs and sockets are never opened and are told', async () => {
	const root = tree();
	execFileSync('mkfifo', [`${root}/fifo`]);
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(`${root}/socket`, resolve));
	const archive = read(root);
	await collect(archive);
	server.close();
	expect(archive.notices.map(({ path, kind, message }) => `${path} ${kind}: ${message}`)).toEqual([
		'fifo special: a FIFO is not backed up',
		'socket special: a socket is not backed up',
	]);
});

test('BK-8 a directory swapped for a link meanwhile leads nowhere', async () => {
	const root = tree();
	mkdirSync(`${root}/a`);
	writeFileSync(`${root}/a/filler`, Buffer.alloc(2_000_000, 1));
	mkdirSync(`${root}/z`);
	writeFileSync(`${root}/z/inside`, 'inside');
	const outside = tree();
	writeFileSync(`${outside}/secret`, 'secret');
	const archive = read(root);
	const parts: Buffer[] = [];
	let first = true;
	for await (const block of archive.blocks) {
		if (first) {
			renameSync(`${root}/z`, `${root}/moved`);
			symlinkSync(outside, `${root}/z`);
		}
		first = false;
		parts.push(Buffer.from(block));
		archive.release(block);
	}
	expect(Buffer.concat(parts).includes('secret')).toBe(false);
});

test('BK-12 a tree 300 levels deep is read, beyond what one path may hold', async () => {
	const root = tree();
	const name = 'level-with-a-long-name';
	const script = `for (1..300) { mkdir '${name}'; chdir '${name}' } open(my $file, '>', 'file'); print $file "bottom\n"`;
	execFileSync('perl', ['-e', script], { cwd: root });
	const archive = read(root);
	const checker = new TarChecker();
	checker.push(await collect(archive));
	expect(checker.end()).toEqual({ entries: 302, contentBytes: 7 });
	expect(archive.notices).toEqual([]);
});

test('patterns choose what is read, and one that matches nothing is told', async () => {
	const root = tree();
	mkdirSync(`${root}/cache/deep`, { recursive: true });
	mkdirSync(`${root}/media`);
	for (const path of ['cache/deep/a', 'media/b.jpg', 'media/b.log', 'c.html'])
		writeFileSync(`${root}/${path}`, path);
	const archive = readDirectory({
		root,
		blockBytes: 64 * 1024,
		oneFileSystem: true,
		include: ['/media/', '*.html', '*.typo'],
		exclude: ['*.log'],
	});
	const paths: string[] = [];
	const checker = new TarChecker({ entry: ({ path }) => paths.push(path.toString()) });
	checker.push(await collect(archive));
	expect(paths.filter((path) => !path.endsWith('/'))).toEqual(['c.html', 'media/b.jpg']);
	expect(archive.notices).toEqual([
		{ path: '*.typo', kind: 'no_match', message: 'this pattern to include matches nothing' },
	]);
});

test('a root that is missing or no directory is an error', async () => {
	await expect(collect(read(scope.path('absent')))).rejects.toThrow(/ENOENT/);
	writeFileSync(scope.path('plain'), '');
	await expect(collect(read(scope.path('plain')))).rejects.toThrow(/ENOTDIR/);
});
