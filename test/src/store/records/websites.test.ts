import { parseSites, readCheckedSites } from '../../../../src/shared';
import * as records from '../../../../src/store';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-websites');
});
afterAll(() => stand?.close());

describe.each(transportNames)('websites over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const shop = { clientName: 'Shop' };
	const domain = 'shop.example.com';

	test('a website is made once and changed; what another one has is refused by its field', async () => {
		const saved = await Promise.all(
			Array.from({ length: 5 }, () =>
				records.saveWebsite(store, shop, { domain, containerPort: 3001, dbPort: 5433 }),
			),
		);
		expect(saved.filter(({ created }) => created)).toHaveLength(1);
		const [{ id: websiteId } = { id: 0 }] = saved;
		const blog = { clientName: 'Blog' };
		await records.saveWebsite(store, blog, { domain: 'blog.example.com' });
		for (const [field, value] of [
			['clientName', 'Shop'],
			['domain', 'SHOP.example.com'],
			['containerPort', 3001],
			['dbPort', 5433],
		] as const)
			await expect(records.saveWebsite(store, blog, { [field]: value })).rejects.toMatchObject({
				code: 'conflict',
				message: `${field}: another website of this tenant has this one.`,
			});
		await expect(records.saveWebsite(store, { clientName: 'New' }, { domain })).rejects.toMatchObject({
			code: 'conflict',
		});
		for (let time = 0; time < 2; time += 1)
			expect(
				await records.saveWebsite(
					store,
					{ websiteId },
					{ clientName: 'Store', dbPort: null, status: 'paused' },
				),
			).toMatchObject({ id: websiteId, clientName: 'Store', containerPort: 3001, status: 'paused' });
		expect(await records.getWebsite(store, { clientName: 'Store' })).not.toHaveProperty('dbPort');
		expect((await records.getWebsites(store, { status: 'active' })).items).toMatchObject([blog]);
		await expect(records.saveWebsite(store, shop, { containerPort: 70_000 })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('containerPort'),
		});
		await expect(records.saveWebsite(store, shop, {})).rejects.toMatchObject({ code: 'not_found' });
	});

	test('deployments and backups are recorded once, listed newest first, and go with their website', async () => {
		await records.saveWebsite(store, shop, { domain });
		await records.saveWebsite(store, { clientName: 'Blog' }, { domain: 'blog.example.com' });
		const deployedAt = '2026-01-05T10:00:00+03:00';
		for (const status of ['started', 'ok'])
			await records.recordDeployment(store, shop, { status, commitHash: 'abc', deployedAt });
		await records.recordDeployment(store, shop, { status: 'failed', deployedAt: '2026-01-06T10:00:00Z' });
		await records.recordDeployment(store, { clientName: 'Blog' }, { status: 'ok', deployedAt });
		expect((await records.getDeployments(store, shop)).items).toMatchObject([
			{ status: 'failed' },
			{ status: 'ok', commitHash: 'abc', at: '2026-01-05T07:00:00+00:00', clientName: 'Shop' },
		]);
		const first = await records.getDeployments(store, undefined, { limit: 2 });
		const rest = await records.getDeployments(store, undefined, { cursor: first.cursor });
		expect([...first.items, ...rest.items].map(({ clientName }) => clientName)).toEqual([
			'Shop',
			'Blog',
			'Shop',
		]);
		for (const sizeBytes of [undefined, 9_000_000_000])
			await records.recordBackup(store, shop, {
				path: '/b/1',
				at: '2026-01-01T00:00:00Z',
				...(sizeBytes !== undefined && { sizeBytes }),
			});
		await records.recordBackup(store, shop, { path: '/b/2' });
		expect((await records.getBackups(store, shop)).items).toMatchObject([
			{ path: '/b/2' },
			{ path: '/b/1', sizeBytes: 9_000_000_000 },
		]);
		expect(await records.removeBackup(store, shop, '/b/2')).toBe(true);
		expect(await records.removeBackup(store, shop, '/b/2')).toBe(false);
		expect(await records.deleteWebsite(store, shop)).toEqual({ deleted: true, deployments: 2, backups: 1 });
		expect(await records.deleteWebsite(store, shop)).toEqual({ deleted: false, deployments: 0, backups: 0 });
		expect((await records.getDeployments(store)).items).toHaveLength(1);
		await expect(records.recordBackup(store, shop, { path: '/b' })).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	const backup = {
		backup: { directories: [{ name: 'www', path: '/srv/www' }] },
		destinations: [{ name: 'disk', type: 'directory', path: '/backups' }],
	};

	test('websites are definitions of sites; a mistake in one is named and hides no other', async () => {
		const rows: Array<[string, records.WebsiteFields]> = [
			['Acme & Söhne', { domain: 'acme.example.com' }],
			['Магазин', { domain }],
			['Blog', { domain: 'blog.example.com', definition: { name: 'blog', schedule: 'weekly', ...backup } }],
			[
				'Wiki',
				{
					domain: 'wiki.example.com',
					definition: `name: wiki\nchecks:\n  - {type: http, name: Wiki, url: "https://wiki.example.com"}`,
				},
			],
			['Copy', { domain: 'copy.example.com', definition: { name: 'wiki' } }],
			['Typo', { domain: 'typo.example.com', definition: { nmae: 'x', ...backup } }],
			['Half', { domain: 'half.example.com', definition: { backup: backup.backup } }],
			['List', { domain: 'list.example.com', definition: '[1' }],
			['When', { domain: 'when.example.com', definition: { schedule: 'sometimes', ...backup } }],
			['Gone', { domain: 'gone.example.com', status: 'cancelled', definition: { nmae: 'x' } }],
		];
		for (const [clientName, fields] of rows) await records.saveWebsite(store, { clientName }, fields);
		const { sites, schedules, problems } = await records.getSiteDefinitions(store);
		expect(sites.map((site) => site['name'])).toEqual(['acme-sohne', 'shop-example-com', 'blog', 'wiki']);
		expect(schedules).toEqual({
			'acme-sohne': 'never',
			'shop-example-com': 'never',
			blog: 'weekly',
			wiki: 'never',
		});
		expect(sites[0]).toEqual({
			name: 'acme-sohne',
			domain: 'acme.example.com',
			checks: [{ type: 'certificate', name: 'Certificate of acme.example.com', host: 'acme.example.com' }],
		});
		expect(problems.map((text) => text.slice(0, 15))).toEqual([
			'Website "Copy":',
			'Website "Typo":',
			'Website "Half":',
			'Website "List":',
			'Website "When":',
		]);
		for (const [index, part] of ['"wiki"', 'nmae', 'destinations', 'JSON', 'schedule'].entries())
			expect(problems[index]).toMatch(new RegExp(part, 'i'));
		expect(await readCheckedSites(sites)).toHaveLength(4);
		expect(parseSites(sites.filter((site) => 'backup' in site))).toMatchObject([
			{ name: 'blog', domain: 'blog.example.com' },
		]);
	});

	test('CS-23 SQL and the signs of filters in every text stay as they are', async () => {
		const odd = `a'b"c;--or=(x.eq.1)*%_\\ $1 {} ,`;
		const fields = { domain: odd, status: odd, githubRepo: odd, definition: { [odd]: odd } };
		await records.saveWebsite(store, { clientName: odd }, fields);
		expect(await records.getWebsite(store, { clientName: odd })).toMatchObject({
			clientName: odd,
			...fields,
		});
		await records.recordDeployment(store, { clientName: odd }, { status: odd, commitHash: odd });
		await records.recordBackup(store, { clientName: odd }, { path: odd });
		expect((await records.getDeployments(store, { clientName: odd })).items).toMatchObject([
			{ status: odd, commitHash: odd },
		]);
		expect((await records.getBackups(store, { clientName: odd })).items).toMatchObject([{ path: odd }]);
		expect(await records.removeBackup(store, { clientName: odd }, odd)).toBe(true);
	});
});
