import type { IDataObject } from 'n8n-workflow';

import { SupabaseChatStore } from '../../../nodes/SupabaseChatStore/SupabaseChatStore.node';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byId, nodeRunner, storeCredentials, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-directory');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const by = (mode: string, value: unknown) => ({ __rl: true, mode, value });
const max = by('email', 'max@example.com');

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	beforeEach(async () => {
		tenant = await stand.tenant();
	});
	const items = async (resource: string, operation: string, more: IDataObject = {}) =>
		await node.items({ resource, operation, ...more }, { through, tenant });
	const refusal = async (resource: string, operation: string, more: IDataObject = {}) =>
		await node.refusal({ resource, operation, ...more }, { through, tenant });

	test('CS-36 a member is created, found by every name, and updated; an empty field is emptied', async () => {
		const [made] = await items('member', 'createOrUpdate', {
			member: max,
			fields: { name: 'Max', role: 'manager', identities: 'telegram:77, whatsapp:+15550100' },
		});
		expect(made).toMatchObject({ name: 'Max', role: 'manager', created: true });
		for (const member of [max, byId(made?.['id']), by('list', made?.['id']), by('identity', 'telegram:77')])
			expect(await items('member', 'get', { member })).toMatchObject([
				{
					id: made?.['id'],
					identities: [
						{ platform: 'telegram', id: '77' },
						{ platform: 'whatsapp', id: '+15550100' },
					],
				},
			]);
		const [changed] = await items('member', 'createOrUpdate', {
			member: byId(made?.['id']),
			fields: { email: '', identities: '' },
		});
		expect(changed).toMatchObject({ name: 'Max', identities: [], created: false });
		expect(changed).not.toHaveProperty('email');
	});

	test('members are listed by filters, and one who is removed is gone from there', async () => {
		for (const name of ['a', 'b', 'c'])
			await items('member', 'createOrUpdate', {
				member: by('email', `${name}@example.com`),
				fields: { name },
			});
		await items('member', 'createOrUpdate', {
			member: by('email', 'a@example.com'),
			fields: { role: 'manager' },
		});
		const names = async (filters: IDataObject, more: IDataObject = { returnAll: true }) =>
			(await items('member', 'getMany', { filters, ...more })).map(({ name }) => name);
		expect(await names({ role: 'manager' })).toEqual(['a']);
		expect(await names({}, { returnAll: false, limit: 2 })).toEqual(['a', 'b']);
		expect(await items('member', 'remove', { member: by('email', 'b@example.com') })).toMatchObject([
			{ removed: true, conversations: { toTeam: 0, unassigned: 0 } },
		]);
		expect(await names({})).toEqual(['a', 'c']);
		expect(await names({ includeRemoved: true })).toEqual(['a', 'b', 'c']);
	});

	test('a team has members and duty, and tells who is to be told', async () => {
		const [member] = await items('member', 'createOrUpdate', {
			member: max,
			fields: { name: 'Max', role: 'manager' },
		});
		const team = by('name', 'First line');
		expect(await items('team', 'createOrUpdate', { team, fields: {} })).toMatchObject([{ created: true }]);
		const memberIds = String(member?.['id']);
		expect(await items('team', 'setMembers', { team, how: 'add', memberIds })).toMatchObject([
			{ members: [{ name: 'Max', onDuty: true }] },
		]);
		expect(await items('team', 'getOnDuty', { team })).toMatchObject([{ name: 'Max', source: 'duty' }]);
		expect(
			await items('member', 'setOnDuty', { member: max, onDuty: false, team: by('list', '') }),
		).toMatchObject([{ teams: [{ name: 'First line', onDuty: false }] }]);
		expect(await items('team', 'getOnDuty', { team: by('list', '') })).toMatchObject([
			{ name: 'Max', source: 'leaders' },
		]);
		expect(await items('team', 'createOrUpdate', { team, fields: { name: 'Second line' } })).toMatchObject([
			{ name: 'Second line', created: false },
		]);
		expect(await items('team', 'getMany', { returnAll: true })).toHaveLength(1);
		expect(await items('team', 'get', { team: by('name', 'Second line') })).toHaveLength(1);
		expect(await refusal('team', 'get', { team })).toMatch(/no such team/);
		expect(await refusal('team', 'setMembers', { team, how: 'add', memberIds: 'Max' })).toMatch(
			/"Member IDs"/,
		);
		expect(await items('team', 'delete', { team: by('name', 'Second line') })).toMatchObject([
			{ deleted: true, members: 1 },
		]);
	});

	test('a channel account is created, switched off and removed', async () => {
		const channelAccount = by('platform', 'telegram:my_bot');
		const fields = { name: 'Bot', settings: '{"perMinute": 30}' };
		expect(await items('channelAccount', 'createOrUpdate', { channelAccount, fields })).toMatchObject([
			{ platform: 'telegram', externalId: 'my_bot', settings: { perMinute: 30 }, created: true },
		]);
		await items('channelAccount', 'createOrUpdate', { channelAccount, fields: { active: false } });
		const active = async (value: boolean) =>
			await items('channelAccount', 'getMany', { returnAll: true, filters: { active: value } });
		expect([(await active(true)).length, (await active(false)).length]).toEqual([0, 1]);
		expect(await items('channelAccount', 'remove', { channelAccount })).toEqual([{ result: 'deleted' }]);
		expect(
			await refusal('channelAccount', 'createOrUpdate', { channelAccount: by('platform', 'my_bot'), fields }),
		).toMatch(/"Channel Account" is not platform and ID/);
	});

	test('a tenant is created and updated, whichever tenant the node works for', async () => {
		const id = `${tenant}-${through}`;
		const named = by('name', id);
		const fields = { name: 'Agency', requiresConsent: true };
		expect(await items('tenant', 'createOrUpdate', { tenant: named, fields })).toMatchObject([
			{ id, name: 'Agency', requiresConsent: true, erasedSenders: 'refuse', created: true },
		]);
		expect(
			await items('tenant', 'createOrUpdate', { tenant: named, fields: { name: 'Other' } }),
		).toMatchObject([{ name: 'Other', requiresConsent: true, created: false }]);
		expect(await items('tenant', 'get', { tenant: by('list', id) })).toMatchObject([{ id }]);
		const all = await items('tenant', 'getMany', { returnAll: true });
		expect(all.map((one) => one['id'])).toEqual(expect.arrayContaining(['default', id]));
	});

	test('the lists in the editor hold the records of the tenant', async () => {
		await items('member', 'createOrUpdate', { member: max, fields: { name: 'Max' } });
		await items('team', 'createOrUpdate', { team: by('name', 'First line'), fields: {} });
		await items('channelAccount', 'createOrUpdate', {
			channelAccount: by('platform', 'sms:+15550100'),
			fields: {},
		});
		await items('template', 'createOrUpdate', { template: by('title', 'Hello'), fields: { content: 'x' } });
		await items('faqItem', 'createOrUpdate', { faqItem: by('question', 'When?'), fields: { answer: 'x' } });
		const domain = 'shop.example.com';
		await items('website', 'createOrUpdate', { website: by('clientName', 'Shop'), fields: { domain } });
		const authentication = through === 'supabase' ? 'supabaseApi' : 'postgres';
		const context = {
			getCredentials: (name: string) => Promise.resolve(storeCredentials(stand.supabase)[name]),
			getNode: () => ({ name: 'x', parameters: { authentication } }),
			getCurrentNodeParameter: () => ({ tenant }),
		};
		const { listSearch } = new SupabaseChatStore().methods;
		const names = async (list: keyof typeof listSearch, filter?: string) =>
			(await listSearch[list].call(context as never, filter)).results.map(({ name }) => name);
		expect(await names('searchMembers')).toEqual(['Max (observer)']);
		expect(await names('searchMembers', 'eva')).toEqual([]);
		expect(await names('searchTeams', 'FIRST')).toEqual(['First line']);
		expect(await names('searchChannelAccounts')).toEqual(['+15550100 (sms)']);
		expect(await names('searchTemplates')).toEqual(['Hello']);
		expect(await names('searchFaqItems')).toEqual(['When?']);
		expect(await names('searchWebsites')).toEqual(['Shop']);
		expect(await names('searchTenants')).toEqual(expect.arrayContaining(['Default', tenant]));
	});

	test('what is wrong in a field is said by its name', async () => {
		for (const [fields, problem] of [
			[{ name: '' }, /name/],
			[{ name: 'Max', identities: '4242' }, /"IDs on Channels" is not platform and ID/],
			[{ name: 'Max', role: 'king' }, /role/],
		] as const)
			expect(await refusal('member', 'createOrUpdate', { member: max, fields })).toMatch(problem);
		expect(await refusal('member', 'get', { member: by('email', '={{ $json.none }}') })).toMatch(
			/"Member" is empty/,
		);
		expect(await refusal('member', 'get', { member: byId('x') })).toMatch(/"Member" is not a whole number/);
	});
});

test('a model that uses the node as a tool gives nobody rights and removes nothing, unless that was allowed', async () => {
	const tenant = await stand.tenant();
	for (const parameters of [
		{ resource: 'member', operation: 'createOrUpdate', member: max, fields: { name: 'Max', role: 'admin' } },
		{ resource: 'member', operation: 'remove', member: max },
		{ resource: 'team', operation: 'delete', team: by('name', 'x') },
		{ resource: 'tenant', operation: 'createOrUpdate', tenant: by('name', 'x'), fields: {} },
		{ resource: 'website', operation: 'delete', website: by('clientName', 'x') },
	])
		expect(await node.asTool(parameters, { tenant })).toMatch(/is not allowed/);
	const list = { resource: 'member', operation: 'getMany', limit: 5 };
	expect(await node.asTool(list, { tenant })).not.toMatch(/is not allowed/);
});
