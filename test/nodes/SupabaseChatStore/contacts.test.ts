import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byId, byPlatform, nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;
let folder: string;

beforeAll(async () => {
	stand = await openStand('node-contacts');
	node = nodeRunner(stand.supabase);
	folder = stand.scope.path('state');
	process.env['OPSDESK_STATE'] = folder;
});
afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await stand?.close();
});

const say = (id: string, sender: string, more: object = {}) => ({
	...{ resource: 'message', operation: 'store', platform: 'telegram', chatId: '-100', messageId: id },
	...{ senderId: sender, text: `Words of ${sender}`, sentAt: '2026-03-02T09:00:00Z' },
	more: { chatKind: 'group', senderName: `Somebody ${sender}`, ...more },
});

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	const items = async (parameters: object) =>
		await node.items({ resource: 'contact', ...parameters }, { through, tenant });

	beforeEach(async () => {
		tenant = await stand.tenant();
		await node.items(say('1', '5550017'), { through, tenant });
		await node.items(say('2', '31'), { through, tenant });
	});

	test('a contact is found by id, by identity and in a list, changed and joined', async () => {
		const [anna] = await items({ operation: 'get', contact: byPlatform('telegram:5550017') });
		expect(anna).toMatchObject({ name: 'Somebody 5550017', messages: 1 });
		const [same] = await items({ operation: 'get', contact: byId(anna?.['id']) });
		expect(same?.['id']).toBe(anna?.['id']);
		const fields = { tags: 'vip, annual', notes: 'likes mail', status: 'vip', custom: '{"plan": 2}' };
		const [changed] = await items({ operation: 'update', contact: byId(anna?.['id']), fields });
		expect(changed).toMatchObject({ tags: ['vip', 'annual'], status: 'vip', custom: { plan: 2 } });
		const listed = await items({ operation: 'getMany', filters: { tag: 'annual' }, limit: 5 });
		expect(listed.map(({ id }) => id)).toEqual([anna?.['id']]);
		const [made] = await items({
			...{ operation: 'findOrCreate', platform: 'whatsapp', platformId: '447700900000', name: 'Anna' },
			options: { username: 'annap' },
		});
		expect(made).toMatchObject({ created: true });
		const [joined] = await items({
			...{ operation: 'merge', contact: byId(anna?.['id']), mergeWith: byId(made?.['id']) },
		});
		expect(joined).toMatchObject({ id: anna?.['id'], merged: true });
		const [linked] = await items({
			...{ operation: 'linkIdentity', contact: byPlatform('whatsapp:447700900000') },
			...{ platform: 'messenger', platformId: '9', options: { account: 'page-1' } },
		});
		expect(linked?.['identities']).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ platform: 'messenger', account: 'page-1', id: '9' }),
			]),
		);
	});

	test('what a person refuses is recorded, and what is no plain yes or no is refused', async () => {
		const contact = byPlatform('telegram:5550017');
		const asked = { operation: 'setConsent', contact, purpose: 'chat_storage', source: 'form' };
		const unclear = await node.refusal(
			{ resource: 'contact', ...asked, granted: '={{ "maybe" }}' },
			{ through, tenant },
		);
		expect(unclear).toMatch(/"Granted" is neither true nor false/);
		expect(await items({ ...asked, granted: false })).toEqual([
			expect.objectContaining({ storageAllowed: false }),
		]);
		const [refused] = await node.items(say('3', '5550017'), { through, tenant });
		expect(refused).toMatchObject({ status: 'refused', reason: 'consent' });
		const [seen] = await items({ operation: 'getConsent', contact });
		expect(seen).toMatchObject({ said: [expect.objectContaining({ source: 'form', granted: false })] });
	});

	test('an export is a file with all of their messages and a checksum', async () => {
		const result = await node.run(
			{
				...{ resource: 'contact', operation: 'export', contact: byPlatform('telegram:5550017') },
				binaryPropertyName: 'data',
			},
			{ through, tenant },
		);
		const [item] = result.output('Store')[0] ?? [];
		expect(item?.json).toMatchObject({
			counts: { messages: 1 },
			sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
		});
		const text = Buffer.from(item?.binary?.['data']?.data ?? '', 'base64').toString();
		expect(text).toContain('Words of 5550017');
		expect(text).not.toContain('Words of 31');
	});

	test('a hold refuses an erasure with its reason until it is lifted', async () => {
		const contact = byPlatform('telegram:5550017');
		const [hold] = await items({
			operation: 'placeHold',
			contact,
			reason: 'case 12',
			options: { by: 'Ada' },
		});
		const erasure = { operation: 'erase', contact, dryRun: false };
		expect(await node.refusal({ resource: 'contact', ...erasure }, { through, tenant })).toMatch(/case 12/);
		const holds = await node.items({ resource: 'privacy', operation: 'getHolds' }, { through, tenant });
		expect(holds).toEqual([expect.objectContaining({ id: hold?.['id'], by: 'Ada' })]);
		await node.items(
			{ resource: 'privacy', operation: 'liftHold', holdId: hold?.['id'] },
			{ through, tenant },
		);
		expect(await items(erasure)).toEqual([expect.objectContaining({ status: 'erased' })]);
	});

	test('CS-35 receipts kept outside the database erase again whom a restored one still has', async () => {
		const contact = byPlatform('telegram:5550017');
		const [dry] = await items({ operation: 'erase', contact });
		expect(dry).toMatchObject({ status: 'wouldErase', counts: { messages: 1 } });
		const [erased] = await items({ operation: 'erase', contact, dryRun: false });
		expect(erased).toMatchObject({ status: 'erased', receiptKept: true });
		const id = (erased?.['receipt'] as { id: string }).id;
		const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.includes(id));
		expect(readFileSync(join(folder, String(file)), 'utf8')).not.toMatch(/5550017|Somebody/);
		const check = { resource: 'schema', operation: 'check' };
		expect(await node.items(check, { through, tenant })).toEqual([
			expect.objectContaining({ state: 'current', receiptsToApply: 0 }),
		]);
		// As after the restore of an older backup.
		await stand.supabase.exec('delete from opsdesk.tombstones where tenant_id = $1', [tenant]);
		await stand.supabase.exec('delete from opsdesk.erasures where tenant_id = $1', [tenant]);
		await node.items(say('1', '5550017'), { through, tenant });
		expect(await node.items(check, { through, tenant })).toEqual([
			expect.objectContaining({ receiptsToApply: 1, remedy: expect.stringContaining('Apply Receipts') }),
		]);
		const apply = { resource: 'privacy', operation: 'applyReceipts', receiptsFrom: 'kept' };
		expect(await node.items(apply, { through, tenant })).toEqual([
			expect.objectContaining({ applied: 1, matched: 1 }),
		]);
		expect(
			await node.refusal({ resource: 'contact', operation: 'get', contact }, { through, tenant }),
		).toMatch(/no such contact/);
	});
});

test('what n8n itself keeps is said in words', async () => {
	const [said] = await node.items({ resource: 'privacy', operation: 'getExecutionRetention' });
	expect(said).toMatchObject({ maxAgeHours: 336, message: expect.stringContaining('for 336 hours') });
});

test('an identity that is none, and nothing to change, are refused by the name of the field', async () => {
	const refusal = async (parameters: object) => await node.refusal({ resource: 'contact', ...parameters });
	expect(await refusal({ operation: 'get', contact: byPlatform('={{ "non:" }}') })).toMatch(
		/"Contact" is not platform/,
	);
	const nobody = { operation: 'export', contact: byPlatform('telegram:1'), binaryPropertyName: 'data' };
	expect(await refusal(nobody)).toMatch(/no such contact/);
	expect(await refusal({ operation: 'get', contact: byId('={{ "" }}') })).toMatch(/"Contact" is empty/);
	expect(await refusal({ operation: 'update', contact: byId(1), fields: {} })).toMatch(/nothing to change/);
	expect(await refusal({ operation: 'update', contact: byId(1), fields: { custom: '[1]' } })).toMatch(
		/"Custom" is not an object/,
	);
});
