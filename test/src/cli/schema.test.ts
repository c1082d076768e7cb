import { Client } from 'pg';

import { runCommandLine } from '../../../src/cli';
import { schemaScript } from '../../../src/store';
import { Scope } from '../../support/scope';
import { startPostgres, type PostgresServer } from '../../support/supabase/postgres';

let scope: Scope;
let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
	scope = await Scope.open('cli-schema');
	server = await startPostgres(scope);
});
afterAll(() => scope?.close());

async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['schema', ...args], {
		out: (text) => void (printed.out += text),
		err: (text) => void (printed.err += text),
		env,
	});
	return { exitCode, ...printed };
}

/** An empty database: its address without password, and the variable that holds that. */
async function emptyDatabase(): Promise<{ address: string; env: NodeJS.ProcessEnv }> {
	databases += 1;
	await server.exec(`create database cli_${databases} owner postgres`);
	const url = new URL(server.urlFor('postgres'));
	url.pathname = `/cli_${databases}`;
	const env = { OPSDESK_PG_PASSWORD: decodeURIComponent(url.password) };
	url.password = '';
	return { address: url.href, env };
}

test('status says what is missing, apply installs it, and a second one changes nothing', async () => {
	const { address, env } = await emptyDatabase();
	const missing = await run(['status', '--database', address], env);
	expect([missing.exitCode, missing.out]).toEqual([3, expect.stringContaining('opsdesk schema apply')]);
	const applied = await run(['apply', '--database', address, '--json'], env);
	expect(applied.exitCode).toBe(0);
	const report = JSON.parse(applied.out) as { state: string; installed: string[] };
	expect(report.state).toBe('current');
	expect(report.installed.length).toBeGreaterThan(10);
	const again = await run(['apply', '--database', address], env);
	expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining('was up to date')]);
	expect((await run(['status', '--database', address], env)).exitCode).toBe(0);
});

test('what print writes installs the store, under the name that is asked for', async () => {
	const { exitCode, out } = await run(['print', '--schema', 'desk']);
	expect([exitCode, out]).toEqual([0, schemaScript('desk')]);
	const { address, env } = await emptyDatabase();
	const client = new Client({ connectionString: address.replace('@', `:${env['OPSDESK_PG_PASSWORD']}@`) });
	await client.connect();
	await client.query(out);
	await client.end();
	expect((await run(['status', '--database', address, '--schema', 'desk'], env)).exitCode).toBe(0);
	expect((await run(['print', '--schema', 'public'])).exitCode).toBe(1);
});

test('a password on the command line is refused, and no password is in what is printed', async () => {
	const secret = 'pw-not-to-be-seen';
	const seen = await run(['status', '--database', `postgresql://u:${secret}@127.0.0.1:9/d`]);
	expect([seen.exitCode, seen.err]).toEqual([2, expect.stringContaining('OPSDESK_PG_PASSWORD')]);
	const env = { OPSDESK_DATABASE_URL: `postgresql://u:${secret}@127.0.0.1:9/d` };
	const unreachable = await run(['status'], env);
	expect([unreachable.exitCode, unreachable.err]).toEqual([1, expect.stringContaining('cannot be reached')]);
	expect(`${seen.err}${seen.out}${unreachable.err}${unreachable.out}`).not.toContain(secret);
	expect(await run(['status'])).toMatchObject({ exitCode: 2 });
	expect(await run(['status', '--database', 'db.example.com'])).toMatchObject({ exitCode: 2 });
});
