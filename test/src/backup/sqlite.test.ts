import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { backUpSite, verifySite } from '../../../src/backup';
import type { Manifest } from '../../../src/backup/manifest';
import { SqliteChecker } from '../../../src/backup/sqlite/header';
import { findSqlite, takeSnapshot } from '../../../src/backup/sqlite/snapshot';
import { Scope } from '../../support/scope';
import { BusyWriter, dieWhile, makeDatabase, sqlite3, sqliteSite, type JournalMode } from './sqlite-stand';
import { errorOf, listTree } from './stand';

let scope: Scope;
let folder: string;
let backups: string;
let state: string;
beforeAll(async () => {
	scope = await Scope.open('sqlite');
});
afterAll(() => scope.close());
beforeEach(() => {
	folder = scope.emptyFolder();
	backups = scope.emptyFolder();
	state = scope.emptyFolder();
});

const context = () => ({ stateFolder: state });

/** The only restore point, unpacked by zstd alone, and its manifest. */
function stored(): { file: string; manifest: Manifest; names: string[] } {
	const [id = ''] = readdirSync(join(backups, 'shop')).filter((name) => name.startsWith('2'));
	const point = join(backups, 'shop', id);
	const file = join(scope.emptyFolder(), 'unpacked.db');
	execFileSync('zstd', ['-dq', join(point, 'db-app.sqlite.zst'), '-o', file]);
	const manifest = JSON.parse(readFileSync(join(point, 'manifest.json'), 'utf8')) as Manifest;
	return { file, manifest, names: readdirSync(point).sort() };
}

test('a database is stored as an ordinary file with its rows counted, and nothing is left behind', async () => {
	const path = join(folder, 'app.db');
	makeDatabase(path, 1000);
	const report = await backUpSite(sqliteSite(path, backups), context());
	expect(report).toMatchObject({
		status: 'ok',
		artefacts: [{ name: 'db-app', kind: 'sqlite', warnings: [] }],
	});
	const { file, manifest, names } = stored();
	expect(names).toEqual(['db-app.sqlite.zst', 'manifest.json']);
	expect(manifest.artefacts).toMatchObject([
		{ format: 'sqlite', tables: [{ name: 'orders', rows: 1000 }], source: { path, mode: '644' } },
	]);
	expect(sqlite3(file, 'select count(*), max(id) from orders')).toBe('1000|1000');
	expect(listTree(folder)).toEqual(['app.db']);
	expect(listTree(state)).toEqual([]);
	const verification = await verifySite(sqliteSite(path, backups), {}, { restorePoint: 'latest' });
	expect(verification).toMatchObject({ ok: true, message: expect.stringContaining('Proved whole') });
});

test.each<JournalMode>(['wal', 'delete'])(
	'twenty snapshots beside a writer that never rests are each consistent and lack nothing that was committed before (%s)',
	async (mode) => {
		const path = join(folder, 'busy.db');
		const writer = await BusyWriter.start(path, mode);
		try {
			let former = 0;
			for (let round = 0; round < 20; round += 1) {
				const committed = writer.committed;
				const file = join(folder, `copy-${round}`);
				const { tables } = await takeSnapshot(await findSqlite(path), file);
				const [credit, debit] = tables.map(({ rows }) => rows);
				expect(credit).toBe(debit);
				expect(credit).toBeGreaterThanOrEqual(committed);
				expect(credit).toBeGreaterThanOrEqual(former);
				expect(sqlite3(file, 'select count(*) = max(id) from debit')).toBe('1');
				former = credit ?? 0;
			}
			expect(writer.committed).toBeGreaterThan(20);
		} finally {
			await writer.stop();
		}
	},
);

test('a database whose content is mostly in a large log that nobody has checkpointed is stored whole', async () => {
	const path = join(folder, 'log.db');
	const database = new DatabaseSync(path);
	database.exec(`pragma journal_mode=wal; pragma wal_autocheckpoint=0; create table orders (id integer primary key, pad text);
		with recursive n(i) as (select 1 union all select i+1 from n where i < 40000) insert into orders select i, hex(randomblob(100)) from n`);
	try {
		expect(statSync(`${path}-wal`).size).toBeGreaterThan(8_000_000);
		const log = readFileSync(`${path}-wal`);
		expect(await backUpSite(sqliteSite(path, backups), context())).toMatchObject({ status: 'ok' });
		expect(sqlite3(stored().file, 'select count(*) from orders')).toBe('40000');
		expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
	} finally {
		database.close();
	}
});

describe('what a program that was killed has left', () => {
	test('a log without its index is worked into the copy, and the original stays as it is', async () => {
		const path = join(folder, 'app.db');
		makeDatabase(path, 3, 'wal');
		await dieWhile(path, 'database.exec("insert into orders values (100, \'last words\')")');
		execFileSync('rm', [`${path}-shm`]);
		const before = [readFileSync(path), readFileSync(`${path}-wal`)];
		expect(await backUpSite(sqliteSite(path, backups), context())).toMatchObject({ status: 'ok' });
		expect(sqlite3(stored().file, 'select max(id) from orders')).toBe('100');
		expect([readFileSync(path), readFileSync(`${path}-wal`)]).toEqual(before);
		expect(listTree(folder)).toEqual(['app.db', 'app.db-wal']);
	});

	test('a change that was half done is taken back in the copy, and the original stays as it is', async () => {
		const path = join(folder, 'app.db');
		makeDatabase(path, 20_000);
		// With so small a cache the change is in the file before it is committed.
		await dieWhile(
			path,
			'database.exec("pragma cache_size=5; pragma synchronous=off; begin; update orders set note = \'half done\'")',
		);
		expect(existsSync(`${path}-journal`)).toBe(true);
		const before = [readFileSync(path), readFileSync(`${path}-journal`)];
		expect(before[0]?.includes('half done')).toBe(true);
		expect(await backUpSite(sqliteSite(path, backups), context())).toMatchObject({ status: 'ok' });
		expect(sqlite3(stored().file, "select count(*), sum(note = 'half done') from orders")).toBe('20000|0');
		expect([readFileSync(path), readFileSync(`${path}-journal`)]).toEqual(before);
	});

	test('snapshots of backups that were killed are removed by the next one', async () => {
		const path = join(folder, 'app.db');
		makeDatabase(path);
		const gone = execFileSync(process.execPath, [
			'-e',
			`require('${join(__dirname, '../../../dist/src/backup/sqlite/workspace.js')}').Workspace.open(0, '${state}').then(({ folder }) => process.stdout.write(folder))`,
		]).toString();
		expect(existsSync(gone)).toBe(true);
		await backUpSite(sqliteSite(path, backups), context());
		expect(listTree(state)).toEqual([]);
	});
});

test('a database that is closed but has the mode of a log is read without anything being made beside it', async () => {
	const path = join(folder, 'app.db');
	makeDatabase(path, 3, 'wal');
	expect(listTree(folder)).toEqual(['app.db']);
	chmodSync(folder, 0o500);
	expect(await backUpSite(sqliteSite(path, backups), context())).toMatchObject({ status: 'ok' });
	expect(listTree(folder)).toEqual(['app.db']);
});

test('one that another program keeps locked for too long fails with that reason, and one that is let go in time does not', async () => {
	const path = join(folder, 'app.db');
	makeDatabase(path);
	const holder = new DatabaseSync(path);
	holder.exec('begin exclusive');
	const found = await findSqlite(path);
	const thrown = await errorOf(takeSnapshot(found, join(folder, 'copy'), { patienceMs: 300 }));
	expect(thrown).toMatchObject({
		code: 'source_unreadable',
		message: expect.stringContaining('was locked by another program all the time'),
	});
	setTimeout(() => holder.close(), 300);
	const { tables } = await takeSnapshot(found, join(folder, 'copy'), { patienceMs: 20_000 });
	expect(tables).toEqual([{ name: 'orders', rows: 3 }]);
});

test('a backup that waits for a lock can be cancelled', async () => {
	const path = join(folder, 'app.db');
	makeDatabase(path);
	const holder = new DatabaseSync(path);
	holder.exec('begin exclusive');
	const controller = new AbortController();
	setTimeout(() => controller.abort(), 500);
	const started = performance.now();
	const attempt = backUpSite(sqliteSite(path, backups), { ...context(), signal: controller.signal });
	expect(await errorOf(attempt)).toMatchObject({ code: 'cancelled' });
	expect(performance.now() - started).toBeLessThan(10_000);
	expect(listTree(backups).filter((name) => /sqlite|manifest/.test(name))).toEqual([]);
	expect(listTree(state)).toEqual([]);
	holder.close();
});

describe('what is refused', () => {
	const refusal = async (path: string): Promise<string> => {
		const report = await backUpSite(sqliteSite(path, backups), context());
		expect(report.status).toBe('failed');
		expect(listTree(state)).toEqual([]);
		const { code, message } = report.artefacts[0]?.problem ?? {};
		return `${code}: ${message}`;
	};

	test('a path that does not exist, and one that is a folder', async () => {
		expect(await refusal(join(folder, 'missing.db'))).toMatch(/^source_missing: .*does not exist/);
		expect(await refusal(folder)).toMatch(/^source_missing: .*is no file/);
		expect(listTree(folder)).toEqual([]);
	});

	test('an empty file, one that is something else, and one that is encrypted', async () => {
		const path = join(folder, 'app.db');
		writeFileSync(path, '');
		expect(await refusal(path)).toMatch(/^source_unreadable: .*is empty \(0 bytes\)/);
		writeFileSync(path, 'a text that is long enough to be looked at'.repeat(100));
		expect(await refusal(path)).toMatch(/^source_unreadable: .*no SQLite database, or an encrypted one/);
		writeFileSync(path, Buffer.from(Array.from({ length: 8192 }, (_, index) => (index * 7919) % 251)));
		expect(await refusal(path)).toMatch(/^source_unreadable: .*no SQLite database, or an encrypted one/);
	});

	test('a damaged database, with what SQLite finds', async () => {
		const path = join(folder, 'app.db');
		makeDatabase(path, 20_000);
		const bytes = readFileSync(path);
		bytes.fill(0xa5, 20_000, 24_000);
		writeFileSync(path, bytes);
		expect(await refusal(path)).toMatch(/^dump_failed: .*is damaged/);
		makeDatabase(join(folder, 'cut.db'), 20_000);
		truncateSync(join(folder, 'cut.db'), 16_384);
		expect(await refusal(join(folder, 'cut.db'))).toMatch(/^dump_failed: .*is damaged/);
	});
});

test('a database without tables is stored with a warning', async () => {
	const path = join(folder, 'app.db');
	sqlite3(path, 'pragma user_version=1');
	expect(await backUpSite(sqliteSite(path, backups), context())).toMatchObject({
		status: 'warning',
		artefacts: [{ warnings: ['it holds no table'] }],
	});
});

test('names that would mean something to SQLite or a shell are only names', async () => {
	const strange = join(folder, 'a b\'c"d;?mode=rwc#%20$(id)\n');
	mkdirSync(strange);
	const path = join(strange, 'file:app.db?immutable=1');
	makeDatabase(path, 7);
	symlinkSync(path, join(folder, 'link'));
	for (const each of [path, join(folder, 'link')]) {
		const copy = join(scope.emptyFolder(), 'copy');
		expect(await takeSnapshot(await findSqlite(each), copy)).toEqual({
			tables: [{ name: 'orders', rows: 7 }],
			unchecked: [],
		});
	}
	expect(listTree(strange)).toEqual(['file:app.db?immutable=1']);
});

test('tables with strange names are counted, and one whose module is missing is told', async () => {
	const path = join(folder, 'app.db');
	sqlite3(
		path,
		`create table "or""der; drop" (id); insert into "or""der; drop" values (1), (2);
		create table other (id); pragma writable_schema=on;
		insert into sqlite_schema values ('table', 'nearby', 'nearby', 0, 'create virtual table nearby using nobody_has_it(x)')`,
	);
	const report = await backUpSite(sqliteSite(path, backups), context());
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [{ warnings: [expect.stringContaining('"nearby" cannot be counted here')] }],
	});
	expect(stored().manifest.artefacts[0]?.tables).toEqual([
		{ name: 'or"der; drop', rows: 2 },
		{ name: 'other', rows: 0 },
	]);
});

test('verification finds a database of another size than its header says', async () => {
	const path = join(folder, 'app.db');
	makeDatabase(path, 5000);
	await backUpSite(sqliteSite(path, backups), context());
	const { file, manifest } = stored();
	const end = (bytes: Buffer): unknown => {
		const checker = new SqliteChecker();
		for (let at = 0; at < bytes.length; at += 1000) checker.push(bytes.subarray(at, at + 1000));
		return checker.end();
	};
	const bytes = readFileSync(file);
	expect(bytes.length).toBe(manifest.artefacts[0]?.plainBytes);
	expect(end(bytes)).toMatchObject({ pageBytes: 4096, pages: bytes.length / 4096 });
	expect(() => end(bytes.subarray(0, -4096))).toThrow(/and not \d+ pages of 4096 bytes/);
	expect(() => end(bytes.subarray(0, 50))).toThrow(/does not begin as one/);
	expect(() => end(Buffer.concat([Buffer.from('x'), bytes]))).toThrow(/does not begin as one/);
});
