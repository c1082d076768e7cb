import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { databasePasswords } from '../../../src/cli/database-passwords';
import { parseSites } from '../../../src/shared';

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'opsdesk-passwords-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const server = { type: 'postgres-server' as const, host: 'db.example.com', database: 'shop', user: 'backup' };
const sites = parseSites({
	name: 'shop',
	backup: {
		databases: [
			{ ...server, name: 'main-db' },
			{ ...server, name: 'reports', host: 'fe80::1', port: 6432 },
			{ name: 'local', type: 'postgres', container: 'shop-db', database: 'shop' },
		],
	},
	destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
});
const found = (env: Record<string, string>) => databasePasswords(sites, { env: { HOME: folder, ...env } });

test('the password of a database comes from its own variable before the common one', async () => {
	expect(await found({})).toEqual({});
	expect(await found({ OPSDESK_PG_PASSWORD: 'common' })).toEqual({ 'main-db': 'common', reports: 'common' });
	expect(await found({ OPSDESK_PG_PASSWORD: 'common', OPSDESK_PG_PASSWORD_MAIN_DB: 'own' })).toEqual({
		'main-db': 'own',
		reports: 'common',
	});
});

test('without a variable a password file of PostgreSQL is asked, unless others may read it', async () => {
	const path = join(folder, '.pgpass');
	writeFileSync(
		path,
		[
			'# comment',
			'other:*:*:*:no',
			'fe80\\:\\:1:6432:*:backup:with\\:colon\\\\and:more',
			'*:5432:shop:*:first',
			'',
		].join('\n'),
		{ mode: 0o600 },
	);
	const expected = { 'main-db': 'first', reports: 'with:colon\\and:more' };
	expect(await found({})).toEqual(expected);
	expect(await found({ HOME: '/nowhere', PGPASSFILE: path })).toEqual(expected);
	expect(await found({ OPSDESK_PG_PASSWORD_REPORTS: 'own' })).toEqual({ ...expected, reports: 'own' });
	chmodSync(path, 0o640);
	expect(await found({})).toEqual({});
});
