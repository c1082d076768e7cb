import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { backUpSite, restoreSite } from '../../../src/backup';
import { encodeManifest, type Manifest } from '../../../src/backup/manifest';
import type { Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { dieWhile, makeDatabase, sqlite3, sqliteSite } from './sqlite-stand';
import { errorOf, listTree } from './stand';

let scope: Scope;
let folder: string;
let backups: string;
let path: string;
let site: Site;
let id: string;
beforeAll(async () => {
	scope = await Scope.open('sqlite-restore');
});
afterAll(() => scope.close());
beforeEach(async () => {
	[folder, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	path = join(folder, 'app.db');
	makeDatabase(path, 500);
	chmodSync(path, 0o640);
	chownSync(path, 1234, 4321);
	site = sqliteSite(path, backups);
	({ id } = await backUpSite(site, {}));
});

const restore = (options: { overwrite?: boolean; to?: string } = {}) =>
	restoreSite(
		site,
		{},
		{
			restorePoint: 'latest',
			overwrite: options.overwrite,
			...(options.to && { to: { 'db-app': options.to } }),
		},
	);
const rows = (of = path): string => sqlite3(of, 'select count(*) from orders');

test('a database that was lost comes back with its rows, owner and mode', async () => {
	execFileSync('rm', [path]);
	const report = await restore();
	expect(report.artefacts).toEqual([
		{ name: 'db-app', kind: 'sqlite', target: `database ${path}`, plainBytes: statSync(path).size },
	]);
	expect(rows()).toBe('500');
	expect(statSync(path)).toMatchObject({ uid: 1234, gid: 4321, mode: 0o100640 });
	expect(listTree(folder)).toEqual(['app.db']);
});

test('one that is there is kept beside, with the log that belongs to it, which is not worked into the new one', async () => {
	execFileSync('rm', [path]);
	makeDatabase(path, 3, 'wal');
	await dieWhile(path, 'database.exec("insert into orders values (77, \'only in the log\')")');
	expect(existsSync(`${path}-wal`)).toBe(true);
	const report = await restore({ overwrite: true });
	const previous = `${path}.before-${id}`;
	expect(report.artefacts).toMatchObject([{ previous }]);
	expect(readdirSync(folder).sort()).toEqual([
		'app.db',
		`app.db.before-${id}`,
		`app.db.before-${id}-shm`,
		`app.db.before-${id}-wal`,
	]);
	expect(rows()).toBe('500');
	expect(sqlite3(previous, 'select max(id) from orders')).toBe('77');
});

test('a second restore keeps what the first one has kept', async () => {
	await restore({ overwrite: true });
	sqlite3(path, 'delete from orders');
	const { artefacts } = await restore({ overwrite: true });
	expect(artefacts).toMatchObject([{ previous: `${path}.before-${id}-2` }]);
	expect([rows(), rows(`${path}.before-${id}`), rows(`${path}.before-${id}-2`)]).toEqual(['500', '500', '0']);
});

test('a restore that was killed after the first rename goes on, and the log stays with its database', async () => {
	execFileSync('rm', [path]);
	makeDatabase(path, 3, 'wal');
	await dieWhile(path, 'database.exec("insert into orders values (77, \'only in the log\')")');
	renameSync(path, `${path}.before-${id}`);
	await restore({ overwrite: true });
	expect(rows()).toBe('500');
	expect(sqlite3(`${path}.before-${id}`, 'select max(id) from orders')).toBe('77');
});

describe('what is refused, with nothing changed', () => {
	const refusal = async (options: Parameters<typeof restore>[0] = {}): Promise<string> => {
		const before = listTree(folder);
		const { code, message } = (await errorOf(restore(options))) as { code: string; message: string };
		expect(listTree(folder)).toEqual(before);
		return `${code}: ${message}`;
	};

	test('a database that is there, without consent', async () => {
		expect(await refusal()).toMatch(/^target_not_empty: .*is there already/);
	});

	test('a log alone, which tells of a database in use, without consent', async () => {
		renameSync(path, join(folder, 'elsewhere.db'));
		writeFileSync(`${path}-wal`, 'x');
		expect(await refusal()).toMatch(/^target_not_empty: .*probably in use \(there is app\.db-wal\)/);
	});

	test('one that a program has open, even with consent', async () => {
		const user = new DatabaseSync(path);
		expect(await refusal({ overwrite: true })).toMatch(
			new RegExp(`^target_in_use: .*is open in \\S+ \\(pid ${process.pid}\\)`),
		);
		user.close();
	});

	test('a link, a folder, a path that is none, one that lacks its folder, and one among the backups', async () => {
		symlinkSync(path, join(folder, 'link.db'));
		mkdirSync(join(folder, 'folder'));
		expect(await refusal({ to: join(folder, 'link.db') })).toMatch(/^target_refused: .*is a symbolic link/);
		expect(await refusal({ to: join(folder, 'folder') })).toMatch(/^target_refused: .*is no file/);
		expect(await refusal({ to: 'app.db' })).toMatch(/^target_refused: .*not an absolute path/);
		expect(await refusal({ to: join(folder, 'none/app.db') })).toMatch(/^target_missing: /);
		expect(await refusal({ to: join(backups, 'app.db') })).toMatch(
			/^target_refused: .*where backups are kept/,
		);
	});

	test('content that is sound but holds other rows than were counted when it was backed up', async () => {
		const file = join(backups, 'shop', id, 'manifest.json');
		const { checksum: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
		const artefacts = manifest.artefacts.map((entry) => ({
			...entry,
			tables: [{ name: 'orders', rows: 501 }],
		}));
		writeFileSync(file, encodeManifest({ ...manifest, artefacts }));
		expect(await refusal({ to: join(folder, 'other.db') })).toMatch(
			/^verification_failed: .*500 rows in the table "orders" instead of 501/,
		);
	});
});

test('a database goes to another path when one is given', async () => {
	const to = join(folder, 'other.db');
	await restore({ to });
	expect(rows(to)).toBe('500');
});

test('the recipe of the manifest restores it with zstd and sqlite3 alone', async () => {
	const { recipe } = JSON.parse(readFileSync(join(backups, 'shop', id, 'manifest.json'), 'utf8')) as Manifest;
	execFileSync('rm', [path]);
	const said = execFileSync('sh', ['-e'], { cwd: join(backups, 'shop', id), input: recipe.join('\n') });
	expect(said.toString()).toContain('\nok\n');
	expect(rows()).toBe('500');
});
