import { createClient } from '@supabase/supabase-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scope } from './scope';
import { startSupabase, type Supabase } from './supabase';
import { signToken } from './supabase/keys';

const OWNER = '6f0c1bd2-58f3-4f5e-9b43-6d24c1a1d001';
const STRANGER = '6f0c1bd2-58f3-4f5e-9b43-6d24c1a1d002';

const SCHEMA = `
	create schema opsdesk;
	grant usage on schema opsdesk to anon, authenticated, service_role;
	create table opsdesk.notes (
		id int primary key,
		owner uuid not null,
		text text not null,
		public boolean not null default false
	);
	alter table opsdesk.notes enable row level security;
	grant select, insert, update, delete on opsdesk.notes to authenticated, service_role;
	grant select on opsdesk.notes to anon;
	create policy public_notes on opsdesk.notes for select to anon using (public);
	create policy own_notes on opsdesk.notes for all to authenticated using (owner = auth.uid());
	create table opsdesk.ungranted (id int primary key);
	create function opsdesk.whoami() returns jsonb language sql stable as $$
		select jsonb_build_object('role', auth.role(), 'uid', auth.uid(), 'user', current_user)
	$$;
	create function opsdesk.wait(seconds float8) returns void language sql as $$ select pg_sleep(seconds) $$;
`;

describe('a local Supabase', () => {
	let scope: Scope;
	let supabase: Supabase;
	let startUpMs: number;

	const client = (key: string, token?: string) =>
		createClient(supabase.url, key, {
			db: { schema: 'opsdesk' },
			auth: { persistSession: false, autoRefreshToken: false },
			...(token === undefined ? {} : { global: { headers: { Authorization: `Bearer ${token}` } } }),
		});
	const ids = async (from: ReturnType<typeof client>): Promise<unknown> => {
		const { data, error } = await from.from('notes').select('id').order('id');
		return error ?? data.map((row: { id: number }) => row.id);
	};

	beforeAll(async () => {
		// The first stand of a machine also initialises the cached data folder.
		const warmUp = await Scope.open('supabase');
		await startSupabase(warmUp).finally(() => warmUp.close());
		scope = await Scope.open('supabase');
		const startedAt = Date.now();
		supabase = await startSupabase(scope);
		startUpMs = Date.now() - startedAt;
		await supabase.exec(SCHEMA);
		await supabase.schemaReloaded();
		await supabase.exec('insert into opsdesk.notes values ($1, $2, $3, true)', [1, OWNER, 'public']);
		await supabase.exec('insert into opsdesk.notes values ($1, $2, $3, false)', [2, OWNER, 'private']);
		await supabase.exec('insert into opsdesk.notes values ($1, $2, $3, false)', [3, STRANGER, 'other']);
	});

	afterAll(() => scope.close());

	// Well within three seconds when nothing else runs; made without the cache it takes minutes.
	it('starts in seconds once its data folder is cached', () => {
		expect(startUpMs).toBeLessThan(20_000);
	});

	describe.each(['serviceKey', 'secretKey'] as const)('with the %s', (key) => {
		let service: ReturnType<typeof client>;
		beforeAll(() => void (service = client(supabase[key])));

		it('sees every row as service_role', async () => {
			expect(await ids(service)).toEqual([1, 2, 3]);
			expect((await service.rpc('whoami')).data).toMatchObject({
				role: 'service_role',
				user: 'service_role',
			});
		});

		it('inserts, upserts, updates, counts and deletes', async () => {
			const row = { id: 100, owner: OWNER, text: 'new' };
			expect((await service.from('notes').insert(row)).error).toBeNull();
			expect((await service.from('notes').insert(row)).error).toMatchObject({ code: '23505' });
			const upserted = await service
				.from('notes')
				.upsert({ ...row, text: 'newer' })
				.select('text')
				.single();
			expect(upserted.data).toEqual({ text: 'newer' });
			const counted = await service.from('notes').select('*', { count: 'exact', head: true });
			expect(counted.count).toBe(4);
			expect((await service.from('notes').delete().eq('id', 100).select('id')).data).toEqual([{ id: 100 }]);
		});
	});

	it.each(['anonKey', 'publishableKey'] as const)('shows the %s only what its policy allows', async (key) => {
		const anonymous = client(supabase[key]);
		expect(await ids(anonymous)).toEqual([1]);
		expect((await anonymous.rpc('whoami')).data).toMatchObject({ role: 'anon', user: 'anon' });
		const refused = await anonymous.from('notes').insert({ id: 4, owner: OWNER, text: 'no' });
		expect(refused).toMatchObject({ status: 401, error: { code: '42501' } });
	});

	it.each(['anonKey', 'publishableKey'] as const)(
		'shows a signed-in user their own rows (%s)',
		async (key) => {
			const user = client(supabase[key], supabase.userToken({ sub: STRANGER }));
			expect(await ids(user)).toEqual([3]);
			expect((await user.rpc('whoami')).data).toMatchObject({ role: 'authenticated', uid: STRANGER });
		},
	);

	it('answers 401 to a missing or wrong key', async () => {
		const wrong = await client(`${supabase.secretKey}x`).from('notes').select();
		expect(wrong).toMatchObject({ status: 401, error: { message: 'Invalid API key' } });
		const missing = await fetch(`${supabase.url}/rest/v1/notes`);
		expect(missing.status).toBe(401);
	});

	it('answers 401 to an expired or forged user token', async () => {
		const expired = client(supabase.anonKey, supabase.userToken({ sub: OWNER }, -60));
		expect((await expired.from('notes').select()).status).toBe(401);
		const forged = signToken('x'.repeat(64), { role: 'service_role' });
		expect((await client(supabase.anonKey, forged).from('notes').select()).status).toBe(401);
	});

	it('refuses a table nobody granted and a schema that is not exposed', async () => {
		const service = client(supabase.secretKey);
		expect((await service.from('ungranted').select()).error).toMatchObject({ code: '42501' });
		expect(
			(
				await service
					.schema('auth' as never)
					.from('users')
					.select()
			).error,
		).toMatchObject({
			code: 'PGRST106',
		});
	});

	it('ends a statement of an anonymous caller after three seconds', async () => {
		const startedAt = Date.now();
		const answer = await client(supabase.anonKey).rpc('wait', { seconds: 10 });
		expect(answer.error).toMatchObject({ code: '57014' });
		expect(Date.now() - startedAt).toBeLessThan(6000);
	});

	it('notices a new table without being told', async () => {
		await supabase.exec('create table opsdesk.later (id int); grant select on opsdesk.later to service_role');
		const service = client(supabase.secretKey);
		const deadline = Date.now() + 5000;
		for (;;) {
			const { error } = await service.from('later').select();
			if (!error) break;
			if (Date.now() > deadline) throw new Error(JSON.stringify(error));
			await sleep(50);
		}
	});

	it('leaves nothing of a session to the statements that come after it', async () => {
		await supabase.exec(
			`set search_path to opsdesk; create temp table mine (id int); select pg_advisory_lock(1)`,
		);
		await expect(supabase.exec('begin')).rejects.toThrow('DISCARD ALL cannot run inside a transaction block');
		const [row] = await supabase.exec(
			`select current_setting('search_path') as path, to_regclass('mine') as mine,
				(select count(*)::int from pg_locks where locktype = 'advisory') as locks`,
		);
		expect(row).toEqual({ path: '"$user", public', mine: null, locks: 0 });
	});

	it('gives its owner a role that is no superuser', async () => {
		const [row] = await supabase.exec<{ rolsuper: boolean }>(
			`select rolsuper from pg_roles where rolname = 'postgres'`,
		);
		expect(row).toEqual({ rolsuper: false });
		expect(supabase.ownerUrl).toContain('//postgres:');
	});
});
