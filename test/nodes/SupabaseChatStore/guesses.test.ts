import { openStand, type Stand } from '../../src/store/stand';
import { byPlatform, nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;
let tenant: string;

beforeAll(async () => {
	stand = await openStand('node-guesses');
	node = nodeRunner(stand.supabase);
	process.env['OPSDESK_STATE'] = stand.scope.path('state');
	tenant = await stand.tenant();
	const say = {
		resource: 'message',
		operation: 'store',
		platform: 'telegram',
		sentAt: '2026-03-02T09:00:00Z',
	};
	for (const id of ['41', '42'])
		await node.items(
			{ ...say, chatId: id, messageId: '1', senderId: id, text: `Words of ${id}` },
			{ tenant },
		);
});
afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await stand?.close();
});

const contact = byPlatform('telegram:41');

test.each(['={{ $json.none }}', '={{ null }}', '={{ "" }}', '={{ "no" }}'])(
	'a Dry Run that gives %s removes nothing',
	async (dryRun) => {
		for (const parameters of [
			{ resource: 'contact', operation: 'erase', contact, dryRun },
			{ resource: 'retention', operation: 'run', dryRun },
		])
			expect(await node.refusal(parameters, { tenant })).toMatch(/"Dry Run" is neither true nor false/);
		expect(await node.items({ resource: 'contact', operation: 'get', contact }, { tenant })).toHaveLength(1);
	},
);

test.each([
	['contact', 'email', 'Email'],
	['contact', 'phone', 'Phone'],
	['contact', 'name', 'Name'],
	['contact', 'tag', 'Tag'],
	['conversation', 'title', 'Title'],
	['template', 'category', 'Category'],
])('in a list of %s an empty filter "%s" does not show all', async (resource, name, field) => {
	const filters = { [name]: '={{ $json.none }}' };
	const refused = await node.refusal(
		{ resource, operation: 'getMany', filters, returnAll: true },
		{ tenant },
	);
	expect(refused).toMatch(new RegExp(`The filter "${field}" is empty`));
});

test('"For Language Model" that is no plain yes or no gives nothing out', async () => {
	const conversation = byPlatform('telegram:41');
	const asked = { resource: 'message', operation: 'getContext', conversation, messages: 5, hours: 1_000_000 };
	const refused = await node.refusal({ ...asked, options: { forModel: '={{ "true" }}' } }, { tenant });
	expect(refused).toMatch(/"For Language Model" is neither true nor false/);
});

test('as a tool only what people allow to language models is given out, unless a person allows more', async () => {
	const consent = { resource: 'contact', operation: 'setConsent', contact, purpose: 'ai_analysis' };
	await node.items({ ...consent, granted: false, source: 'form' }, { tenant });
	for (const parameters of [
		{ resource: 'message', operation: 'getMany', limit: 5 },
		{ resource: 'message', operation: 'search', query: 'Words', limit: 5 },
		{ resource: 'retention', operation: 'getArchivedMessages', limit: 5 },
		{ resource: 'contact', operation: 'get', contact },
		{ resource: 'contact', operation: 'getMany', limit: 5 },
		{ resource: 'conversation', operation: 'getMany', limit: 5 },
	]) {
		const refused = await node.asTool(parameters, { tenant });
		expect([parameters.operation, refused]).toEqual([
			parameters.operation,
			expect.stringMatching(/refused to language models/),
		]);
		const allowed = await node.asTool({ ...parameters, allowDestructive: true }, { tenant });
		expect(allowed).not.toMatch(/refused to language models/);
	}
	const asked = { resource: 'message', operation: 'getContext', messages: 5, hours: 1_000_000 };
	const withheld = await node.asTool({ ...asked, conversation: byPlatform('telegram:41') }, { tenant });
	expect(withheld).not.toContain('Words of 41');
	const given = await node.asTool({ ...asked, conversation: byPlatform('telegram:42') }, { tenant });
	expect(given).toContain('Words of 42');
});

test('CS-35 receipts that fit another key, or another tenant, are not passed over in silence', async () => {
	const lost = await stand.tenant();
	const say = {
		resource: 'message',
		operation: 'store',
		platform: 'telegram',
		sentAt: '2026-03-02T09:00:00Z',
	};
	await node.items({ ...say, chatId: '51', messageId: '1', senderId: '51', text: 'x' }, { tenant: lost });
	const erasure = {
		resource: 'contact',
		operation: 'erase',
		contact: byPlatform('telegram:51'),
		dryRun: false,
	};
	const [erased] = await node.items(erasure, { tenant: lost });
	await stand.supabase.exec(`update opsdesk.tenant_peppers set pepper = 'another' where tenant_id = $1`, [
		lost,
	]);
	const [seen] = await node.items({ resource: 'schema', operation: 'check' }, { tenant: lost });
	expect(seen).toMatchObject({
		receiptsOfOtherKeys: 1,
		receiptWarning: expect.stringContaining('tenant_peppers'),
	});
	const apply = { resource: 'privacy', operation: 'applyReceipts' };
	const kept = await node.refusal({ ...apply, receiptsFrom: 'kept' }, { tenant: lost });
	expect(kept).toMatch(/made with another key/);
	const receipts = JSON.stringify(erased?.['receipt']);
	expect(await node.refusal({ ...apply, receiptsFrom: 'input', receipts }, { tenant })).toMatch(
		/None of the 1 receipts is of the tenant/,
	);
});

test('a receipt of an anonymisation that was lost is kept by the second call', async () => {
	const anonymise = { resource: 'contact', operation: 'anonymise', contact: byPlatform('telegram:42') };
	process.env['OPSDESK_STATE'] = __filename;
	const [first] = await node.items(anonymise, { tenant });
	expect(first).toMatchObject({ status: 'anonymised', receiptKept: false });
	process.env['OPSDESK_STATE'] = stand.scope.path('state');
	const [second] = await node.items(anonymise, { tenant });
	expect(second).toMatchObject({ status: 'anonymisedBefore', receiptKept: true });
	await stand.supabase.exec('delete from opsdesk.tombstones where tenant_id = $1', [tenant]);
	await stand.supabase.exec('delete from opsdesk.erasures where tenant_id = $1', [tenant]);
	const [seen] = await node.items({ resource: 'schema', operation: 'check' }, { tenant });
	expect(seen).toMatchObject({ receiptsToApply: 1 });
});
