import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { backUpSite, generateKey, planRestore, restoreSite, verifySite } from '../../../../src/backup';
import { ClusterDumpReader } from '../../../../src/backup/globals/cluster-dump';
import { missingGlobals } from '../../../../src/backup/globals/missing';
import type { Manifest } from '../../../../src/backup/manifest';
import { SUPERUSER } from '../../../support/supabase/postgres';
import { programPath } from '../../../support/system-packages.cjs';
import { failureOf } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('globals');
const odd = `o'b\\r"x:y;`;
const quoted = `"o'b\\r""x:y;"`;

beforeAll(() => {
	stand.sql('create database shop', 'postgres');
	stand.sql(`create role grp; comment on role grp is 'it''s \\ fine;'; alter role grp set search_path to 'a', 'b';
		create role ${quoted} login password 'a-password' valid until '2030-01-01'; grant grp to ${quoted} with admin option;
		grant set on parameter work_mem to ${quoted}; create role untouched password 'other'; grant grp to untouched;
		create table goods as select 1 as id; alter table goods owner to ${quoted}`);
});

const globals = (): string =>
	execFileSync(join(dirname(programPath('postgres')), 'pg_dumpall'), ['--globals-only'], {
		env: { PGHOST: stand.server.socketFolder, PGPORT: String(stand.server.port), PGUSER: SUPERUSER },
		encoding: 'utf8',
	});
const statements = (dump = globals()): string[] => dump.split('\n').filter((line) => /^[A-Z]/.test(line));
const read = (dump: string) => {
	const reader = new ClusterDumpReader();
	reader.push(Buffer.from(dump));
	return reader.end();
};
const manifestIn = (folder: string, id: string): Manifest =>
	JSON.parse(readFileSync(join(folder, 'shop', id, 'manifest.json'), 'utf8')) as Manifest;
const latest = { restorePoint: 'latest' };
const hash = /SCRAM-SHA-256\$\S{20}/;

test('roles and tablespaces are an artefact of their own, without passwords and with a warning unless it is encrypted', async () => {
	const backups = stand.scope.emptyFolder();
	const shop = stand.site(backups, { globals: true });
	const report = await backUpSite(shop, stand.context());
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [
			{ name: 'globals-shop', kind: 'globals', warnings: [expect.stringContaining('is not encrypted')] },
			{ name: 'db-shop', status: 'ok' },
		],
	});
	const file = join(backups, 'shop', report.id, 'globals-shop.sql.zst');
	const content = execFileSync('zstd', ['-dc', file], { encoding: 'utf8' });
	expect(statements(content)).toEqual(statements().map((line) => line.replace(/ PASSWORD '[^']*'/, '')));
	const manifest = manifestIn(backups, report.id);
	expect(manifest.notKept).toContain('Roles: their passwords are not kept.');
	expect(manifest.artefacts[0]).toMatchObject({ format: 'sql', source: { rolePasswords: 'left out' } });
	expect((await verifySite(shop, stand.context(), latest)).ok).toBe(true);
});

test('BK-28: roles that are missing are made before the database that needs them, with their passwords; those that are there stay as they are', async () => {
	const backups = stand.scope.emptyFolder();
	const { identity, recipient } = await generateKey(new Date());
	const keys = { identities: [identity] };
	const shop = { ...stand.site(backups, { globals: true }), encryption: { recipients: [recipient] } };
	const { secrets } = stand.context();
	const context = stand.context({ secrets: { ...secrets, encryption: keys } });
	const before = statements();
	expect(before.join()).toMatch(hash);
	const report = await backUpSite(shop, context);
	expect(report).toMatchObject({ status: 'ok' });
	const told = JSON.stringify([report, manifestIn(backups, report.id)]);
	expect(told).not.toMatch(/SCRAM/);
	expect((await verifySite(shop, context, latest)).ok).toBe(true);

	stand.sql('drop database shop', 'postgres');
	stand.sql(
		`revoke all on parameter work_mem from ${quoted}; drop role ${quoted}; alter role untouched password 'changed' createdb`,
		'postgres',
	);
	const changed = statements();
	const lone = { ...latest, artefacts: ['db-shop'] };
	expect(await failureOf(restoreSite(shop, context, lone))).toMatchObject({
		message: expect.stringMatching(/role "o'b/),
	});
	const plan = await planRestore(shop, context, latest);
	expect(plan).toMatchObject({
		ok: true,
		artefacts: [{ name: 'globals-shop', replaces: false, notes: [`It would make: role "${odd}".`] }, {}],
	});
	expect(statements()).toEqual(changed);
	const restored = await restoreSite(shop, context, latest);
	expect(restored.artefacts).toMatchObject([
		{ name: 'globals-shop', notes: [`Made: role "${odd}".`] },
		{ name: 'db-shop' },
	]);
	expect(JSON.stringify([plan, restored])).not.toMatch(/SCRAM/);
	const untouched = (line: string): boolean => !/^ALTER ROLE untouched/.test(line);
	expect(statements().filter(untouched)).toEqual(before.filter(untouched));
	expect(statements().filter((line) => !untouched(line))).toEqual(changed.filter((line) => !untouched(line)));
	expect(stand.sql('select tableowner from pg_tables where tablename = $$goods$$')).toBe(odd);
});

test('BK-28: a restore that fails later takes the roles back that it has made', async () => {
	const backups = stand.scope.emptyFolder();
	const shop = stand.site(backups, { globals: true });
	const report = await backUpSite(shop, stand.context());
	stand.sql('drop database shop', 'postgres');
	stand.sql(`revoke all on parameter work_mem from ${quoted}; drop role ${quoted}`, 'postgres');
	const before = statements();
	const controller = new AbortController();
	const progress = ({ step, artefact }: { step: string; artefact: string }): void => {
		if (step === 'restore' && artefact === 'db-shop') controller.abort();
	};
	const attempt = restoreSite(shop, stand.context({ signal: controller.signal, progress }), latest);
	await failureOf(attempt);
	expect(statements()).toEqual(before);
	const restored = await restoreSite(shop, stand.context(), latest);
	expect(restored.artefacts[0]?.notes).toContain(
		'The passwords of these roles are not in the backup; set them.',
	);
	expect(report.status).toBe('warning');
});

test('the recipe of the manifest makes the roles, by zstd and psql alone', async () => {
	const backups = stand.scope.emptyFolder();
	const report = await backUpSite(stand.site(backups, { globals: true }), stand.context());
	const { recipe } = manifestIn(backups, report.id);
	const command = recipe.find((line) => line.includes('globals-shop.sql.zst') && line.includes('psql')) ?? '';
	const before = statements();
	stand.sql('drop database shop', 'postgres');
	stand.sql(`revoke all on parameter work_mem from ${quoted}; drop role ${quoted}`, 'postgres');
	execFileSync('sh', ['-c', `${command} 2>/dev/null`], {
		cwd: join(backups, 'shop', report.id),
		env: {
			PATH: `${dirname(programPath('postgres'))}:${process.env['PATH']}`,
			PGHOST: stand.server.socketFolder,
			PGPORT: String(stand.server.port),
		},
	});
	const withoutPassword = (lines: string[]) => lines.map((line) => line.replace(/ PASSWORD '[^']*'/, ''));
	expect(withoutPassword(statements())).toEqual(withoutPassword(before));
});

test('passwords of roles that may not be read are left out with a warning', async () => {
	stand.sql(`create role lesser login password 'lesser-password'`, 'postgres');
	const { secrets } = stand.context();
	const encryption = { passphrase: 'correct horse battery staple' };
	const report = await backUpSite(
		{
			...stand.site(stand.scope.emptyFolder(), { globals: true, user: 'lesser' }),
			encryption: { passphrase: true as const },
		},
		stand.context({ secrets: { ...secrets, databasePasswords: { '*': 'lesser-password' }, encryption } }),
	);
	expect(report.artefacts[0]).toMatchObject({
		name: 'globals-shop',
		status: 'warning',
		warnings: [expect.stringContaining('only a superuser')],
	});
});

describe('what pg_dumpall has written', () => {
	test('is refused when it is cut, empty, something else or no SQL that is known', () => {
		const whole = globals();
		expect(read(whole).roles.map(({ name }) => name)).toContain(odd);
		const codeOf = (dump: string): string => {
			try {
				read(dump);
			} catch (thrown) {
				return (thrown as { code: string }).code;
			}
			return 'accepted';
		};
		for (let length = 0; length < whole.trimEnd().length; length += 7) {
			expect([length, codeOf(whole.slice(0, length))]).not.toEqual([length, 'accepted']);
		}
		expect(codeOf('')).toBe('archive_cut');
		expect(codeOf(`hello\n${whole}`)).toBe('archive_damaged');
		const hostile = whole.replace('CREATE ROLE grp;', '\\! touch /tmp/hostile\nCREATE ROLE grp;');
		expect(codeOf(hostile)).toBe('archive_damaged');
		expect(codeOf(whole.replace('CREATE ROLE grp;', 'CREATE ROLE grp :name;'))).toBe('archive_damaged');
	});

	test('is carried out for what is missing alone', () => {
		const dump = read(
			globals().replace('CREATE ROLE grp;', 'CREATE ROLE grp;\nALTER SYSTEM SET work_mem TO grp;'),
		);
		const names = dump.roles.map(({ name }) => name);
		const known = { roles: names.filter((name) => name !== 'grp'), tablespaces: [] };
		const missing = missingGlobals(dump, known);
		expect(missing.roles).toEqual(['grp']);
		expect(missing.script.map((sql) => sql.split(' ').slice(0, 3).join(' '))).toEqual([
			'CREATE ROLE grp',
			'ALTER ROLE grp',
			'COMMENT ON ROLE',
			'ALTER ROLE grp',
		]);
		// Two members that are there, and a statement of another kind.
		expect(missing.leftOut).toBe(3);
		expect(missingGlobals(dump, { roles: names, tablespaces: [] })).toMatchObject({ roles: [], script: [] });
	});
});
