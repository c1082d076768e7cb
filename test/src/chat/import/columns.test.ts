import * as chat from '../../../../src/chat';
import { getDecisions } from '../../../../src/decide';
import { getMembers, type Store } from '../../../../src/store';
import { sourceColumns } from '../../store/source-columns';
import { openStand, transportNames, type Stand } from '../../store/stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-columns');
});
afterAll(() => stand?.close());

/** A column, what stands in it, where that is found afterwards (nowhere: the result names it), and in which form. */
type Walk = Record<string, readonly [value: unknown, where: string, found?: unknown]>;

const kept = 'metadata.import.';
const decided = 'decision.import.';

const walks: Record<string, Walk> = {
	'chat company, messages': {
		platform: ['facebook', 'platform', 'messenger'],
		platform_message_id: ['m_1', 'externalId'],
		chat_id: ['t_9', 'chatId'],
		content: ['So', 'text'],
		content_type: ['image', 'type'],
		language: ['EN', 'language', 'en'],
		sender_id: ['9', 'sender.id'],
		sender_name: ['Anna', 'sender.name'],
		sender_username: ['annap', 'sender.username'],
		timestamp: ['2026-01-05 10:00:00+03', 'sentAt', '2026-01-05T07:00:00'],
		edit_timestamp: ['2026-01-05 11:00:00+03', 'editedAt', '2026-01-05T08:00:00'],
		is_forwarded: [true, 'forwardedFrom', { name: 'Boris' }],
		forward_from: ['Boris', 'forwardedFrom.name'],
		reply_to: ['m_0', 'replyTo.externalId'],
		media_urls: [['https://files.example.com/1.png'], 'attachments.0.url', 'https://files.example.com/1.png'],
		media_metadata: [{ mime_type: 'image/png', w: 1 }, 'attachments.0.mimeType', 'image/png'],
		sentiment: ['negative', 'sentiment'],
		sentiment_score: [-0.5, 'sentimentScore'],
		entities: [[{ type: 'bold' }], 'entities'],
		topics: ['{a,b}', 'topics', ['a', 'b']],
		intent: ['complaint', 'intent'],
		priority: ['7', 'priority', 7],
		processed: [true, `${kept}processed`],
		processed_at: ['2026-01-05T12:00:00Z', `${kept}processed_at`],
		decision: ['d1', `${kept}decision`],
		created_at: ['2026-01-05T10:00:01Z', `${kept}created_at`],
		updated_at: ['2026-01-05T10:00:02Z', `${kept}updated_at`],
	},
	'chat company, media_files': {
		message: ['row-1', ''],
		filename: ['1.png', 'attachments.0.fileName'],
		file_type: ['image', 'attachments.0.kind'],
		mime_type: ['image/png', 'attachments.0.mimeType'],
		size_bytes: ['5', 'attachments.0.sizeBytes', 5],
		storage_url: [
			'https://p.supabase.co/storage/v1/object/public/media/a/1.png',
			'attachments.0.storage',
			{ provider: 'supabase', bucket: 'media', path: 'a/1.png' },
		],
		storage_provider: ['supabase', 'attachments.0.storage.provider'],
		thumbnail_url: ['https://files.example.com/t', 'attachments.0.thumbnailUrl'],
		width: [1, 'attachments.0.width'],
		height: [2, 'attachments.0.height'],
		duration: [1.5, 'attachments.0.durationMs', 1500],
		processed: [true, 'table:attachments.processed_at', '1970-01-01T00:00:00.000Z'],
		ocr_text: ['o', 'attachments.0.ocrText'],
		transcription: ['t', 'attachments.0.transcription'],
	},
	'chat company, eva_decisions': {
		message: ['row-1', ''],
		rule_matched: ['urgent', 'decision.rule'],
		should_respond: [true, `${decided}should_respond`],
		response_type: ['scheduled', 'decision.outcome', 'reply'],
		actions: [{ notify: ['admin'] }, `${decided}actions`],
		timing: ['delayed', 'decision.actions.timing.kind'],
		delay_seconds: ['120', 'decision.actions.timing.delayMinutes', 2],
		scheduled_at: ['2026-01-05T11:00:00Z', 'sendAt', '2026-01-05T11:00:00'],
		tone: ['calm', 'decision.actions.tone'],
		style: ['formal', 'decision.actions.style'],
		length: ['short', 'decision.actions.length'],
		personality: ['warm', `${decided}personality`],
		generated_response: ['Soon', 'text'],
		response_confidence: [0.7, `${decided}response_confidence`],
		executed: [true, `${decided}executed`],
		executed_at: ['2026-01-05T11:00:01Z', 'decidedAt', '2026-01-05T11:00:01'],
		execution_result: ['sent', `${decided}execution_result`],
		confidence_score: [0.75, 'decision.confidence'],
		reasoning: ['an angry client', 'decision.reasons.0.text'],
		alternative_actions: [['wait'], `${decided}alternative_actions`],
	},
	'chat company, conversations': {
		platform: ['facebook', 'chats.0.platform', 'messenger'],
		chat_id: ['t_9', 'chats.0.chatId'],
		chat_name: ['Group', 'title'],
		chat_type: ['group', 'kind'],
		participants: [['9', '10'], 'table:participants', 2],
		participant_count: [2, ''],
		total_messages: [5, ''],
		first_message_at: ['2026-01-01', ''],
		last_message_at: ['2026-01-02', ''],
		summary: ['S', 'summary'],
		key_topics: [['k'], 'keyTopics'],
		important_links: [['https://example.com'], 'links'],
		shared_files_count: [1, ''],
		is_active: [false, 'archivedAt', '2026-01-03T00:00:00'],
		archived_at: ['2026-01-03', 'archivedAt', '2026-01-03T00:00:00'],
	},
	'chat company, users': {
		telegram_id: ['1', 'identities', 'telegram 1'],
		instagram_id: ['2', 'identities', 'instagram 2'],
		facebook_id: ['3', 'identities', 'messenger 3'],
		whatsapp_id: ['4', 'identities', 'whatsapp 4'],
		twitter_id: ['5', 'identities', 'twitter 5'],
		name: ['Anna', 'name'],
		username: ['annap', 'identities.0.username'],
		bio: ['b', 'bio'],
		picture: ['https://example.com/p', 'pictureUrl'],
		total_messages: [1, ''],
		first_interaction: ['2026-01-01', ''],
		last_interaction: ['2026-01-01', ''],
		sentiment_avg: [0.5, ''],
		preferred_platform: ['whatsapp', 'preferredPlatform'],
		communication_style: ['formal', 'communicationStyle'],
		response_time_avg: [3, 'custom.response_time_avg'],
		personality_traits: [{ calm: true }, 'traits'],
		interests: [['chess'], 'interests'],
		interaction_patterns: [{ evening: 1 }, 'interactionPatterns'],
		tags: [['t'], 'tags'],
		notes: ['n', 'notes'],
		status: ['vip', 'status'],
		consent_chat_storage: [true, 'storageConsent'],
		consent_ai_analysis: [false, 'aiConsent'],
		phone_number: ['+1', 'phone'],
		email: ['a@example.com', 'email'],
		real_name: ['Anna B', 'realName'],
	},
	'help desk, users': {
		email: ['max@example.com', 'email'],
		role: ['manager', 'role'],
		full_name: ['Max', 'name'],
		telegram_id: ['77', 'identities', 'telegram 77'],
	},
	'help desk, chats': {
		chat_id: ['-100500', 'chats.0.chatId'],
		chat_name: ['Clients', 'title'],
		assigned_accountant: ['11111111-1111-4111-8111-111111111111', 'assignedMemberId', expect.any(Number)],
		sla_threshold_minutes: [30, 'custom.sla_threshold_minutes'],
		monitoring_enabled: [true, 'custom.monitoring_enabled'],
	},
	'help desk, client_requests': {
		chat: ['-100500', 'chatId'],
		client_id: ['8', 'sender.id'],
		message_text: ['Help', 'text'],
		timestamp: ['2026-01-05T10:00:00Z', 'sentAt', '2026-01-05T10:00:00'],
		is_spam: [false, `${kept}is_spam`],
		sla_timer_started: [true, `${kept}sla_timer_started`],
		responded_at: ['2026-01-05T10:05:00Z', `${kept}responded_at`],
		response_time_minutes: [5, `${kept}response_time_minutes`],
		assigned_accountant: ['u1', `${kept}assigned_accountant`],
	},
	'help desk, templates': {
		category: ['c', 'table:templates.category', 'c'],
		title: ['T', 'table:templates.title', 'T'],
		content: ['Hello', 'table:templates.content', 'Hello'],
		created_by: ['11111111-1111-4111-8111-111111111111', 'table:templates.created_by', expect.any(String)],
		usage_count: [3, 'table:templates.usage_count', '3'],
	},
	'help desk, faq_items': {
		question: ['Q', 'table:faq_items.question', 'Q'],
		answer: ['A', 'table:faq_items.answer', 'A'],
		keywords: ['{a,b}', 'table:faq_items.keywords', ['a', 'b']],
		usage_count: [4, 'table:faq_items.usage_count', '4'],
	},
};

const member = '11111111-1111-4111-8111-111111111111';
const maximum = {
	id: member,
	email: 'max@example.com',
	full_name: 'Max',
	role: 'manager',
	telegram_id: '77',
};
const place = { platform: 'facebook', chat_id: 't_9', platform_message_id: 'm_1' };

/** What has to be there before, what the query adds to the columns, and how the row is found afterwards. */
const rounds: Record<
	string,
	{ before?: Array<[string, string, object]>; joined?: object; find: (store: Store) => Promise<unknown> }
> = {
	'chat company, messages': { find: async (store) => (await chat.getMessages(store)).items[0] },
	'chat company, media_files': {
		before: [['chat-company', 'messages', { ...place, sender_id: '9', timestamp: '2026-01-05' }]],
		joined: place,
		find: async (store) => (await chat.getMessages(store)).items[0],
	},
	'chat company, eva_decisions': {
		before: [['chat-company', 'messages', { ...place, sender_id: '9', timestamp: '2026-01-05' }]],
		joined: place,
		find: async (store) => (await getDecisions(store)).items[0],
	},
	'chat company, conversations': {
		joined: { updated_at: '2026-01-03' },
		find: async (store) => await chat.getConversation(store, { platform: 'messenger', chatId: 't_9' }),
	},
	'chat company, users': {
		find: async (store) => {
			const contact = await chat.getContact(store, { identity: { platform: 'telegram', id: '1' } });
			return contact;
		},
	},
	'help desk, users': { find: async (store) => (await getMembers(store)).items[0] },
	'help desk, chats': {
		before: [['help-desk', 'users', maximum]],
		find: async (store) => await chat.getConversation(store, { platform: 'telegram', chatId: '-100500' }),
	},
	'help desk, client_requests': {
		joined: { id: 5 },
		find: async (store) => (await chat.getMessages(store)).items[0],
	},
	'help desk, templates': { before: [['help-desk', 'users', maximum]], find: () => Promise.resolve({}) },
	'help desk, faq_items': { find: () => Promise.resolve({}) },
};

const splitName = (name: string): { source: chat.ImportSource; table: string } => {
	const [system = '', table = ''] = name.split(', ');
	return { source: system === 'help desk' ? 'help-desk' : 'chat-company', table };
};

describe.each(transportNames)('over %s', (transport) => {
	test.each(Object.entries(walks))(
		'every column of %s lands where it is said, or is named as not taken over',
		async (name, walk) => {
			// None is forgotten.
			expect(Object.keys(walk).sort()).toEqual(Object.keys(sourceColumns[name] ?? {}).sort());
			const tenant = await stand.tenant();
			const store = stand.open(transport, { tenant });
			const { before = [], joined = {}, find = () => Promise.resolve({}) } = rounds[name] ?? {};
			for (const [source, table, row] of before)
				await chat.importRows(store, { source: source as chat.ImportSource, table }, [{ ...row }]);
			const row = {
				...joined,
				...Object.fromEntries(Object.entries(walk).map(([column, [value]]) => [column, value])),
			};
			const done = await chat.importRows(store, splitName(name), [row]);
			expect(done).toMatchObject({
				counts: { [done.counts.updated === 1 ? 'updated' : 'created']: 1 },
				problems: [],
			});
			const found = await find(store);
			for (const [column, [value, where, expected = value]] of Object.entries(walk)) {
				const actual = await valueAt(found, where, tenant);
				if (where === '')
					expect([column, done.ignored.some((one) => one.column === column)]).toEqual([column, true]);
				else if (where === 'identities')
					expect([column, names(actual)]).toEqual([column, expect.arrayContaining([expected])]);
				else if (typeof expected === 'string' && /^\d{4}-/.test(expected))
					expect([column, String(actual).slice(0, expected.length)]).toEqual([column, expected]);
				else expect([column, actual]).toEqual([column, expected]);
			}
			// And nothing is said to be left out that is not.
			const leftOut = Object.entries(walk).flatMap(([column, [, where]]) => (where === '' ? [column] : []));
			expect(done.ignored.map(({ column }) => column).sort()).toEqual(leftOut.sort());
		},
	);
});

const names = (identities: unknown): string[] =>
	(identities as Array<{ platform: string; id: string }>).map(({ platform, id }) => `${platform} ${id}`);

async function valueAt(found: unknown, where: string, tenant: string): Promise<unknown> {
	const [, table, column] = /^table:(\w+)(?:\.(\w+))?$/.exec(where) ?? [];
	if (table !== undefined) {
		const rows = await stand.supabase.exec<Record<string, unknown>>(
			`select * from opsdesk.${table} where tenant_id = $1`,
			[tenant],
		);
		const value = column === undefined ? rows.length : rows[0]?.[column];
		return value instanceof Date ? value.toISOString() : value;
	}
	return where
		.split('.')
		.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], found);
}

test('tables that hold no chats are named as not taken over, each with the reason', async () => {
	const store = stand.open('postgres', { tenant: await stand.tenant() });
	const others = Object.keys(sourceColumns).filter(
		(name) => /^(chat company|help desk), /.test(name) && !(name in walks),
	);
	expect(others.length).toBe(6);
	for (const name of others) {
		const done = await chat.importRows(store, splitName(name), [{ id: 1 }]);
		expect(done).toMatchObject({ counts: { notTaken: 1 }, ignored: [{ column: '*', rows: 1 }] });
	}
});
