import { existsSync, readdirSync, writeFileSync } from 'node:fs';

import { backUpSite, drillSite, generateKey, planRestore, restoreSite } from '../../../../src/backup';
import { ContainerPrograms } from '../../../../src/docker';
import type { Site } from '../../../../src/shared';
import { imageTag } from '../../../support/images/images';
import { failureOf, site, startDatabase, useBackupStand } from '../engine-stand';
import { obedient } from '../quiet-stand';

const stand = useBackupStand('globals-container', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;
let shop: Site;
let siteIn: (path: string) => Site;
let context: ReturnType<typeof stand.context>;
const latest = { restorePoint: 'latest' };

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
	const inContainer = `mkdir /tmp/space && chown postgres /tmp/space`;
	await stand.engine.cli('exec', '-u', 'root', 'shop-db', 'sh', '-c', inContainer);
	await psql(
		`create role "the owner" login password 'a-password'; create role readers; grant readers to "the owner"`,
	);
	await psql(`alter database shop set app.token to 'a-token'`);
	await psql(`create table goods as select 1 as id; alter table goods owner to "the owner"`);
	const { identity, recipient } = await generateKey(new Date());
	context = stand.context({ secrets: { encryption: { identities: [identity] } } });
	siteIn = (path) =>
		site({
			backup: {
				databases: [
					{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop', globals: true },
				],
			},
			encryption: { recipients: [recipient] },
			destinations: [{ name: 'local', type: 'directory', path }],
		});
	shop = siteIn(stand.folder());
	expect(await backUpSite(shop, context)).toMatchObject({
		status: 'ok',
		artefacts: [{ name: 'globals-shop' }, { name: 'db-shop' }],
	});
});

const roles = (): Promise<string> =>
	psql(`select rolname, rolcanlogin, rolpassword from pg_authid where rolname !~ '^pg_' order by 1`);

test('BK-28: missing roles are made in the container, and no hash of a password or value of a setting is in a command there', async () => {
	const before = await roles();
	expect(before).toContain('SCRAM');
	await psql('drop database shop', 'postgres');
	await psql('drop role "the owner"', 'postgres');
	const commands: unknown[] = [];
	const { start, run } = ContainerPrograms.prototype;
	const spies = [
		jest.spyOn(ContainerPrograms.prototype, 'start').mockImplementation(function (
			this: ContainerPrograms,
			...given
		) {
			commands.push(given);
			return start.apply(this, given);
		}),
		jest.spyOn(ContainerPrograms.prototype, 'run').mockImplementation(function (
			this: ContainerPrograms,
			...given
		) {
			commands.push(given);
			return run.apply(this, given);
		}),
	];
	const restored = await restoreSite(shop, context, latest);
	for (const spy of spies) spy.mockRestore();
	expect(restored.artefacts[0]).toMatchObject({ name: 'globals-shop', notes: ['Made: role "the owner".'] });
	expect(JSON.stringify(commands)).toContain('--file=/tmp/');
	expect(JSON.stringify([commands, restored])).not.toMatch(/SCRAM|a-token/);
	expect(await psql(`select current_setting('app.token')`)).toBe('a-token');
	expect([await psql('select current_database()'), await roles()]).toEqual(['shop', before]);
	expect(await stand.engine.cli('exec', 'shop-db', 'ls', '/tmp')).toBe('space');
});

test('BK-28: an extension that the server lacks is named before the database is touched', async () => {
	const folder = '/usr/share/postgresql/15/extension';
	const inContainer = (script: string) =>
		stand.engine.cli('exec', '-u', 'root', 'shop-db', 'sh', '-c', script);
	await inContainer(`echo "default_version = '1'" > ${folder}/stock.control
		echo "create table in_stock (id int);" > ${folder}/stock--1.sql`);
	await psql('create extension stock');
	const of = siteIn(stand.folder());
	expect(await backUpSite(of, context)).toMatchObject({ status: 'ok' });
	const options = { ...latest, overwrite: true };
	expect(await planRestore(of, context, options)).toMatchObject({ ok: true });
	await psql('drop extension stock');
	await inContainer(`rm ${folder}/stock*`);
	const refusal = {
		code: 'target_refused',
		message: 'PostgreSQL in the container shop-db lacks the extension "stock".',
		remedy: expect.stringMatching(/^Install them where the server runs/),
	};
	expect(await planRestore(of, context, options)).toMatchObject({
		ok: false,
		artefacts: [{ name: 'globals-shop' }, { name: 'db-shop', problem: refusal }],
	});
	expect(await failureOf(restoreSite(of, context, options))).toMatchObject(refusal);
	expect(await psql('select count(*) from goods')).toBe('1');
	expect(await stand.engine.cli('exec', 'shop-db', 'ls', '/tmp')).toBe('space');
});

test('BK-30: roles are made in a throwaway server and compared; tablespaces are told as not proved', async () => {
	const drilled = await drillSite(shop, context, latest);
	expect(drilled).toMatchObject({
		outcome: 'proved',
		artefacts: [{ name: 'globals-shop', outcome: 'proved', entries: 3, notes: [] }, { outcome: 'proved' }],
	});
	await psql(`create tablespace space location '/tmp/space'`, 'postgres');
	await backUpSite(shop, context);
	const parts = { ...latest, artefacts: ['globals-shop'] };
	expect((await drillSite(shop, context, parts)).artefacts).toMatchObject([
		{ outcome: 'unproved', notes: [expect.stringContaining('tablespaces were not made')] },
	]);
	await psql('drop tablespace space', 'postgres');
	const { artefacts } = await restoreSite(shop, context, parts);
	expect(artefacts).toMatchObject([{ notes: ['Made: tablespace "space".'] }]);
	expect(await psql(`select pg_tablespace_location(oid) from pg_tablespace where spcname = 'space'`)).toBe(
		'/tmp/space',
	);
});

test('BK-27: roles that a restore has made are taken back when the containers are not well after it', async () => {
	const volume = 'shop_media_roles';
	const media = await stand.volume(volume);
	const of = {
		...shop,
		backup: {
			...shop.backup,
			volumes: site({ backup: { volumes: [{ name: 'media', volume }] }, destinations: shop.destinations })
				.backup.volumes,
		},
	};
	await backUpSite(of, context);
	await psql('drop database shop', 'postgres');
	await psql('drop role "the owner"', 'postgres');
	const before = await psql('select string_agg(rolname, $$,$$ order by rolname) from pg_roles', 'postgres');
	writeFileSync(`${media}/ok`, '');
	const web = await stand.engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'test -f /media/ok || exit 3; exec sleep 100000'],
		...obedient,
		HostConfig: { Binds: [`${volume}:/media`] },
	});
	await web.start();
	stand.tellOnceEnded('shop-web', () => !existsSync(`${media}/ok`));
	const attempt = restoreSite(
		of,
		{ ...context, stateFolder: stand.folder() },
		{ ...latest, overwrite: true, stopContainers: true, containers: { settleMs: 300 } },
	);
	expect(await failureOf(attempt)).toMatchObject({
		code: 'restore_rolled_back',
		message: expect.stringMatching(/As before: .*roles and tablespaces in the container shop-db/),
	});
	expect(await psql('select string_agg(rolname, $$,$$ order by rolname) from pg_roles', 'postgres')).toBe(
		before,
	);
	expect(await psql(`select count(*) from pg_database where datname = 'shop'`, 'postgres')).toBe('0');
	expect(readdirSync(media)).toEqual(['ok']);
});
