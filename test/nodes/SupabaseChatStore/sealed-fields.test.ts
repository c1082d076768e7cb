import type { IDataObject } from 'n8n-workflow';

import { generateFieldKey } from '../../../src/chat';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byPlatform, nodeRunner, storeCredentials, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;
const [former, current] = [generateFieldKey(), generateFieldKey()];

beforeAll(async () => {
	stand = await openStand('node-sealed');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	beforeAll(async () => {
		tenant = await stand.tenant();
	});
	const withKeys = (currentSecretKey: string, formerSecretKeys = '') => ({
		through,
		tenant,
		credentials: {
			...storeCredentials(stand.supabase),
			chatFieldKeyApi: { currentSecretKey, formerSecretKeys } as IDataObject,
		},
	});
	const contact = (operation: string, more: object = {}) => ({
		resource: 'contact',
		operation,
		contact: byPlatform('telegram:4242'),
		...more,
	});
	const find = (filters: object) => ({ resource: 'contact', operation: 'getMany', returnAll: true, filters });

	test('contacts are sealed and opened by the selected key, found by it, and sealed anew by the next', async () => {
		const made = {
			resource: 'contact',
			operation: 'findOrCreate',
			platform: 'telegram',
			platformId: '4242',
			name: 'Anna',
		};
		await node.items(made, { through, tenant });
		const fields = { email: 'anna@example.com', phone: '+49 170 1' };
		expect(await node.items(contact('update', { fields }), withKeys(former))).toMatchObject([fields]);
		const plain = await node.items(contact('get'), { through, tenant });
		expect(plain).toMatchObject([{ name: 'Anna', sealedFields: ['email', 'phone'] }]);
		expect(JSON.stringify(plain)).not.toContain('sealed:v1');
		expect(await node.items(find({ email: 'Anna@Example.com' }), withKeys(former))).toMatchObject([fields]);
		expect(await node.refusal(find({ email: 'a@example.com', name: 'x' }), withKeys(former))).toMatch(
			/cannot be combined/,
		);
		expect(await node.refusal(contact('get'), withKeys(current))).toMatch(/cannot be opened.*former keys/);
		const [done] = await node.items(contact('reseal'), withKeys(current, former));
		expect(done).toEqual({ resealed: 1, unreadable: [], left: 0, leftElsewhere: expect.any(Number) });
		expect(await node.items(contact('get'), withKeys(current))).toMatchObject([fields]);
		expect(await node.items(find({ phone: '0049-1701' }), withKeys(current))).toMatchObject([fields]);
		expect(await node.refusal(contact('reseal'), { through, tenant })).toMatch(
			/no key to seal with.*Chat Field Key API/,
		);
	});

	test('a model that writes to a contact is told which one it is, and nothing that stands in it', async () => {
		const own = { ...withKeys(former), tenant: await stand.tenant() };
		const identity = { platform: 'telegram', platformId: '4242' };
		const made = { resource: 'contact', operation: 'findOrCreate', ...identity, name: 'Anna' };
		await node.items(made, own);
		const fields = { email: 'anna@example.com', notes: 'owes money' };
		await node.items(contact('update', { fields }), own);
		const other = { ...made, platform: 'sms', name: 'Other' };
		const [second] = await node.items(other, own);
		const mergeWith = { __rl: true, mode: 'id', value: String(second?.['id']) };
		for (const asked of [
			made,
			contact('update', { fields: { tags: 'x' } }),
			contact('linkIdentity', { platform: 'whatsapp', platformId: '7' }),
			contact('merge', { mergeWith, allowDestructive: true }),
		]) {
			const said = await node.asTool(asked, own);
			expect(said).toMatch(/\[\{\\?"id\\?":\d+|"id":\d+/);
			expect(said).not.toMatch(/anna@example|owes|Anna[^"]*",.*identities|sealedFields/);
		}
	});

	test('an erasure asks for the key, and a credential that is left from another resource does no harm', async () => {
		const erase = contact('erase', { dryRun: true });
		expect(await node.refusal(erase, { through, tenant })).toMatch(
			/fields of contact \d+ are sealed.*Chat Field Key API/,
		);
		expect(await node.items(erase, withKeys(current))).toMatchObject([{ status: 'wouldErase' }]);
		const without = contact('erase', { dryRun: false, options: { withoutSealed: true } });
		const messages = { resource: 'message', operation: 'getMany', returnAll: true };
		expect(await node.items(messages, withKeys('not a key'))).toEqual([]);
		expect(await node.refusal(contact('get'), withKeys('not a key'))).toMatch(/is not 32 bytes/);
		expect(await node.items(without, { through, tenant })).toMatchObject([
			{ status: 'erased', receipt: { counts: { sealedUnmasked: 2 } } },
		]);
	});
});
