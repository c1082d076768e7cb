import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DumpChecker, type CheckedDump } from '../../../src/backup/dump/check';
import { BackupError } from '../../../src/backup/errors';
import { withArchiveVersion } from '../../support/pg-archive';
import { Scope } from '../../support/scope';
import { startPostgres, SUPERUSER, type PostgresServer } from '../../support/supabase/postgres';
import { programPath } from '../../support/system-packages.cjs';

let scope: Scope;
let server: PostgresServer;
const odd = 'o"d\'d näme = 1';

const program = (name: string): string => join(dirname(programPath('postgres')), name);
const surroundings = (database: string): NodeJS.ProcessEnv => ({
	PGHOST: server.socketFolder,
	PGPORT: String(server.port),
	PGUSER: SUPERUSER,
	PGDATABASE: database,
});
const run = (name: string, database: string, args: string[], input?: string): Buffer =>
	execFileSync(program(name), args, { env: surroundings(database), maxBuffer: 1e9, ...(input && { input }) });
const sql = (database: string, statements: string): Buffer =>
	run('psql', database, ['-qXv', 'ON_ERROR_STOP=1'], statements);
const dumpOf = (database: string, ...args: string[]): Buffer => run('pg_dump', database, ['-Fc', ...args]);

beforeAll(async () => {
	scope = await Scope.open('dump');
	server = await startPostgres(scope);
	for (const name of ['shop', 'small', 'empty', odd])
		await server.exec(`create database "${name.replaceAll('"', '""')}" template template0`);
	sql(
		'small',
		'create table a (x int); insert into a values (1), (2); create table b (x text); create table c ()',
	);
	sql(
		'shop',
		`create table orders as select n id, repeat(md5(n::text), 4) note from generate_series(1, 20000) n;
		create table nothing (id serial primary key, at timestamptz default now() check (at > '1999-01-01'));
		create schema "odd "" schema";
		create table "odd "" schema"."line
break, tab	and ünïcode" as select 'x' || chr(10) || '\\.' as text;
		create table bytes as select string_agg(set_byte('\\x00'::bytea, 0, n), '') b from generate_series(0, 255) n;
		create table wide as select repeat('w', 3000000) w;
		create view seen as select id from orders;
		select lo_from_bytea(4000000000, string_agg(set_byte('\\x00'::bytea, 0, n % 256), ''))
			from generate_series(0, 99999) n;
		select lo_create(2147483648); select lo_from_bytea(7, '\\x0a');
		comment on large object 7 is 'a lone line feed'`,
	);
	sql(odd, `create table "it's" as select 1 as one`);
});
afterAll(() => scope.close());

function check(dump: Buffer, chunkBytes = Math.max(1, dump.length)): CheckedDump {
	const checker = new DumpChecker();
	for (let at = 0; at < dump.length; at += chunkBytes) checker.push(dump.subarray(at, at + chunkBytes));
	return checker.end();
}

function problemOf(action: () => unknown): BackupError | undefined {
	try {
		action();
		return undefined;
	} catch (thrown) {
		if (thrown instanceof BackupError) return thrown;
		throw thrown;
	}
}

function failureOf(dump: Buffer): BackupError {
	const problem = problemOf(() => check(dump));
	if (!problem) throw new Error(`A dump of ${dump.length} bytes was accepted.`);
	return problem;
}

/** What `pg_restore --list` says of a dump. */
function listed(dump: Buffer): CheckedDump {
	// From a file: it reads no more of a pipe than it needs.
	writeFileSync(scope.path('listed.dump'), dump);
	const list = run('pg_restore', 'none', ['--list', scope.path('listed.dump')]).toString();
	return {
		tocEntries: Number(/TOC Entries: (\d+)/.exec(list)?.[1]),
		dataEntries: list.match(/^\d+; \d+ \d+ (TABLE DATA|BLOBS) /gm)?.length ?? 0,
		checkedToTheEnd: true,
	};
}

/** How long the dump is up to its first block of data, up to the second one, and so on, without its whole length. */
function borders(dump: Buffer): number[] {
	const checker = new DumpChecker();
	const found: number[] = [];
	let before = '';
	for (const at of dump.keys()) {
		checker.push(dump.subarray(at, at + 1));
		const message = problemOf(() => checker.end())?.message ?? '';
		if (message !== before && message.startsWith('The dump ends after ')) found.push(at + 1);
		before = message;
	}
	return found;
}

describe('a whole dump', () => {
	test.each<[string, string, string[]]>([
		['uncompressed', 'shop', ['-Z0']],
		['compressed', 'shop', ['-Z6']],
		['with rows as statements', 'shop', ['-Z0', '--rows-per-insert=3']],
		['of the definitions alone', 'shop', ['--schema-only']],
		['of the data alone', 'shop', ['--data-only', '-Z1']],
		['of an empty database', 'empty', ['-Z0']],
		['of a database with an odd name, which it creates', odd, ['-Z0', '--create', '--clean']],
	])(
		'BK-17 %s is accepted in chunks of any size, as pg_restore --list counts it',
		(_case, database, args) => {
			const dump = dumpOf(database, ...args);
			const expected = listed(dump);
			for (const chunkBytes of [1, 7, 65_536, dump.length]) expect(check(dump, chunkBytes)).toEqual(expected);
		},
	);

	test('is accepted with the positions that pg_dump adds when it writes to a file, and with no others', () => {
		const file = scope.path('positions.dump');
		dumpOf('shop', '-Z0', `--file=${file}`);
		const dump = readFileSync(file);
		for (const chunkBytes of [1000, dump.length]) expect(check(dump, chunkBytes)).toEqual(listed(dump));
		expect(check(dump).dataEntries).toBe(6);
		const orders = dump.indexOf('COPY public.orders');
		// The first byte of a position lies behind the list of dependencies, which ends with a length of -1.
		const position = dump.indexOf(Buffer.from([1, 1, 0, 0, 0, 2]), orders) + 6;
		dump.writeUInt8(dump.readUInt8(position) ^ 1, position);
		expect(failureOf(dump)).toMatchObject({
			code: 'archive_damaged',
			message: expect.stringMatching(
				/it begins at byte \d+ instead of \d+, in the data of public\.orders\.$/,
			),
		});
	});

	test.each([12, 13, 15, 16])('is accepted in archive version 1.%i', (minor) => {
		const original = dumpOf('shop', '-Z0');
		const dump = withArchiveVersion(original, minor);
		for (const chunkBytes of [7, dump.length]) expect(check(dump, chunkBytes)).toEqual(listed(original));
		// This pg_restore reads what older ones have written.
		if (minor < 14) expect(listed(dump)).toEqual(listed(original));
		const small = withArchiveVersion(dumpOf('small', '-Z0'), minor);
		for (let cut = 0; cut < small.length; cut += 1)
			expect(failureOf(small.subarray(0, cut)).code).toBe('archive_cut');
	});
});

describe('a dump that was cut', () => {
	test.each(['-Z0', '-Z9'])('BK-14 at any byte is refused (%s)', (compression) => {
		const dump = dumpOf('small', compression);
		expect(check(dump)).toEqual(listed(dump));
		for (let cut = 0; cut < dump.length; cut += 1) {
			expect(failureOf(dump.subarray(0, cut))).toMatchObject({
				code: 'archive_cut',
				message: expect.stringMatching(/^The dump (is empty|ends (in|after) .+)\.$/s),
			});
		}
	});

	test.each(['-Z0', '-Z6'])('BK-14 at random places of a larger dump is refused (%s)', (compression) => {
		const dump = dumpOf('shop', compression);
		for (let cut = 0; cut < dump.length; cut += 1 + ((cut * 7919) % 9973))
			expect(failureOf(dump.subarray(0, cut)).code).toBe('archive_cut');
	});

	test('BK-14 between two tables is refused with the missing ones named, though pg_restore --list accepts it', () => {
		const dump = dumpOf('small', '-Z0');
		const cuts = borders(dump).map((lengthBytes) => dump.subarray(0, lengthBytes));
		expect(cuts.map((cut) => failureOf(cut).message)).toEqual([
			'The dump ends after its table of contents: the data of public.a and of 2 more is missing.',
			'The dump ends after the data of public.a: the data of public.b and of 1 more is missing.',
			'The dump ends after the data of public.b: the data of public.c is missing.',
		]);
		expect(cuts.map((cut) => listed(cut))).toEqual(cuts.map(() => listed(dump)));
	});

	test('BK-14 because pg_dump was killed is refused, naming where it ends', async () => {
		const dumping = spawn(program('pg_dump'), ['-Fc', '-Z0'], { env: surroundings('shop') });
		const checker = new DumpChecker();
		let seenBytes = 0;
		for await (const chunk of dumping.stdout as AsyncIterable<Buffer>) {
			checker.push(chunk);
			seenBytes += chunk.length;
			// Killed in the middle of a table of 2.6 MB; what the pipe still holds goes by as well.
			if (seenBytes > 1_000_000) dumping.kill('SIGKILL');
		}
		if (dumping.signalCode === null) await once(dumping, 'exit');
		expect(dumping.signalCode).toBe('SIGKILL');
		expect(() => checker.end()).toThrow(/^The dump ends (in|after) the data of public\./);
	});
});

describe('a damaged dump', () => {
	test('BK-21 with anything behind its last block is refused', () => {
		const dump = dumpOf('small', '-Z0');
		const last = dump.subarray(borders(dump).at(-1));
		for (const junk of [Buffer.from([0]), Buffer.from('\n'), last, dump]) {
			expect(failureOf(Buffer.concat([dump, junk]))).toMatchObject({
				code: 'archive_damaged',
				message: expect.stringContaining('something follows its last block, after the data of public.c'),
			});
		}
	});

	test('BK-21 with a block twice or of another database is refused', () => {
		const dump = dumpOf('small', '-Z0');
		const [contents = 0, behindA = 0] = borders(dump);
		const block = dump.subarray(contents, behindA);
		const twice = Buffer.concat([dump.subarray(0, behindA), block, dump.subarray(behindA)]);
		expect(failureOf(twice).message).toMatch(/the block \d+ is there twice or belongs to no entry/);
		const foreign = Buffer.from(block);
		foreign.writeInt32LE(99_999, 2);
		const mixed = Buffer.concat([dump.subarray(0, contents), foreign, dump.subarray(behindA)]);
		expect(failureOf(mixed).message).toMatch(/the block 99999 is there twice or belongs to no entry/);
	});

	test('BK-21 with a bit flipped in what frames it is refused, and no bit makes it throw anything else', () => {
		const dump = dumpOf('small', '-Z0');
		const [contents = 0, behindA = 0] = borders(dump);
		const accepted = [...dump.keys()].filter((at) =>
			[0x01, 0x02, 0x10, 0x80].some((bit) => {
				const flipped = Buffer.from(dump);
				flipped.writeUInt8(flipped.readUInt8(at) ^ bit, at);
				return !problemOf(() => check(flipped));
			}),
		);
		const within = (from: number, to: number): number[] => accepted.filter((at) => at >= from && at < to);
		// Magic; sizes of integers and positions, and the format.
		expect(within(0, 5)).toEqual([]);
		expect(within(8, 11)).toEqual([]);
		// Kind, number and first length of a block, and its end.
		expect(within(contents, contents + 11)).toEqual([]);
		expect(within(behindA - 5, behindA + 11)).toEqual([]);
		// What the rows say is for the hash to protect.
		expect(within(contents + 11, contents + 12)).not.toEqual([]);
	});

	test('that claims absurd sizes is refused without taking memory for them', () => {
		const dump = dumpOf('small', '-Z0');
		const name = dump.indexOf('small');
		const claimed = (at: number): Buffer => {
			const changed = Buffer.from(dump);
			changed.writeUInt32LE(0xffffffff, at);
			return changed;
		};
		expect(failureOf(claimed(name - 4)).message).toMatch(/an integer is malformed, in its header\.$/);
		const long = Buffer.from(dump);
		long.writeInt32LE(0x7fffffff, name - 4);
		expect(failureOf(long).message).toMatch(/the length of a text is 2147483647, in its header\.$/);
		long.writeInt32LE(1_000_000_000, name - 4);
		const before = process.memoryUsage().arrayBuffers;
		expect(failureOf(long).code).toBe('archive_cut');
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
	});

	test('stays refused, whatever is done with the checker afterwards', () => {
		const checker = new DumpChecker();
		expect(() => checker.push(Buffer.from('not a dump'))).toThrow(/it does not begin like a dump of pg_dump/);
		expect(() => checker.push(dumpOf('small'))).toThrow(BackupError);
		expect(() => checker.end()).toThrow(BackupError);
	});
});

test('BK-15 nothing at all, SQL as text and a tar archive of pg_dump are no dumps in the custom format', () => {
	expect(failureOf(Buffer.alloc(0)).message).toBe('The dump is empty.');
	for (const format of ['-Fp', '-Ft'])
		expect(failureOf(run('pg_dump', 'small', [format])).code).toBe('archive_damaged');
});

test.each([
	[1, 17],
	[2, 0],
	[1, 11],
])('a dump in archive version %i.%i, which is not known, is never called checked', (major, minor) => {
	const dump = dumpOf('small');
	dump.writeUInt8(major, 5);
	dump.writeUInt8(minor, 6);
	expect(check(dump, 7)).toMatchObject({
		checkedToTheEnd: false,
		uncheckedBecause: expect.stringMatching(/version of its format that is not known/),
	});
	expect(failureOf(dump.subarray(0, 7)).code).toBe('archive_cut');
});

test('a dump with data of more tables than are remembered is never called checked', () => {
	const dump = dumpOf('small');
	for (const [maxDataEntries, checkedToTheEnd] of [[3, true] as const, [2, false] as const]) {
		const checker = new DumpChecker(maxDataEntries);
		checker.push(dump);
		checker.push(Buffer.alloc(0));
		expect(checker.end()).toMatchObject({ ...listed(dump), checkedToTheEnd });
	}
});
