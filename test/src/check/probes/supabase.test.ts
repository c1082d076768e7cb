import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Finding } from '../../../../src/check/probes/probe';
import { probeSupabase } from '../../../../src/check/probes/services';
import { freePort } from '../../../support/free-port';
import { Scope } from '../../../support/scope';
import { startSupabase, type Supabase } from '../../../support/supabase';
import { signToken } from '../../../support/supabase/keys';
import { hostile, HostileServers } from './hostile-servers';
import { look, timed } from './look';

let scope: Scope;
let supabase: Supabase;
const servers = new HostileServers();

beforeAll(async () => {
	scope = await Scope.open('probe-supabase');
	supabase = await startSupabase(scope, { schemas: ['public'] });
	await supabase.exec(`
		create table public.notes (id int primary key);
		insert into public.notes select generate_series(1, 10);
		grant select on public.notes to anon, service_role;
		create table public.secrets (id int primary key);
	`);
	await supabase.schemaReloaded();
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

const ask = (more: object, key: string, url = supabase.url): Promise<Finding> =>
	look<'supabase'>(probeSupabase, { type: 'supabase', ...more }, { secrets: { supabase: { url, key } } });

test('a project answers for its REST interface, with keys of both kinds', async () => {
	for (const key of [supabase.anonKey, supabase.serviceKey, supabase.publishableKey, supabase.secretKey]) {
		const finding = await ask({}, key);
		expect(finding).toMatchObject({ level: 'ok', reason: 'ok', details: { status: 200 } });
		expect(finding.latencyMs).toBeGreaterThan(0);
	}
});

test('a table is asked for one row, down to the database', async () => {
	const before = await supabase.exec<{ reads: string }>(
		`select seq_tup_read + coalesce(idx_tup_fetch, 0) as reads from pg_stat_user_tables where relname = 'notes'`,
	);
	expect(before).toHaveLength(1);
	const finding = await ask({ table: 'notes' }, supabase.anonKey);
	expect(finding).toMatchObject({ level: 'ok', details: { table: 'notes' } });
	expect(finding.message).toContain('the table "notes"');
});

test('a wrong key is named as such, and not told', async () => {
	const wrong = 'sb_secret_this-is-no-key';
	const finding = await ask({}, wrong);
	expect(finding).toMatchObject({ level: 'critical', reason: 'wrong_key' });
	expect(finding.message).toContain('Invalid API key');
	expect(JSON.stringify(finding)).not.toContain(wrong);
	const forged = signToken('another secret of at least 32 characters', { role: 'anon' });
	expect(await ask({}, forged)).toMatchObject({ level: 'critical', reason: 'wrong_key' });
});

test('a table that is missing, or that the key may not read, is told from a wrong key', async () => {
	expect(await ask({ table: 'nothing' }, supabase.anonKey)).toMatchObject({
		level: 'critical',
		reason: 'table_missing',
	});
	expect(await ask({ table: 'secrets' }, supabase.anonKey)).toMatchObject({
		level: 'critical',
		reason: 'not_authorised',
	});
});

test('HC-28 the key goes to the address of its own credential only', async () => {
	const heard: Buffer[] = [];
	const port = await servers.start((socket) => socket.on('data', (bytes) => heard.push(bytes)));
	const finding = await ask({ url: `http://127.0.0.1:${port}` }, supabase.secretKey);
	expect(finding).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(heard).toEqual([]);
	// The same address, written otherwise.
	expect(await ask({ url: `${supabase.url}/` }, supabase.secretKey)).toMatchObject({ level: 'ok' });
	const without = await look<'supabase'>(probeSupabase, { type: 'supabase', url: supabase.url });
	expect(without).toMatchObject({ level: 'unknown', reason: 'config' });
});

describe('what a gateway answers', () => {
	let server: Server;
	let url: string;
	let answer: { status: number; type?: string; body?: string; location?: string };
	let asked = 0;

	beforeAll(async () => {
		server = createServer((_request, response) => {
			asked += 1;
			const { status, type = 'application/json', body = '{}', location } = answer;
			response
				.writeHead(status, { 'content-type': type, ...(location !== undefined && { location }) })
				.end(body);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterAll(() => new Promise((resolve) => server.close(resolve)));

	test.each([
		[{ status: 540, body: '{"message":"Project paused"}' }, 'paused'],
		[{ status: 503, body: '{"code":"PGRST002","message":"no schema cache"}' }, 'database_unreachable'],
		[{ status: 502, type: 'text/html', body: '<html>' }, 'status'],
		[{ status: 200, type: 'text/html', body: '<html>' }, 'unexpected_answer'],
		[{ status: 302, location: 'https://example.com/' }, 'redirect_refused'],
		[{ status: 401, body: 'not even JSON' }, 'wrong_key'],
		[{ status: 403 }, 'not_authorised'],
	])('%j is a failure named %s', async (given, reason) => {
		answer = given;
		asked = 0;
		expect(await ask({}, 'a-key', url)).toMatchObject({
			level: 'critical',
			reason,
			details: { status: given.status },
		});
		expect(asked).toBe(1);
	});

	test('HC-28 a key that a gateway repeats is not told', async () => {
		answer = { status: 401, body: '{"message":"the key key-of-the-project is wrong"}' };
		const finding = await ask({}, 'key-of-the-project', url);
		expect(finding.message).toContain('the key *** is wrong');
	});
});

test('HC-30 a project that is not there is named', async () => {
	const nobody = `http://127.0.0.1:${await freePort()}`;
	expect(await ask({}, 'a-key', nobody)).toMatchObject({
		level: 'critical',
		reason: 'refused',
		latencyMs: null,
	});
	expect(await ask({}, 'a-key', 'http://127.0.0.1:6000')).toMatchObject({
		level: 'unknown',
		reason: 'config',
	});
	expect(await ask({}, 'a-key', 'http://no-such-host.invalid')).toMatchObject({
		reason: expect.stringMatching(/^dns_/),
	});
});

test.each(Object.entries(hostile))(
	'HC-30 a server that %s is a finding in time and in bounds',
	async (_, serve) => {
		const port = await servers.start(serve);
		const before = process.memoryUsage().rss;
		const finding = await timed<'supabase'>(
			probeSupabase,
			{ type: 'supabase', timeoutSeconds: 1 },
			{ secrets: { supabase: { url: `http://127.0.0.1:${port}`, key: 'a-key' } } },
		);
		expect(finding.level).toBe('critical');
		expect(finding.tookMs).toBeLessThan(11_000);
		expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
	},
);
