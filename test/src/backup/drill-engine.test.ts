import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

import { backUpSite, drillSite, type DrillOptions } from '../../../src/backup';
import { DatabaseTarget } from '../../../src/backup/restore/database';
import { newStagingToken } from '../../../src/backup/restore/staging';
import { throwawayLabel } from '../../../src/docker';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, site, startDatabase, useBackupStand } from './engine-stand';
import { describeTree } from './stand';

const stand = useBackupStand('drill-engine', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;
let shop: Site;
let data: string;
let work: string;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
	await psql(`create role "the owner"; create table goods (id int primary key, name text);
		insert into goods select i, 'a ' || chr(9) || i from generate_series(1, 1000) i; alter table goods owner to "the owner";
		create table "Odd.one" (at timestamptz); insert into "Odd.one" values ('2026-01-01 12:00+05');
		select lo_from_bytea(0, 'large');`);
	data = await stand.volume('shop_media');
	mkdirSync(`${data}/uploads`);
	writeFileSync(`${data}/uploads/a`, 'alpha');
	symlinkSync('../../outwards', `${data}/out`);
	utimesSync(`${data}/uploads`, 1_000_000, 1_000_000);
	work = stand.folder();
	shop = site({
		backup: {
			volumes: [{ name: 'media', volume: 'shop_media' }],
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
		},
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	expect(await backUpSite(shop, stand.context())).toMatchObject({ status: 'ok' });
}, 120_000);

/** Everything the engine holds; volumes without a name are those of the databases that run. */
async function inEngine(): Promise<unknown> {
	const { docker } = stand.engine;
	const containers = await docker.listContainers({ all: true });
	const { Volumes } = await docker.listVolumes();
	const { length } = await docker.listNetworks();
	return [containers.flatMap(({ Names }) => Names).sort(), Volumes.map(({ Name }) => Name).sort(), length];
}

const drill = (options: Partial<DrillOptions> = {}, more = {}) =>
	drillSite(shop, stand.context(more), { restorePoint: 'latest', workFolder: work, ...options });

test('BK-30: a volume and a database are restored into places of their own and proved; what is live is not touched', async () => {
	const [before, live] = [await inEngine(), describeTree(data)];
	const databases = () => psql('select string_agg(datname, $$,$$ order by datname) from pg_database');
	const namesBefore = await databases();
	const report = await drill();
	expect(report.artefacts).toMatchObject([
		{ name: 'volume-media', outcome: 'proved', target: 'a throwaway volume', entries: 4, notes: [] },
		{ name: 'db-shop', outcome: 'proved', tables: 3, rows: 1002, notes: [] },
	]);
	expect(report).toMatchObject({ outcome: 'proved', ok: true, recorded: true, leftovers: [] });
	expect(report.recoveryMs).toBeGreaterThan(0);
	expect([await inEngine(), describeTree(data), await databases()]).toEqual([before, live, namesBefore]);
	expect([await stand.helpers(), readdirSync(work)]).toEqual([[], []]);
}, 120_000);

test('BK-30: a throwaway server has no network, no password and no folder of the host', async () => {
	let inspected: unknown;
	const swap = Object.getOwnPropertyDescriptor(DatabaseTarget.prototype, 'swap')
		?.value as DatabaseTarget['swap'];
	const spy = jest.spyOn(DatabaseTarget.prototype, 'swap').mockImplementation(async function (
		this: DatabaseTarget,
	) {
		const { docker } = stand.engine;
		const [found] = await docker.listContainers({ filters: { label: [throwawayLabel] } });
		const details = await docker.getContainer(found?.Id ?? '').inspect();
		inspected = details;
		const name = details.Name.slice(1);
		// A row that is lost on the way must be noticed.
		const sql = `update goods set name = 'other' where id = 500`;
		const [staging] = (
			await stand.engine.cli(
				'exec',
				name,
				'psql',
				'-U',
				'postgres',
				'-Atqc',
				'select datname from pg_database',
			)
		)
			.split('\n')
			.filter((database) => database.includes('_restore_'));
		await stand.engine.cli('exec', name, 'psql', '-U', 'postgres', '-d', staging ?? '', '-c', sql);
		return await swap.apply(this);
	});
	const before = await inEngine();
	const report = await drill({ artefacts: ['db-shop'] });
	spy.mockRestore();
	expect(report).toMatchObject({ outcome: 'failed', ok: false });
	expect(report.artefacts[0]?.problem?.message).toMatch(/public\.goods has other content in its 1000 rows/);
	expect(inspected).toMatchObject({
		HostConfig: { NetworkMode: 'none', Binds: null, PortBindings: {} },
		Mounts: [{ Type: 'volume' }],
	});
	expect(JSON.stringify(inspected)).not.toMatch(/password/i);
	expect(await inEngine()).toEqual(before);
}, 120_000);

test('BK-30: a drill that is cancelled, and one that was killed, leave no container and no volume', async () => {
	const before = await inEngine();
	for (const artefact of ['volume-media', 'db-shop']) {
		const controller = new AbortController();
		const progress = () => controller.abort();
		const attempt = drill({ artefacts: [artefact] }, { signal: controller.signal, progress });
		expect(await failureOf(attempt)).toMatchObject({ code: 'cancelled' });
		expect(await inEngine()).toEqual(before);
	}
	// As a drill of a process that is gone has left them: nothing has the largest process number.
	const [seconds, machine, , start] = newStagingToken().split('_');
	const left = `opsdesk-drill-1-${[seconds, machine, (4_194_304).toString(36), start, '00000000'].join('_')}`;
	const alive = `opsdesk-drill-1-${newStagingToken()}`;
	for (const name of [left, alive]) {
		await stand.engine.docker.createContainer({
			name,
			Image: imageTag('tools'),
			Labels: { [throwawayLabel]: 'drill' },
			HostConfig: { Mounts: [{ Type: 'volume', Source: '', Target: '/data' }] },
		});
	}
	await drill({ artefacts: ['volume-media'] });
	const { docker } = stand.engine;
	const found = await docker.listContainers({ all: true, filters: { label: [throwawayLabel] } });
	expect(found.flatMap(({ Names }) => Names)).toEqual([`/${alive}`]);
	await docker.getContainer(found[0]?.Id ?? '').remove({ v: true });
	expect(await inEngine()).toEqual(before);
}, 120_000);

test('a volume is proved in a folder where no engine is at hand, a database is not proved without one', async () => {
	const report = await drillSite(shop, {}, { restorePoint: 'latest', workFolder: work });
	expect(report.artefacts).toMatchObject([
		{ outcome: 'proved', notes: ['Restored into a folder, because no engine is at hand.'] },
		{ outcome: 'failed', problem: { code: 'engine_missing' } },
	]);
}, 60_000);
