import { openAccessStand, roles, type AccessStand, type Role } from './access-stand';

let stand: AccessStand;

beforeAll(async () => {
	stand = await openAccessStand('store-functions');
});
afterAll(() => stand?.close());

/** Of members through their own token: reading. All others are the service's, and these are parts of theirs. */
const readFunctions = [
	'conversation_statistics',
	'get_channel_accounts',
	'get_consent',
	'get_contact',
	'get_contacts',
	'get_context',
	'get_conversation',
	'get_conversations',
	'get_faq_items',
	'get_holds',
	'get_member',
	'get_members',
	'get_messages',
	'get_on_duty',
	'get_team',
	'get_teams',
	'get_template',
	'get_templates',
	'match_faq',
	'search_messages',
];

const rpc = (role: Role, name: string, request: object = {}) =>
	stand.rest(role, 'POST', `rpc/${name}`, { tenant: stand.own, request });

test('CS-27 every operation is closed to all but the service, except those that read', async () => {
	const operations = await stand.supabase.exec<{ name: string }>(
		`select proname as name from pg_proc where pronamespace = 'opsdesk'::regnamespace
			and pg_get_function_identity_arguments(oid) = 'tenant text, request jsonb'
			and prorettype in ('json'::regtype, 'jsonb'::regtype) order by 1`,
	);
	const names = operations.map(({ name }) => name);
	expect(names).toEqual(expect.arrayContaining(readFunctions));
	expect(names.length).toBeGreaterThan(35);
	for (const role of roles)
		for (const name of names) {
			const { body } = await rpc(role, name);
			const isClosed = (body as { code?: string } | undefined)?.code === '42501';
			const isOpen = role === 'service' || (!['anonymous'].includes(role) && readFunctions.includes(name));
			expect([role, name, isClosed]).toEqual([role, name, !isOpen]);
		}
});

test('CS-27 no other function of the schema can be called by who is not signed in', async () => {
	const open = await stand.supabase.exec(
		`select p.proname from pg_proc p where p.pronamespace = 'opsdesk'::regnamespace and has_function_privilege('anon', p.oid, 'execute')`,
	);
	expect(open).toEqual([]);
	const asOwner = await stand.supabase.exec<{ name: string; config: string[] }>(
		`select proname as name, proconfig as config from pg_proc where pronamespace = 'opsdesk'::regnamespace and prosecdef order by 1`,
	);
	expect(asOwner).toEqual([
		// Of a trigger, as those who close a conversation directly may not change timers otherwise.
		{ name: 'close_timers', config: ['search_path=opsdesk, pg_temp'] },
		{
			name: 'drop_archive_month',
			config: ['search_path=opsdesk, pg_temp', 'TimeZone=UTC', 'lock_timeout=2s'],
		},
		{ name: 'found_for_member', config: ['search_path=opsdesk, pg_temp'] },
		{
			name: 'make_archive_month',
			config: ['search_path=opsdesk, pg_temp', 'TimeZone=UTC', 'lock_timeout=5s'],
		},
		{ name: 'make_pepper', config: ['search_path=opsdesk, pg_temp'] },
		// Of a trigger: an admin who removes a member directly may not change handovers otherwise.
		{ name: 'release_handovers', config: ['search_path=opsdesk, pg_temp'] },
		{ name: 'tenants_as', config: ['search_path=opsdesk, pg_temp'] },
	]);
});

/** What these are made of. They run as who calls them; none is given a text that becomes part of a statement. */
const readParts = [
	'account_json(channel_accounts)',
	'attachments_json(bigint,smallint)',
	'caller_id()',
	'contact_json(contacts)',
	'conversation_json(conversations)',
	'conversation_of(text,jsonb)',
	'fail(integer,text,text,text)',
	'faq_json(faq_items)',
	'found_for_member(text,jsonb,text)',
	'found_messages(text,jsonb,text)',
	'has_own_policies_only()',
	'identity_scope(text,text)',
	'known_member(text,jsonb)',
	'known_person(text,jsonb)',
	'known_team(text,jsonb)',
	'known_template(text,jsonb)',
	'member_json(members)',
	'member_of(text,jsonb)',
	'may_search_parts(jsonb)',
	'message_as_of(messages,timestamp with time zone)',
	'message_json(messages,bigint,identities,chats,channel_accounts)',
	'message_text(messages,bigint,identities,chats,channel_accounts)',
	'page_from(refcursor,integer,text)',
	'page_limit(jsonb,integer)',
	'page_of(jsonb,integer,text)',
	'people_refuse(conversations,boolean)',
	'person_of(text,jsonb)',
	'plain_of(text)',
	'scope_of(jsonb)',
	'search_configuration(text)',
	'stems_of(text)',
	'storage_allowed(boolean,boolean)',
	'team_json(teams)',
	'team_of(text,jsonb)',
	'template_json(templates)',
	'tenant_of(text)',
	'tenants_as(text[])',
	'words_of(text)',
	'words_of_all(text[])',
];

test('CS-27 who is signed in can call these functions and no other', async () => {
	const open = await stand.supabase.exec<{ signature: string }>(
		`select replace(p.oid::regprocedure::text, 'opsdesk.', '') as signature from pg_proc p
		where p.pronamespace = 'opsdesk'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')`,
	);
	const reading = readFunctions.map((name) => `${name}(text,jsonb)`);
	expect(open.map(({ signature }) => signature).sort()).toEqual([...readParts, ...reading].sort());
});

test('CS-27 of these functions those that put a statement together take no word of it from their caller', async () => {
	const dynamic = await stand.supabase.exec<{ name: string; body: string }>(
		`select proname as name, prosrc as body from pg_proc p where p.pronamespace = 'opsdesk'::regnamespace
			and has_function_privilege('authenticated', p.oid, 'execute') and prosrc ~* '\\mexecute\\M' order by 1`,
	);
	expect(dynamic.map(({ name }) => name)).toEqual(['get_conversations', 'get_messages']);
	for (const { body } of dynamic) {
		const code = body.replace(/--.*/g, '').replace(/'(?:[^']|'')*'/g, "''");
		const [, statement = ''] = /\bexecute\b([\s\S]*?)\busing\b/.exec(code) ?? [];
		const words = new Set(statement.match(/[a-z_]+/g));
		for (const word of [
			'case',
			'when',
			'then',
			'else',
			'end',
			'coalesce',
			'boolean',
			'false',
			'into',
			'rows',
		])
			words.delete(word);
		// Conditions look at the request. The one variable says "asc" or "desc".
		expect(statement).not.toMatch(/(?:then|else|,|\|\|)\s*\(*request/);
		expect(['request', 'format', 'newest', 'way']).toEqual(expect.arrayContaining([...words]));
	}
});

test('CS-23 CS-27 a member who sends SQL in place of a way to search is refused, and nothing of it is run', async () => {
	const sql = `true) m; select set_config('role', 'service_role', true); create table opsdesk.stolen (); --`;
	const request = { query: 'x' };
	for (const name of ['found_messages', 'found_for_member'])
		for (const body of [
			{ tenant: stand.own, request, manner: sql },
			{ tenant: stand.own, request, manner: `words' or true --` },
			{ tenant: stand.own, request, most: 1, matching: sql, words: null, part: null },
		]) {
			const answer = await stand.rest('observer', 'POST', `rpc/${name}`, body);
			expect([name, body, [404, 422].includes(answer.status)]).toEqual([name, body, true]);
		}
	for (const after of [{ matchedBy: sql, at: '2026-01-01', id: 1 }])
		expect((await rpc('observer', 'search_messages', { ...request, after })).status).toBe(422);
	expect(await stand.supabase.exec(`select to_regclass('opsdesk.stolen') as stolen`)).toEqual([
		{ stolen: null },
	]);
});

test.each([
	['observer', 1],
	['admin', 1],
	['other', 0],
	['removed', 0],
	['stranger', 0],
] as const)('CS-27 searching by words and by parts the %s finds %i messages', async (role, count) => {
	const [stored] = await stand.supabase.exec<{ content: string }>(
		`select content from opsdesk.messages where tenant_id = $1`,
		[stand.own],
	);
	const word = stored?.content.split(/\W/)[0] ?? '';
	for (const query of [word, word.slice(0, -1)]) {
		expect(((await rpc(role, 'search_messages', { query })).body as { items: unknown[] }).items).toHaveLength(
			count,
		);
		for (const name of ['found_messages', 'found_for_member']) {
			const request = { tenant: stand.own, request: { query }, manner: 'parts' };
			const { body } = await stand.rest(role, 'POST', `rpc/${name}`, request);
			const found = (body as { items: unknown[] } | null)?.items.length ?? 0;
			expect([name, found]).toEqual([name, count]);
		}
	}
});

test('CS-27 a policy that somebody has added holds for the search too, as for everything', async () => {
	const [stored] = await stand.supabase.exec<{ content: string }>(
		`select content from opsdesk.messages where tenant_id = $1`,
		[stand.own],
	);
	await stand.supabase.exec(
		`create policy nothing_yet on opsdesk.messages as restrictive for select using (false)`,
	);
	try {
		for (const name of ['search_messages', 'get_messages'])
			expect((await rpc('admin', name, { query: stored?.content.split(/\W/)[0] })).body).toMatchObject({
				items: [],
			});
	} finally {
		await stand.supabase.exec(`drop policy nothing_yet on opsdesk.messages`);
	}
});

test.each([
	['observer', 1],
	['admin', 1],
	['other', 0],
	['removed', 0],
	['stranger', 0],
] as const)('CS-27 through the functions that read the %s sees %i messages', async (role, count) => {
	const { body } = await rpc(role, 'get_messages');
	expect((body as { items: unknown[] }).items).toHaveLength(count);
	const { status } = await rpc(role, 'get_contacts');
	expect(status).toBe(200);
	const context = await rpc(role, 'get_context', {
		platform: 'telegram',
		account: 'helpbot',
		chatId: '-100500',
	});
	expect(context.status).toBe(count === 1 ? 200 : 404);
});

test('CS-27 a manager changes neither consents nor ids of a contact', async () => {
	for (const change of [{ storage_consent: true }, { anonymised_at: null }, { tenant_id: 'default' }])
		expect(await stand.rest('manager', 'PATCH', `contacts?tenant_id=eq.${stand.own}`, change)).toMatchObject({
			body: { code: '42501' },
		});
});

test('CS-27 a person changes their own name and not their role; an admin moves nobody to another tenant', async () => {
	const own = `members?user_id=eq.${stand.people.observer}`;
	expect(await stand.rest('observer', 'PATCH', own, { name: 'New' })).toMatchObject({
		status: 200,
		body: [{ name: 'New' }],
	});
	for (const change of [
		{ role: 'admin' },
		{ user_id: stand.people.other },
		{ removed_at: '2026-01-01' },
		{ tenant_id: 'default' },
	])
		expect([change, (await stand.rest('observer', 'PATCH', own, change)).status]).toEqual([change, 403]);
	expect((await stand.rest('admin', 'PATCH', own, { tenant_id: 'default' })).status).toBe(403);
	expect((await stand.rest('admin', 'PATCH', own, { role: 'manager' })).status).toBe(200);
});

test('CS-27 rows are made for one’s own tenant only', async () => {
	for (const [table, row] of [
		['templates', { title: 'x', content: 'y' }],
		['teams', { name: 'x' }],
	] as const)
		expect(await stand.rest('admin', 'POST', table, { tenant_id: 'default', ...row })).toMatchObject({
			body: { code: '42501' },
		});
});

test.each([
	['observer', 3, 1],
	['admin', 3, 1],
	['other', 0, 0],
	['removed', 0, 0],
	['stranger', 0, 0],
] as const)(
	'CS-27 the %s reads %i members of the tenant, and %i of each other record',
	async (role, members, one) => {
		const count = async (name: string, request: object = {}) =>
			((await rpc(role, name, request)).body as { items: unknown[] }).items.length;
		expect(await count('get_members')).toBe(members);
		for (const name of ['get_teams', 'get_templates', 'get_faq_items', 'get_channel_accounts'])
			expect([name, await count(name)]).toEqual([name, one]);
		await stand.supabase.exec(`update opsdesk.faq_items set keywords = '{refund}' where tenant_id = $1`, [
			stand.own,
		]);
		expect(await count('match_faq', { text: 'refunds' })).toBe(one);
	},
);

test('CS-36 an admin who uses the tables directly cannot be the last one to go either', async () => {
	const own = `members?user_id=eq.${stand.people.admin}`;
	for (const change of [{ role: 'observer' }, { removed_at: '2026-01-01' }, { user_id: null }])
		expect((await stand.rest('admin', 'PATCH', own, change)).status).toBe(409);
});
