import type { IDataObject } from 'n8n-workflow';

import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-records');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const by = (mode: string, value: unknown) => ({ __rl: true, mode, value });

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	beforeEach(async () => {
		tenant = await stand.tenant();
	});
	const items = async (resource: string, operation: string, more: IDataObject = {}) =>
		await node.items({ resource, operation, ...more }, { through, tenant });
	const refusal = async (resource: string, operation: string, more: IDataObject = {}) =>
		await node.refusal({ resource, operation, ...more }, { through, tenant });

	test('a template is kept as it was written, used with values, and names those that are missing', async () => {
		const template = by('title', 'Greeting');
		const content = 'Hello {{name}}\n';
		expect(
			await items('template', 'createOrUpdate', { template, fields: { content, category: 'hello' } }),
		).toMatchObject([{ title: 'Greeting', content, created: true }]);
		expect(await items('template', 'use', { template, values: '{"name": "Anna"}' })).toMatchObject([
			{ text: 'Hello Anna\n', template: { usageCount: 1 } },
		]);
		expect(await refusal('template', 'use', { template, values: '{}' })).toMatch(/no value for: name/);
		const options = { allowMissing: true };
		expect(await items('template', 'use', { template, values: '{}', options })).toMatchObject([
			{ text: 'Hello \n', missing: ['name'] },
		]);
		expect(await refusal('template', 'use', { template, values: '{"name": {}}' })).toMatch(/"Values": name/);
		expect(
			await items('template', 'getMany', { returnAll: true, filters: { category: 'hello' } }),
		).toHaveLength(1);
		expect(await items('template', 'get', { template })).toHaveLength(1);
		expect(await items('template', 'delete', { template })).toEqual([{ deleted: true }]);
		expect(await items('template', 'delete', { template })).toEqual([{ deleted: false }]);
	});

	test('an FAQ item is found by what somebody asks', async () => {
		const faqItem = by('question', 'How do I return an item?');
		const fields = { answer: 'Send it back.', keywords: 'refund, money back' };
		expect(await items('faqItem', 'createOrUpdate', { faqItem, fields })).toMatchObject([
			{ keywords: ['refund', 'money back'], created: true },
		]);
		const text = 'I want refunds';
		expect(await items('faqItem', 'match', { text, best: 3 })).toMatchObject([
			{ answer: 'Send it back.', matched: ['refund'] },
		]);
		expect(await items('faqItem', 'use', { faqItem })).toMatchObject([{ usageCount: 1 }]);
		expect(await items('faqItem', 'getMany', { returnAll: true, filters: { text: 'SEND' } })).toHaveLength(1);
		expect(await items('faqItem', 'delete', { faqItem })).toEqual([{ deleted: true }]);
		expect(await items('faqItem', 'match', { text, best: 3 })).toEqual([]);
	});

	test('CS-28 an error is recorded once for its key, without secrets, and found again', async () => {
		const fields = {
			key: 'run 7',
			level: 'warning',
			stack: 'at x',
			metadata: '{"password": "hidden-of-nobody", "node": "A"}',
			occurredAt: '2026-03-02T09:00:00Z',
		};
		for (const created of [true, false])
			expect(await items('errorLog', 'create', { message: 'Broken', fields })).toMatchObject([
				{ message: 'Broken', level: 'warning', metadata: { password: '***', node: 'A' }, created },
			]);
		const filters = {
			level: 'warning',
			text: 'broken',
			from: '2026-03-02T00:00:00Z',
			to: '2026-03-03T00:00:00Z',
		};
		expect(await items('errorLog', 'getMany', { returnAll: true, filters })).toMatchObject([
			{ key: 'run 7' },
		]);
		expect(await items('errorLog', 'getMany', { returnAll: true, filters: { level: 'fatal' } })).toEqual([]);
	});

	test('websites have deployments and backups, and are sites for the other nodes', async () => {
		const website = by('clientName', 'Shop');
		const fields = { domain: 'shop.example.com', containerPort: 3001, dbPort: 0 };
		expect(await items('website', 'createOrUpdate', { website, fields })).toMatchObject([
			{ clientName: 'Shop', containerPort: 3001, created: true },
		]);
		const other = by('clientName', 'Blog');
		expect(await refusal('website', 'createOrUpdate', { website: other, fields })).toMatch(
			/(domain|containerPort): another website/,
		);
		const broken = { domain: 'blog.example.com', definition: 'nmae: blog' };
		await items('website', 'createOrUpdate', { website: other, fields: broken });
		const [found] = await items('website', 'getSiteDefinitions');
		expect(found).toMatchObject({
			sites: [{ name: 'shop', checks: [{ type: 'certificate', host: 'shop.example.com' }] }],
			problems: [expect.stringContaining('nmae')],
		});
		await items('website', 'createOrUpdate', { website: other, fields: { definition: { name: 'blog' } } });
		const [mended] = await items('website', 'getSiteDefinitions');
		expect(mended).toMatchObject({ problems: [], schedules: { shop: 'never', blog: 'never' } });
		const deployment = { website, options: { deployedAt: '2026-03-02T09:00:00Z', commitHash: 'abc' } };
		for (const status of ['started', 'ok'])
			await items('deployment', 'createOrUpdate', { ...deployment, status });
		const every = { returnAll: true, website: by('list', '') };
		expect(await items('deployment', 'getMany', every)).toMatchObject([{ status: 'ok', commitHash: 'abc' }]);
		const path = '/backups/1';
		await items('backup', 'createOrUpdate', { website, path, options: { sizeBytes: 12 } });
		expect(await items('backup', 'getMany', { ...every, website })).toMatchObject([{ path, sizeBytes: 12 }]);
		expect(await items('backup', 'getMany', { ...every, website: other })).toEqual([]);
		expect(await items('backup', 'remove', { website, path })).toEqual([{ deleted: true }]);
		expect(await items('website', 'getMany', { returnAll: true, filters: {} })).toHaveLength(2);
		expect(await items('website', 'get', { website })).toHaveLength(1);
		expect(await items('website', 'delete', { website })).toEqual([
			{ deleted: true, deployments: 1, backups: 0 },
		]);
	});
});
