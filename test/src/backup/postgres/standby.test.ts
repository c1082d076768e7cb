import { backUpSite, planRestore, restoreSite, verifySite } from '../../../../src/backup';
import { openPostgres } from '../../../../src/backup/sources/postgres';
import type { Site } from '../../../../src/shared';
import { startStandby, type PostgresServer } from '../../../support/supabase/postgres';
import { failureOf, until } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('standby');
const latest = { restorePoint: 'latest' };
let standby: PostgresServer;
let follower: Site;

beforeAll(async () => {
	stand.sql('create database shop', 'postgres');
	stand.sql(
		'create table goods as select n as id, repeat(md5(n::text), 10) as note from generate_series(1, 50000) n',
	);
	// Whoever holds up what comes from the primary server is ended at once.
	standby = await startStandby(stand.scope, stand.server, { max_standby_streaming_delay: '0' });
	follower = stand.site(stand.scope.emptyFolder(), { port: standby.port, globals: true });
});

/** Until the replica has what the primary server has. */
async function caughtUp(): Promise<void> {
	const at = stand.sql('select pg_current_wal_lsn()');
	await until('the replica has followed', async () => {
		const [row] = await standby.exec<{ there: boolean }>(
			`select pg_last_wal_replay_lsn() >= '${at}'::pg_lsn as there`,
		);
		return row?.there === true;
	});
}

test('BK-16: a replica that can only be read is saved, with its roles, as the primary server would be', async () => {
	await caughtUp();
	const report = await backUpSite(follower, stand.context());
	expect(report.artefacts).toMatchObject([
		{ name: 'globals-shop', status: 'warning', warnings: [expect.stringContaining('not encrypted')] },
		{ name: 'db-shop', status: 'ok' },
	]);
	expect((await verifySite(follower, stand.context(), latest)).ok).toBe(true);
	const { artefacts } = await restoreSite(
		{ ...stand.site('/nowhere'), destinations: follower.destinations },
		stand.context(),
		{ ...latest, artefacts: ['db-shop'], to: { 'db-shop': 'copy' } },
	);
	expect(artefacts).toMatchObject([{ target: `database copy at 127.0.0.1:${stand.server.port}` }]);
	expect(stand.sql('select count(*), count(distinct note) from goods', 'copy')).toBe('50000|50000');
	stand.sql('drop database copy', 'postgres');
});

test('BK-16: nothing is restored into a replica, which is told before anything is sent to it', async () => {
	const refusal = {
		code: 'target_refused',
		message: `PostgreSQL at 127.0.0.1:${standby.port} is a replica that can only be read.`,
		remedy: expect.stringContaining('primary server'),
	};
	const overwrite = { ...latest, overwrite: true };
	expect(await failureOf(restoreSite(follower, stand.context(), overwrite))).toMatchObject(refusal);
	expect((await planRestore(follower, stand.context(), overwrite)).artefacts).toMatchObject([
		{ problem: refusal },
		{ problem: refusal },
	]);
});

test('BK-16: a dump that a replica ends to keep up with its primary server has failed, with that reason', async () => {
	const [source] = follower.backup.databases;
	if (source?.type !== 'postgres-server') throw new Error('No source.');
	const opened = await openPostgres(source, stand.context());
	const blocks = opened.blocks[Symbol.asyncIterator]();
	await blocks.next();
	// The dump holds a lock on each table, which this has to get on the replica as well.
	stand.sql('alter table goods add column more text');
	await caughtUp();
	while (!(await blocks.next()).done);
	expect(await failureOf(opened.finish())).toMatchObject({
		code: 'dump_failed',
		message: expect.stringMatching(/is a replica, and it ended the dump of "shop" to keep up/),
		remedy: expect.stringContaining('hot_standby_feedback'),
	});
});
