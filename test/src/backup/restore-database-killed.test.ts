import { backUpSite, restoreSite } from '../../../src/backup';
import { site, startDatabase, until, useBackupStand } from './engine-stand';
import { killAtEachRequest } from './killed-restore';

const stand = useBackupStand('restore-db-killed', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
}, 60_000);

const databases = async (): Promise<string[]> => {
	const sql = "select datname from pg_database where datname !~ '^(postgres|template.)$' order by 1";
	return (await psql(sql, 'postgres')).split('\n').filter(Boolean);
};
const goods = async (at?: string): Promise<string> => await psql('select name from goods', at);

test('BK-26: a restore of a database is killed at each of its steps: old or new, what was there is kept, and it can be run again', async () => {
	await psql(`create table goods (name text); insert into goods values ('saved')`);
	const shop = site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	await backUpSite(shop, stand.context());
	await psql(`update goods set name = 'live'`);
	const states = new Set<string>();
	const isQuiet = async (): Promise<boolean> => {
		const others = `select count(*) from pg_stat_activity where application_name like 'opsdesk%'`;
		return (await psql(others, 'postgres')) === '0';
	};
	const killed = await killAtEachRequest(stand, shop, {}, async () => {
		await until('what was begun in the container has ended', isQuiet);
		const state = await goods();
		states.add(state);
		expect(['live', 'saved']).toContain(state);
		const kept = (await databases()).filter((name) => name.startsWith('shop_before_'));
		expect(await Promise.all(kept.map((name) => goods(name)))).toEqual(state === 'saved' ? ['live'] : []);
		await psql(`update goods set name = 'live'`);
		for (const name of kept) await psql(`drop database "${name}"`, 'postgres');
	});
	expect(killed).toBeGreaterThan(10);
	expect([...states].sort()).toEqual(['live', 'saved']);
	expect(await goods()).toBe('saved');
	// One that was still filled by the program of a killed restore goes with the next one.
	await psql(`update goods set name = 'live'`);
	const { artefacts } = await restoreSite(shop, stand.context(), { restorePoint: 'latest', overwrite: true });
	expect([await goods(), await goods(artefacts[0]?.previous?.replace('database ', ''))]).toEqual([
		'saved',
		'live',
	]);
	expect((await databases()).filter((name) => name.includes('_restore_'))).toEqual([]);
	expect(await stand.engine.cli('exec', 'shop-db', 'ls', '/tmp')).toBe('');
}, 120_000);
