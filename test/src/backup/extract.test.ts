import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import type { BackupError } from '../../../src/backup/errors';
import { readDirectory } from '../../../src/backup/directory/read-directory';
import { Extractor } from '../../../src/backup/restore/extract';
import { endOfArchive } from '../../../src/shared';
import { file, hostileArchives, type HostileArchive } from '../../support/hostile-archives';
import { Scope } from '../../support/scope';

let scope: Scope;
let stagings = 0;

beforeAll(async () => {
	scope = await Scope.open('extract');
});
afterAll(() => scope.close());

/** A staging folder whose parent is watched: it must stay as it is. */
function staging(): { folder: string; parent: string } {
	stagings += 1;
	const parent = scope.path(`parent-${stagings}`);
	mkdirSync(`${parent}/staging`, { recursive: true });
	mkdirSync(`${parent}/victim`);
	writeFileSync(`${parent}/victim/file`, 'untouched');
	return { folder: `${parent}/staging`, parent };
}

function extract(folder: string, parts: Buffer[], maxBytes = 1e9): void {
	const extractor = new Extractor(folder, maxBytes);
	try {
		for (const part of parts) extractor.push(part);
		extractor.end();
	} finally {
		extractor.close();
	}
}

const tooMuch: HostileArchive = [
	'more content than was put in',
	() => [file('big', 'x'.repeat(5000))],
	/more than the 4096 bytes/,
];

test.each([...hostileArchives, tooMuch])(
	'BK-24 %s is refused and nothing outside is touched',
	(_name, parts, message) => {
		const { folder, parent } = staging();
		let thrown: unknown;
		try {
			extract(folder, [...parts(parent), endOfArchive], 4096);
		} catch (error) {
			thrown = error;
		}
		expect((thrown as BackupError).code).toBe('archive_hostile');
		expect((thrown as BackupError).message).toMatch(message);
		expect(readdirSync(parent).sort()).toEqual(['staging', 'victim']);
		expect(readdirSync(`${parent}/victim`)).toEqual(['file']);
		expect(readFileSync(`${parent}/victim/file`, 'utf8')).toBe('untouched');
		expect(statSync(`${parent}/victim/file`).nlink).toBe(1);
		expect(existsSync('/tmp/opsdesk-evil')).toBe(false);
	},
);

test('BK-24 drive letters and backslashes are ordinary names here', () => {
	const { folder } = staging();
	extract(folder, [file('C:\\windows\\x', 'plain'), endOfArchive]);
	expect(readdirSync(folder)).toEqual(['C:\\windows\\x']);
});

test('an archive without entries for its folders is unpacked all the same', () => {
	const { folder } = staging();
	extract(folder, [file('a/b/c', 'deep'), endOfArchive]);
	expect(readFileSync(`${folder}/a/b/c`, 'utf8')).toBe('deep');
});

test('a cut archive is an error even at the border of an entry', () => {
	const { folder } = staging();
	expect(() => extract(folder, [file('a', 'one')])).toThrow(/ends in the middle, in or after "a"/);
});

test('a directory read and unpacked here is the same, owners, modes, times and links included', async () => {
	const source = scope.path('source');
	mkdirSync(`${source}/sub/deeper`, { recursive: true });
	writeFileSync(`${source}/sub/a`, 'alpha');
	writeFileSync(`${source}/sub/deeper/large`, Buffer.alloc(700_000, 'pattern'));
	writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff, 0x20, 0x0a])]), 'bytes');
	const script = `
		ln sub/a hard; ln -s sub/deeper soft; ln -s /nowhere dangling; mkfifo fifo; rm fifo
		chown 1234:4321 sub/a; chown -h 99:98 soft; chmod 4751 sub/a; chmod 1777 sub
		# Node sets times to about a quarter of a microsecond; halves are exact.
		find . -exec touch -h -d '2020-01-01 00:00:00.5 UTC' {} +
		touch -d '1969-12-30 12:00:00.25 UTC' sub/a; touch -h -d '2001-02-03 04:05:06.5 UTC' soft; touch -d '2002-02-02 02:02:02 UTC' sub/deeper sub .`;
	execFileSync('sh', ['-ec', script], { cwd: source });

	const archive = readDirectory({
		root: source,
		blockBytes: 64 * 1024,
		oneFileSystem: true,
		include: [],
		exclude: [],
	});
	const { folder } = staging();
	const extractor = new Extractor(folder, 1e9);
	for await (const block of archive.blocks) {
		extractor.push(block);
		archive.release(block);
	}
	expect(extractor.end().entries).toBe(archive.totals.entries);
	extractor.close();

	const describe = (root: string) =>
		execFileSync(
			'sh',
			[
				'-c',
				'find . -printf "%P|%y|%m|%U:%G|%.19T@|%n|%l\\n" | LC_ALL=C sort; find . -type f -exec sha256sum {} + | LC_ALL=C sort',
			],
			{
				cwd: root,
				encoding: 'latin1',
			},
		);
	expect(describe(folder)).toBe(describe(source));
});
