import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byPlatform, nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-schema');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const schema = (operation: string, more: object = {}) => ({ resource: 'schema', operation, ...more });

test.each(transportNames)('Check over %s says what is there and what is not', async (through) => {
	expect(await node.items(schema('check'), { through })).toEqual([
		expect.objectContaining({ state: 'current', tenantFound: true }),
	]);
	const unknown = await node.items(schema('check', { store: { tenant: 'nobody' } }), { through });
	expect(unknown).toEqual([expect.objectContaining({ tenantFound: false })]);
	const missing = await node.items(schema('check', { store: { schema: 'elsewhere' } }), { through });
	const [state, remedy] =
		through === 'supabase' ? ['not_exposed', /Exposed schemas/] : ['missing', /opsdesk schema/];
	expect(missing).toEqual([expect.objectContaining({ state, remedy: expect.stringMatching(remedy) })]);
});

test('Install needs a Postgres credential, tells in a dry run, and does it once', async () => {
	expect(await node.refusal(schema('install'))).toMatch(/Set "Authentication" to Postgres/);
	const second = { store: { schema: 'second_desk' } };
	const dry = await node.items(schema('install', { ...second, dryRun: true }), { through: 'postgres' });
	expect(dry).toEqual([expect.objectContaining({ state: 'missing', dryRun: true })]);
	const [done] = await node.items(schema('install', second), { through: 'postgres' });
	expect(done).toMatchObject({ state: 'current' });
	expect(done?.['installed']).toEqual(dry[0]?.['pending']);
	const [again] = await node.items(schema('install', second), { through: 'postgres' });
	expect(again).toMatchObject({ state: 'current', installed: [] });
});

test('the SQL is handed out without a credential', async () => {
	const [item] = await node.items(schema('getSql'), { credentials: {} });
	expect(item?.['sql']).toMatch(/^-- The store of n8n-nodes-opsdesk/);
});

test('conversations are listed, changed, read and counted', async () => {
	const tenant = await stand.tenant();
	const run = async (parameters: object) => await node.items(parameters as never, { tenant });
	const say = { resource: 'message', operation: 'store', platform: 'telegram', chatId: '77', senderId: '77' };
	await run({ ...say, messageId: '1', text: 'Hello', sentAt: '2026-03-02T09:00:00Z' });
	const one = { resource: 'conversation', conversation: byPlatform('telegram:77') };
	const fields = {
		status: 'assigned_human',
		tier: 'vip',
		title: 'Anna',
		custom: '{"a": 1}',
		keyTopics: 'tax, vat',
	};
	expect(await run({ ...one, operation: 'update', fields })).toEqual([
		expect.objectContaining({
			status: 'assigned_human',
			tier: 'vip',
			custom: { a: 1 },
			keyTopics: ['tax', 'vat'],
		}),
	]);
	const list = { resource: 'conversation', operation: 'getMany', returnAll: true };
	expect(await run({ ...list, filters: { title: 'ann', unread: true } })).toHaveLength(1);
	expect(await run({ ...list, filters: { title: 'boris' } })).toEqual([]);
	await run({ ...one, operation: 'markRead' });
	expect(await run({ ...list, filters: { unread: true } })).toEqual([]);
	expect(await run({ ...one, operation: 'statistics' })).toEqual([
		expect.objectContaining({ messages: 1, inbound: 1, activeDays: 1 }),
	]);
	expect(await run({ ...one, operation: 'get' })).toEqual([expect.objectContaining({ isUnread: false })]);
	const unread = { ...one, operation: 'update', fields: { assignedMemberId: 12 } };
	expect(await node.refusal(unread, { tenant })).toMatch(/no such member/);
});
