import {
	chmodSync,
	chownSync,
	mkdirSync,
	rmSync,
	statSync,
	symlinkSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';

import { Scope } from '../support/scope';
import { startPostgres } from '../support/supabase/postgres';
import { compareFingerprints, fingerprintDatabase, fingerprintFolder, type Query } from './fingerprint';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('fingerprint');
});

afterAll(() => scope.close());

/** Two files, a folder and a link, always of the same time. */
function sample(): string {
	const root = scope.path('folder');
	rmSync(root, { recursive: true, force: true });
	mkdirSync(`${root}/sub`, { recursive: true });
	writeFileSync(`${root}/a`, 'content');
	writeFileSync(`${root}/sub/b`, '');
	symlinkSync('a', `${root}/link`);
	for (const path of ['a', 'sub/b', 'sub']) utimesSync(`${root}/${path}`, 1_700_000_000, 1_700_000_000);
	// The time of a link cannot be set here, so that of the folder is what the tests compare.
	return root;
}

const changes: [string, (root: string) => void][] = [
	[
		'one byte, with size and time as before',
		(root) => {
			const { atime, mtime } = statSync(`${root}/a`);
			writeFileSync(`${root}/a`, 'contenu');
			utimesSync(`${root}/a`, atime, mtime);
		},
	],
	['a mode', (root) => chmodSync(`${root}/a`, 0o600)],
	['an owner', (root) => chownSync(`${root}/a`, 33, 33)],
	['a time', (root) => utimesSync(`${root}/sub`, 1_600_000_000, 1_600_000_000)],
	['a missing file', (root) => unlinkSync(`${root}/sub/b`)],
	[
		'where a link leads',
		(root) => {
			unlinkSync(`${root}/link`);
			symlinkSync('b', `${root}/link`);
		},
	],
];

test.each(changes)('the fingerprint of a folder changes with %s', (_, change) => {
	const root = sample();
	const before = fingerprintFolder('media', root);
	expect(fingerprintFolder('media', root)).toEqual(before);
	change(root);
	const [comparison] = compareFingerprints([before], [fingerprintFolder('media', root)]);
	expect(comparison?.equal).toBe(false);
});

test('the fingerprint of a database changes with one value, a row, an index, and a table that came or went', async () => {
	const server = await startPostgres(scope);
	await server.exec(
		`CREATE TABLE goods (id integer PRIMARY KEY, name text); CREATE TABLE notes (text text);
		INSERT INTO goods SELECT n, 'thing ' || n FROM generate_series(1, 1000) n; INSERT INTO notes VALUES ('one')`,
	);
	const query: Query = async (sql) =>
		(await server.exec(sql)).map((row: object) => String(Object.values(row)[0]));
	const before = await fingerprintDatabase(query);
	const different = async (change: string, undo: string): Promise<string[]> => {
		await server.exec(change);
		const after = await fingerprintDatabase(query);
		await server.exec(undo);
		return compareFingerprints(before, after)
			.filter(({ equal }) => !equal)
			.map(({ part }) => part);
	};
	expect(before.find(({ part }) => part === 'table goods')?.count).toBe(1000);
	expect(await different('SELECT 1', 'SELECT 1')).toEqual([]);
	expect(
		await different(
			"UPDATE goods SET name = 'other' WHERE id = 500",
			"UPDATE goods SET name = 'thing 500' WHERE id = 500",
		),
	).toEqual(['table goods']);
	expect(await different("INSERT INTO notes VALUES ('two')", "DELETE FROM notes WHERE text = 'two'")).toEqual(
		['table notes'],
	);
	expect(await different('CREATE INDEX extra ON goods (name)', 'DROP INDEX extra')).toEqual([
		'database structure',
	]);
	expect(
		await different('ALTER TABLE notes RENAME TO remarks', 'ALTER TABLE remarks RENAME TO notes'),
	).toEqual(['table notes', 'database structure', 'table remarks']);
});
