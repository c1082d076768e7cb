import { storeMessages } from '../../../src/chat';
import { aged, whereabouts } from '../../src/chat/retention-stand';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-retention');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const retention = (operation: string, more: object = {}) => ({ resource: 'retention', operation, ...more });

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	let other: string;
	beforeEach(async () => {
		tenant = await stand.tenant();
		other = await stand.tenant();
		for (const one of [tenant, other])
			await storeMessages(stand.open('postgres', { tenant: one }), [
				aged(100, { id: 'first' }),
				aged(95, { id: 'second' }),
				aged(1, { id: 'young' }),
			]);
	});

	test('a run only counts unless that is switched off, and what it archived is found', async () => {
		const counts = { tenant, messages: { archived: 2, deleted: 0 }, left: 0 };
		expect(await node.items(retention('run'), { through, tenant })).toMatchObject([
			{ ...counts, dryRun: true },
		]);
		expect((await whereabouts(stand.supabase, tenant)).archived).toEqual([]);
		const real = retention('run', { dryRun: false, options: { batchSize: 1, kinds: ['messages'] } });
		expect(await node.items(real, { through, tenant })).toMatchObject([{ ...counts, dryRun: false }]);
		const archived = (filters: object, most: object) =>
			node.items(retention('getArchivedMessages', { filters, ...most }), { through, tenant });
		expect(await archived({}, { returnAll: true })).toMatchObject([
			{ externalId: 'second' },
			{ externalId: 'first', archivedAt: expect.any(String) },
		]);
		expect(await archived({}, { returnAll: false, limit: 1 })).toHaveLength(1);
		expect(await archived({ contactId: 999_999 }, { returnAll: true })).toEqual([]);
		expect((await whereabouts(stand.supabase, other)).archived).toEqual([]);
	});

	test('all tenants are one run, by their own policies', async () => {
		const set = retention('setPolicy', {
			rules: { messageDays: 98, archives: false, archiveDays: 200, hiddenDays: 0, errorLogDays: 7 },
		});
		expect(await node.items(set, { through, tenant: other })).toEqual([
			{
				messages: { keepDays: 98, archives: false, hiddenDays: 0, source: 'tenant' },
				archive: { keepDays: 200, source: 'tenant' },
				errorLogs: { keepDays: 7, source: 'tenant' },
			},
		]);
		const all = await node.items(retention('run', { dryRun: false, options: { allTenants: true } }), {
			through,
		});
		expect(all).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ tenant, messages: expect.objectContaining({ archived: 2 }) }),
				expect.objectContaining({ tenant: other, messages: expect.objectContaining({ deleted: 1 }) }),
			]),
		);
		await node.items(retention('setPolicy', { rules: { inherit: ['messages', 'errorLogs'] } }), {
			through,
			tenant: other,
		});
		expect(await node.items(retention('getPolicy'), { through, tenant: other })).toMatchObject([
			{ messages: { source: 'builtIn' }, archive: { source: 'tenant' }, errorLogs: { source: 'builtIn' } },
		]);
	});

	test('what is set wrong is named by its field', async () => {
		for (const [parameters, said] of [
			[retention('run', { options: { kinds: ['everything'] } }), /"Kinds" names none/],
			[retention('run', { options: { kinds: [] } }), /"Kinds" names none/],
			[retention('run', { options: { batchSize: 0 } }), /Batch Size/],
			[retention('run', { options: { allTenants: 'maybe' } }), /"All Tenants" is neither/],
			[retention('setPolicy', { rules: { messageDays: 0 } }), /Days of Messages/],
			[
				retention('setPolicy', { rules: { messageDays: 9, inherit: ['messages'] } }),
				/both set and inherited/,
			],
			[
				retention('setPolicy', { rules: { messageDays: 500 } }),
				/archive would keep nothing.*archive\.keepDays/,
			],
		] as const)
			expect(await node.refusal(parameters, { through, tenant })).toMatch(said);
		expect((await whereabouts(stand.supabase, tenant)).kept).toHaveLength(3);
	});
});

test('as a tool it removes nothing and changes no policy unless a person has allowed it', async () => {
	const tenant = await stand.tenant();
	for (const parameters of [retention('run', { dryRun: false }), retention('setPolicy', { rules: {} })])
		expect(await node.asTool(parameters, { tenant })).toContain('is not allowed');
	expect(await node.asTool(retention('getPolicy'), { tenant })).toContain('builtIn');
});
