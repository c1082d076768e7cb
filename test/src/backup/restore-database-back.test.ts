import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { backUpSite, restoreSite, type RestoreReport } from '../../../src/backup';
import { Database } from '../../../src/backup/postgres/database';
import { DockerError } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { failureOf, site, startDatabase, useBackupStand } from './engine-stand';
import { obedient } from './quiet-stand';

const stand = useBackupStand('restore-db-back', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
});

beforeEach(async () => {
	for (const name of await databases()) await psql(`drop database "${name}"`, 'postgres');
	await psql('create database shop', 'postgres');
	await psql(`create table goods (name text); insert into goods values ('saved')`);
});
afterEach(async () => {
	await stand.engine.docker.getContainer('shop-web').remove({ force: true });
	stand.proxy.before = () => Promise.resolve(undefined);
	jest.restoreAllMocks();
});

const databases = async (): Promise<string[]> => {
	const sql = "select datname from pg_database where datname !~ '^(postgres|template.)$' order by 1";
	return (await psql(sql, 'postgres')).split('\n').filter(Boolean);
};
const goods = async (at?: string): Promise<string> => await psql('select name from goods', at);

interface Shop {
	restore(to?: string): Promise<RestoreReport>;
	/** Where the folder of the site is. */
	parent: string;
	/** The content of its volume. */
	media: string;
}

/** A site whose container ends with the content that was saved, and runs with the one it has now. */
async function startShop(volume: string): Promise<Shop> {
	const [media, parent] = [await stand.volume(volume), stand.folder()];
	const of = site({
		backup: {
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
			volumes: [{ name: 'media', volume }],
			directories: [{ name: 'www', path: `${parent}/www` }],
		},
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	mkdirSync(`${parent}/www`);
	writeFileSync(`${parent}/www/page`, 'saved');
	writeFileSync(`${media}/saved`, '');
	expect(await backUpSite(of, stand.context())).toMatchObject({ status: 'ok' });
	rmSync(`${media}/saved`);
	await psql(`update goods set name = 'live'`);
	writeFileSync(`${parent}/www/page`, 'live');
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
	const context = stand.context({ stateFolder: stand.folder() });
	const restore = (to?: string): Promise<RestoreReport> =>
		restoreSite(of, context, {
			...{ restorePoint: 'latest', overwrite: true, stopContainers: true },
			containers: { settleMs: 300 },
			...(to !== undefined && { to: { 'db-shop': to } }),
		});
	return { restore, parent, media };
}

const runs = async (): Promise<boolean> =>
	(await stand.engine.docker.getContainer('shop-web').inspect()).State.Running;

/** Something that happens around the change of names by which a database is taken back, which is the second one. */
function aroundTheWayBack(act: (change: () => Promise<void>) => Promise<void>): void {
	const { runOrElse } = Database.prototype;
	let changes = 0;
	jest.spyOn(Database.prototype, 'runOrElse').mockImplementation(async function (this: Database, ...given) {
		changes += 1;
		const change = () => runOrElse.apply(this, given);
		await (changes === 2 ? act(change) : change());
	});
}

const broken = new DockerError('unreachable', 'The connection broke.', 'Try again.');

test.each([
	['replaced', undefined],
	['made', 'shop_new'],
])(
	'BK-27: a database that was %s is taken back with the volume and the directory beside it',
	async (_, to) => {
		const { restore, parent, media } = await startShop(`shop_media_${to ?? 'same'}`);
		expect(await failureOf(restore(to))).toMatchObject({ code: 'restore_rolled_back' });
		expect(await runs()).toBe(true);
		expect(await databases()).toEqual(['shop']);
		expect(await goods()).toBe('live');
		expect(readFileSync(`${parent}/www/page`, 'utf8')).toBe('live');
		expect([readdirSync(parent), readdirSync(media)]).toEqual([['www'], ['ok']]);
	},
);

test('BK-27: a database is told as taken back, also when the answer of the way back is lost', async () => {
	const { restore } = await startShop('shop_media_lost');
	aroundTheWayBack(async (change) => {
		await change();
		throw broken;
	});
	expect(await failureOf(restore())).toMatchObject({ code: 'restore_rolled_back' });
	expect(await databases()).toEqual(['shop']);
	expect(await goods()).toBe('live');
});

test('BK-27: what there was before a restore is kept when nobody knows whether the way back goes on', async () => {
	const { restore, parent } = await startShop('shop_media_unknown');
	aroundTheWayBack(() => Promise.reject(broken));
	const failure = await failureOf(restore());
	const [, kept = ''] = await databases();
	expect([await goods(), await goods(kept)]).toEqual(['saved', 'live']);
	expect(failure).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(
			/: Whether the database shop .* was taken back is unknown, .* If it was not, what was there before is the database shop_\w+\. As before: /,
		),
	});
	expect(readFileSync(`${parent}/www/page`, 'utf8')).toBe('live');
});

test('BK-27: what was restored and cannot be removed is named, and all is as before', async () => {
	const { restore, parent } = await startShop('shop_media_stuck');
	const { rows } = Database.prototype;
	let stuck = '';
	aroundTheWayBack(async (change) => {
		await change();
		[, stuck = ''] = await databases();
		jest.spyOn(Database.prototype, 'rows').mockImplementation(function (this: Database, ...given) {
			return given[0].includes('drop database') ? Promise.reject(broken) : rows.apply(this, given);
		});
	});
	expect(await failureOf(restore())).toMatchObject({
		code: 'restore_rolled_back',
		message: expect.stringContaining(
			'What was restored could not be removed and is still there: database shop_restore_',
		),
	});
	expect(await databases()).toEqual(['shop', stuck]);
	expect([await goods(), await goods(stuck)]).toEqual(['live', 'saved']);
	expect(readFileSync(`${parent}/www/page`, 'utf8')).toBe('live');
});
