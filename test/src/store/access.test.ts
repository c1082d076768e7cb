import { openAccessStand, roles, type AccessStand, type Role } from './access-stand';

let stand: AccessStand;

beforeAll(async () => {
	stand = await openAccessStand('store-access');
});
afterAll(() => stand?.close());

const all: Role[] = ['observer', 'manager', 'admin', 'service'];
const leaders: Role[] = ['manager', 'admin', 'service'];
const admins: Role[] = ['admin', 'service'];
const service: Role[] = ['service'];
const nobody: Role[] = [];

/** Who selects, inserts, updates and deletes; a column that may be updated, and a row that may be inserted. */
const matrix: Array<[table: string, Role[], Role[], Role[], Role[], column: string, row?: object]> = [
	['attachments', all, service, service, service, 'file_name'],
	['backups', all, admins, admins, admins, 'backup_path', { backup_path: '/n', website_id: 1 }],
	['channel_accounts', all, admins, admins, service, 'name', { platform: 'sms', external_id: 'n' }],
	['chats', all, service, service, service, 'external_id'],
	['consents', all, service, service, service, 'source'],
	['contact_merges', all, service, service, service, 'from_id'],
	['contacts', all, service, leaders, service, 'notes', { name: 'n' }],
	['conversations', all, service, leaders, service, 'title'],
	['decision_feedback', all, service, service, service, 'comment'],
	['decision_rules', all, service, service, service, 'note'],
	['decisions', all, service, service, service, 'rule'],
	[
		'deferred_masks',
		service,
		service,
		service,
		service,
		'everywhere',
		{ likes: [], conversation_ids: [], message_ids: [] },
	],
	['deployments', all, admins, admins, admins, 'status', { status: 'n', website_id: 1 }],
	[
		'desks',
		all,
		service,
		service,
		service,
		'chat_id',
		{ kind: 'named', platform: 'sms', account: 'n', chat_id: 'n' },
	],
	['erasures', admins, service, service, service, 'source', { kind: 'erase', hashes: [], counts: {} }],
	['error_logs', leaders, service, service, service, 'message', { message: 'n' }],
	['faq_items', all, leaders, leaders, leaders, 'answer', { question: 'n', answer: 'n' }],
	['handover_cards', all, service, service, service, 'reply_to'],
	['handover_posts', all, service, service, service, 'account'],
	['handovers', all, service, service, service, 'rule'],
	['identities', all, service, service, service, 'name'],
	[
		'leases',
		service,
		service,
		service,
		service,
		'holder',
		{ name: 'n2', holder: 'n', expires_at: '2026-01-01' },
	],
	['legal_holds', all, service, service, service, 'reason', { reason: 'n' }],
	[
		'member_channels',
		all,
		admins,
		admins,
		admins,
		'external_id',
		{ platform: 'sms', external_id: 'n', member_id: 1 },
	],
	['members', all, admins, admins, service, 'removed_at', { name: 'n' }],
	['message_archive', all, service, service, service, 'external_id'],
	['message_archive_rest', nobody, nobody, nobody, nobody, 'external_id'],
	['message_versions', all, service, service, service, 'content'],
	['messages', all, service, service, service, 'content'],
	[
		'object_removals',
		service,
		service,
		service,
		service,
		'last_error',
		{ storage_provider: 'n', storage_path: 'n' },
	],
	['operator_messages', all, service, service, service, 'name'],
	[
		'outbox',
		all,
		service,
		service,
		service,
		'error',
		{ key: 'n', digest: 'n', platform: 'sms', account: 'n', chat_id: 'n' },
	],
	['participants', all, service, service, service, 'joined_at'],
	['rate_permits', service, service, service, service, 'cost'],
	['retention_policies', all, admins, admins, admins, 'keep_days', { kind: 'archive', keep_days: 9 }],
	['schema_migrations', service, nobody, nobody, nobody, 'name'],
	['send_stops', service, service, service, service, 'reason', { hash: 'n', reason: 'blocked' }],
	['sla_cycles', all, service, service, service, 'reason'],
	['sla_events', all, service, service, service, 'worker'],
	['sla_plans', all, service, service, service, 'planned_by'],
	['sla_policies', all, admins, admins, admins, 'monitored', { layer: 'tier', tier: 'n' }],
	['sla_timers', all, service, service, service, 'status'],
	['spam_models', all, service, service, service, 'corrected'],
	['state', service, service, service, service, 'value', { key: 'n', value: 'n' }],
	['team_members', all, admins, admins, admins, 'on_duty'],
	['teams', all, admins, admins, admins, 'name', { name: 'n' }],
	['templates', all, leaders, leaders, leaders, 'content', { title: 'n', content: 'n' }],
	['tenant_peppers', service, nobody, nobody, nobody, 'pepper'],
	['tenants', all, service, admins, service, 'name', { id: 'new', name: 'n' }],
	['timer_news', service, service, service, service, 'author'],
	['tombstones', service, service, service, service, 'kind'],
	['unkept_contacts', service, service, service, service, 'wrote_at', { hash: 'n', wrote_at: '2026-01-01' }],
	['websites', all, admins, admins, admins, 'domain', { client_name: 'n', domain: 'n' }],
	[
		'working_schedules',
		all,
		admins,
		admins,
		admins,
		'name',
		{ name: 'n', definition: { timezone: 'UTC', always: true } },
	],
];

test('CS-27 the matrix names every table of the schema', async () => {
	const rows = await stand.supabase.exec<{ name: string }>(
		`select relname as name from pg_class where relnamespace = 'opsdesk'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') order by 1`,
	);
	expect(rows.map(({ name }) => name)).toEqual(matrix.map(([table]) => table));
	const open = await stand.supabase.exec(
		`select relname from pg_class where relnamespace = 'opsdesk'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
	);
	expect(open).toEqual([]);
});

const key = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id');
const filter = (table: string): string =>
	['schema_migrations'].includes(table) ? 'version=gt.0' : `${key(table)}=eq.${stand.own}`;

describe.each(roles)('CS-27 through PostgREST the %s', (role) => {
	test.each(matrix)('on %s reads what the matrix says', async (table, readers) => {
		const { body } = await stand.rest(role, 'GET', `${table}?${filter(table)}`);
		expect([table, Array.isArray(body) && body.length > 0]).toEqual([table, readers.includes(role)]);
	});

	test.each(matrix)(
		'on %s changes what the matrix says',
		async (table, _readers, _makers, changers, _removers, column) => {
			const found = await stand.supabase.exec<Record<string, unknown>>(
				`select to_jsonb(t) -> '${column}' as value from opsdesk.${table} t ${table === 'schema_migrations' ? '' : `where ${key(table)} = '${stand.own}'`} limit 1`,
			);
			const value = table === 'members' ? '2026-01-01T00:00:00Z' : (found[0]?.['value'] ?? null);
			const only =
				table === 'members'
					? `&user_id=eq.${stand.people.manager}`
					: table === 'contact_merges'
						? '&from_id=eq.999999'
						: '';
			const { status, body } = await stand.rest(role, 'PATCH', `${table}?${filter(table)}${only}`, {
				[column]: value,
			});
			expect([table, status < 300 && Array.isArray(body) && body.length > 0]).toEqual([
				table,
				changers.includes(role),
			]);
		},
	);

	test.each(matrix)(
		'on %s removes what the matrix says',
		async (table, _readers, _makers, _changers, removers) => {
			const { status, body } = await stand.rest(role, 'DELETE', `${table}?${filter(table)}`);
			// Allowed, but still pointed at by others (23503): the right was there.
			const mayRemove =
				(status < 300 && Array.isArray(body) && body.length > 0) ||
				(body as { code?: string } | undefined)?.code === '23503';
			expect([table, mayRemove]).toEqual([table, removers.includes(role)]);
		},
	);

	test.each(matrix.filter(([, , , , , , row]) => row))(
		'on %s makes what the matrix says',
		async (table, _readers, makers, _changers, _removers, _column, row) => {
			const { status, body } = await stand.rest(role, 'POST', table, {
				...(table !== 'tenants' && { tenant_id: stand.own }),
				...row,
			});
			const mayMake = status < 300 || (body as { code?: string } | undefined)?.code === '23503';
			expect([table, mayMake, body]).toEqual([table, makers.includes(role), expect.anything()]);
		},
	);
});
