import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { backUpSite, planRestore, restoreSite } from '../../../../src/backup';
import { decodeManifest, encodeManifest, type Manifest } from '../../../../src/backup/manifest';
import { runCommandLine } from '../../../../src/cli';
import { SUPERUSER } from '../../../support/supabase/postgres';
import { programPath } from '../../../support/system-packages.cjs';
import { failureOf } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('needs');
const latest = { restorePoint: 'latest' };

beforeAll(() => {
	stand.sql('create database shop', 'postgres');
	stand.sql('create table goods as select n as id from generate_series(1, 1000) n');
});

const manifestIn = (point: string): Manifest => {
	const path = join(point, 'manifest.json');
	return decodeManifest(readFileSync(path), path);
};

describe('settings, rights, comment and limit of the database itself', () => {
	const kept = (name: string): string =>
		stand.sql(
			`select datconnlimit, datacl, shobj_description(oid, 'pg_database'),
			(select array_agg((setrole::regrole, setconfig) order by setrole) from pg_db_role_setting where setdatabase = d.oid)
			from pg_database d where datname = '${name}'`,
			'postgres',
		);

	beforeAll(() => {
		stand.sql('create role reader; create role "next: reader"; create role writer', 'postgres');
	});

	test('come back with it, also under another name and by the recipe alone', async () => {
		stand.sql(`alter database shop set work_mem to '8MB'; alter database shop set search_path to 'a''s', public;
			alter database shop set default_transaction_read_only to on;
			alter role reader in database shop set work_mem to '9MB'; alter database shop connection limit 7;
			comment on database shop is 'the "shop"; \\ :user'' it is'`);
		stand.sql(
			`revoke all on database shop from public; grant connect on database shop to reader with grant option;
			set session authorization reader; grant connect on database shop to "next: reader";
			reset session authorization; grant create on database shop to writer`,
			'postgres',
		);
		const before = kept('shop');
		expect(before).toMatch(/^7\|.*"next: reader\\*"=c\/reader.*\|the "shop"; .*work_mem=9MB/s);
		const backups = stand.scope.emptyFolder();
		const shop = stand.site(backups);
		const { id, status } = await backUpSite(shop, stand.context());
		expect(status).toBe('ok');
		const to = { 'db-shop': 'a "copy"' };
		const { artefacts } = await restoreSite(shop, stand.context(), { ...latest, to });
		expect(artefacts[0]).not.toHaveProperty('errors');
		expect(kept('a "copy"')).toBe(before);
		for (const name of ['"a ""copy"""', 'shop']) stand.sql(`drop database ${name}`, 'postgres');
		const point = join(backups, 'shop', id);
		const { recipe, notKept } = manifestIn(point);
		expect(notKept.join()).not.toMatch(/ALTER DATABASE/);
		execFileSync('sh', ['-e'], {
			cwd: point,
			input: recipe.join('\n'),
			env: {
				PATH: `${dirname(programPath('postgres'))}:${process.env['PATH']}`,
				PGHOST: stand.server.socketFolder,
				PGPORT: String(stand.server.port),
				// The database is closed to writers from its beginning on, and whoever restores is one.
				PGOPTIONS: '-c default_transaction_read_only=off',
			},
		});
		expect(kept('shop')).toBe(before);
		expect(stand.sql('select count(*) from public.goods')).toBe('1000');
		stand.sql(
			'alter database shop reset all; alter database shop connection limit -1; grant all on database shop to public',
			'postgres',
		);
	});

	test('are listed where the server does not accept them, and cost nothing else', async () => {
		stand.sql(
			`create role maker login createdb password 'maker-password' in role reader, writer;
			alter database shop owner to maker; alter database shop set log_min_messages to info`,
			'postgres',
		);
		stand.sql('alter table goods owner to maker');
		const backups = stand.scope.emptyFolder();
		await backUpSite(stand.site(backups), stand.context());
		const [restored] = (
			await restoreSite(
				stand.site(backups, { user: 'maker' }),
				stand.context({ secrets: { databasePasswords: { '*': 'maker-password' } } }),
				{ ...latest, to: { 'db-shop': 'made' } },
			)
		).artefacts;
		expect(restored?.errors?.join('\n')).toMatch(
			/Not applied to the database: ALTER DATABASE "made_restore_\w+" SET log_min_messages … \(.*permission denied/,
		);
		expect(stand.sql('select count(*) from goods', 'made')).toBe('1000');
		stand.sql('drop database made', 'postgres');
		stand.sql(`alter database shop reset all; alter database shop owner to ${SUPERUSER}`, 'postgres');
	});
});

describe('BK-28: what a dump needs of the server', () => {
	const of = (options: object = {}) => ({ ...latest, overwrite: true, ...options });
	let shop: ReturnType<typeof stand.site>;
	let point: string;

	beforeAll(async () => {
		const [backups, space] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
		execFileSync('chown', ['postgres', space]);
		stand.sql(`create tablespace space location '${space}'`);
		stand.sql(`create role lost; create role "lost; too"; create role denied; create schema more authorization lost;
			create table more.texts (a text collate "de-x-icu", b text collate "fr-x-icu",
				note text default 'COLLATE pg_catalog.none') tablespace space;
			insert into more.texts values ('ä', 'é');
			create policy own on more.texts to "lost; too" using (a <> 'to nobody, else');
			grant select (a) on more.texts to denied`);
		shop = stand.site(backups);
		point = join(backups, 'shop', (await backUpSite(shop, stand.context())).id);
	});

	/** With other facts in the manifest than those of the server that was backed up. */
	const alter = (facts: Record<string, string>): void => {
		const { checksum: _, ...manifest } = manifestIn(point);
		for (const { source } of manifest.artefacts) Object.assign(source, facts);
		writeFileSync(join(point, 'manifest.json'), encodeManifest(manifest));
	};
	const roles = (): string => stand.sql('select string_agg(rolname, $$,$$ order by 1) from pg_roles');

	test('and is there is not spoken of; a change of its owner is', async () => {
		expect(await planRestore(shop, stand.context(), of())).toMatchObject({
			ok: true,
			artefacts: [{ notes: [], replaces: true }],
		});
		stand.sql('alter database shop owner to lost');
		expect(await planRestore(shop, stand.context(), of())).toMatchObject({
			ok: true,
			artefacts: [
				{
					notes: [
						`It belongs to the role "lost" now and to "${SUPERUSER}" in the backup, which is what is restored.`,
					],
				},
			],
		});
		stand.sql(`alter database shop owner to ${SUPERUSER}`);
	});

	test('and is missing is named as a whole before the database is touched, by a dry run too', async () => {
		stand.sql('drop schema more cascade');
		// Of the database that new ones are made from.
		stand.sql('alter database template0 allow_connections true', 'postgres');
		for (const name of ['template0', 'postgres']) stand.sql('drop collation pg_catalog."de-x-icu"', name);
		stand.sql('drop role lost; drop role "lost; too"; drop role denied');
		stand.sql('drop tablespace space');
		alter({ collate: 'xx_YY.utf8' });
		const refusal = {
			code: 'target_refused',
			message: expect.stringMatching(
				/^PostgreSQL at 127\.0\.0\.1:\d+ lacks the roles "lost", "denied", "lost; too", .*; the tablespace "space"; the collation "de-x-icu"; the locale "xx_YY\.utf8" \(could not create locale.*No such file or directory\)\.$/,
			),
			remedy: expect.stringMatching(/create role "lost; too"; .*create tablespace/),
		};
		const before = [roles(), stand.databases()];
		expect(await planRestore(shop, stand.context(), of())).toMatchObject({
			ok: false,
			artefacts: [{ replaces: true, endsSessions: 0, problem: refusal }],
		});
		expect(await failureOf(restoreSite(shop, stand.context(), of()))).toMatchObject(refusal);
		expect([roles(), stand.databases()]).toEqual(before);
		expect(stand.sql('select count(*) from goods')).toBe('1000');
	});

	test('and costs errors of pg_restore is a failure unless these are allowed; then they are listed', async () => {
		alter({ collate: 'C.UTF-8' });
		for (const name of ['template0', 'postgres'])
			stand.sql(`select pg_import_system_collations('pg_catalog')`, name);
		expect(await failureOf(restoreSite(shop, stand.context(), of()))).toMatchObject({
			message: expect.stringContaining('lacks the roles "lost"'),
		});
		const to = { 'db-shop': 'allowed' };
		const [restored] = (await restoreSite(shop, stand.context(), of({ to, allowErrors: true }))).artefacts;
		expect(restored?.notes?.join()).toMatch(/lacks the roles "lost"/);
		expect(restored?.errors).toEqual(
			expect.arrayContaining(['role "lost" does not exist', 'role "denied" does not exist']),
		);
		expect(stand.sql('select a || b from more.texts', 'allowed')).toBe('äé');
		stand.sql('drop database allowed', 'postgres');
		const file = join(point, '..', '..', 'shop.json');
		writeFileSync(file, JSON.stringify(shop));
		const given = [
			'--site',
			file,
			'--artefact',
			'db-shop',
			'--to',
			'db-shop=allowed',
			'--allow-errors',
			'--state',
			point,
		];
		let out = '';
		const status = await runCommandLine(['backup', 'restore', 'latest', ...given], {
			out: (text) => (out += text),
			err: (text) => (out += text),
			env: { OPSDESK_PG_PASSWORD: stand.server.password },
		});
		expect([status, out]).toEqual([
			3,
			expect.stringContaining('db-shop: NOT RESTORED: role "lost" does not exist'),
		]);
		stand.sql('drop database allowed', 'postgres');
	});
});
