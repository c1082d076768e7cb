import { generateFieldKey, importTables, type ImportSource } from '../../../src/chat';
import { SupabaseChatStore } from '../../../nodes/SupabaseChatStore/SupabaseChatStore.node';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { nodeRunner, storeCredentials, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-import');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const rowsOf = (source: string, table: string, options: object = {}) => ({
	resource: 'import',
	operation: 'rows',
	source,
	table,
	options,
});
const list = (resource: string) => ({ resource, operation: 'getMany', returnAll: true });

describe.each(transportNames)('over %s', (through) => {
	test('all items are the rows of one import, which answers with one item', async () => {
		const tenant = await stand.tenant();
		const input = [1, 2, 3, 4].map((n) => ({
			json: {
				platform: 'telegram',
				platform_message_id: String(n),
				chat_id: '4242',
				sender_id: n === 3 ? '900' : '4242',
				content: `Hello ${n}`,
				timestamp: n === 4 ? 'never' : `2026-01-05 10:00:0${n}`,
			},
		}));
		const options = {
			accounts: { account: [{ platform: 'Telegram', id: 'helpbot' }] },
			ownIds: '900, 901',
			timeZone: 'Europe/Moscow',
		};
		const done = await node.items(rowsOf('chat-company', 'messages', options), { through, tenant, input });
		expect(done).toMatchObject([
			{ counts: { created: 3, failed: 1 }, problems: [{ row: 4, field: 'timestamp', stored: false }] },
		]);
		const again = await node.items(rowsOf('chat-company', 'messages', options), { through, tenant, input });
		expect(again).toMatchObject([{ rows: 4, counts: { duplicate: 3, failed: 1 } }]);
		const messages = await node.items(list('message'), { through, tenant });
		expect(messages.map(({ text, account, direction }) => [text, account, direction])).toEqual([
			['Hello 3', 'helpbot', 'outbound'],
			['Hello 2', 'helpbot', 'inbound'],
			['Hello 1', 'helpbot', 'inbound'],
		]);
		expect(String(messages[0]?.['sentAt'])).toMatch(/^2026-01-05T07:00:03/);
	});

	test('people are sealed by the selected key, and sessions of a memory join a platform', async () => {
		const tenant = await stand.tenant();
		const credentials = {
			...storeCredentials(stand.supabase),
			chatFieldKeyApi: { currentSecretKey: generateFieldKey(), formerSecretKeys: '' },
		};
		const people = [{ json: { telegram_id: '4242', email: 'anna@example.com' } }];
		expect(
			await node.items(rowsOf('chat-company', 'users'), { through, tenant, credentials, input: people }),
		).toMatchObject([{ counts: { created: 1 } }]);
		expect(await node.items(list('contact'), { through, tenant })).toMatchObject([
			{ sealedFields: ['email'] },
		]);
		expect(await node.items(list('contact'), { through, tenant, credentials })).toMatchObject([
			{ email: 'anna@example.com' },
		]);
		const memory = [{ json: { id: 1, session_id: '4242', message: { type: 'human', content: 'Hi' } } }];
		const options = { platform: 'telegram', firstTime: '2026-01-01T00:00:00Z' };
		await node.items(rowsOf('n8n-chat-memory', '', options), { through, tenant, input: memory });
		expect(await node.items(list('message'), { through, tenant })).toMatchObject([
			{ text: 'Hi', platform: 'telegram' },
		]);
		expect(await node.items(list('contact'), { through, tenant })).toHaveLength(1);
		const other = [{ json: { id: 1, session_id: '4242', message: { type: 'human', content: 'Sales' } } }];
		const again = rowsOf('n8n-chat-memory', '', options);
		expect(await node.items(again, { through, tenant, input: other })).toMatchObject([
			{ counts: { duplicate: 1 }, problems: [{ row: 1, field: 'id', stored: false }] },
		]);
		const named = rowsOf('n8n-chat-memory', '', { ...options, tableName: 'sales' });
		expect(await node.items(named, { through, tenant, input: other })).toMatchObject([
			{ counts: { created: 1 }, problems: [] },
		]);
	});
});

test('a model may not import: it would make members', async () => {
	const said = await node.asTool(rowsOf('help-desk', 'users'));
	expect(said).toMatch(/Allow Destructive Operations/);
});

test('the node offers every table that can be imported', () => {
	const { properties } = new SupabaseChatStore().description;
	for (const [source, tables] of Object.entries(importTables) as Array<[ImportSource, object]>) {
		const offered = properties.filter(
			({ name, displayOptions }) => name === 'table' && displayOptions?.show?.['source']?.includes(source),
		);
		const values = offered.flatMap(({ options = [] }) =>
			options.map((option) => ('value' in option ? option.value : '')),
		);
		if (source !== 'n8n-chat-memory') expect(values.sort()).toEqual(Object.keys(tables).sort());
	}
});
