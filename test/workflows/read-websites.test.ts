import { randomBytes } from 'node:crypto';

import { saveWebsite } from '../../src/store';
import { openStand, type Stand } from '../src/store/stand';
import type { StoredCredential } from '../support/n8n/client';
import { outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, failureOf } from './alerting';
import { nodeOf } from './backing-up';

const client = sharedN8n();
const table = 'Read the websites table';
let stand: Stand;
let alerting: Alerting;
let credential: StoredCredential;
let unreachable: StoredCredential;

beforeAll(async () => {
	stand = await openStand('read-websites');
	alerting = await Alerting.install(client, { targets: [] });
	const create = async (host: string) =>
		await client.createCredential(`store ${randomBytes(6).toString('hex')}`, 'supabaseApi', {
			...{ host, serviceRole: stand.supabase.secretKey, allowedHttpRequestDomains: 'all' },
		});
	credential = await create(stand.supabase.url);
	unreachable = await create('http://127.0.0.1:9');
});

afterAll(async () => {
	await alerting?.remove();
	for (const { id } of [credential, unreachable].filter(Boolean)) await client.deleteCredential(id);
	await stand?.close();
});

/** The settings, with the table read over a credential, or over none that was selected. */
async function settings(tenant: string, selected: StoredCredential | undefined) {
	await alerting.typeSettings({ sites: '[{"name": "typed"}, {"name": "blog"}]' }, (workflow) => {
		const node = nodeOf(workflow, table);
		delete node.disabled;
		node.parameters = { ...node.parameters, store: { tenant, timeoutSeconds: 2 } };
		if (selected) node.credentials = { supabaseApi: { id: selected.id, name: selected.name } };
	});
	const execution = await client.run(alerting.ids['read-settings'], { trigger: 'Check these settings' });
	const [checked] = outputItems(execution, 'Check what was typed');
	return {
		failure: failureOf(execution),
		...(checked?.json as { sites: { name: string }[]; problems: string[] }),
	};
}
const names = (sites: { name: string }[]) => sites.map(({ name }) => name);

test('the active websites are sites beside those that were typed, completed by their schedule', async () => {
	const tenant = await stand.tenant();
	const store = stand.open('postgres', { tenant });
	const backup = {
		backup: { directories: [{ name: 'www', path: '/srv/www' }] },
		destinations: [{ name: 'disk', type: 'directory', path: '/backups' }],
	};
	const definition = { name: 'shop', schedule: 'weekly', ...backup };
	await saveWebsite(store, { clientName: 'Shop' }, { domain: 'shop.example.com', definition });
	const read = await settings(tenant, credential);
	expect(read).toMatchObject({ failure: '', problems: [], schedules: { typed: 'daily', shop: 'weekly' } });
	expect(names(read.sites)).toEqual(['typed', 'blog', 'shop']);
	expect(read.sites[2]).toMatchObject({
		expect: { every: '7d' },
		backup: { directories: [{ exclude: ['*.log'] }] },
	});

	await saveWebsite(store, { clientName: 'Blog' }, { domain: 'blog.example.com' });
	const twice = await settings(tenant, credential);
	expect(names(twice.sites)).toEqual(['typed', 'blog', 'shop']);
	expect(twice.problems).toEqual([expect.stringContaining('"blog"')]);
	expect(twice.failure).toContain('"blog" of the websites table');
});

test('a table that is not known hides no site that was typed, and is named', async () => {
	const tenant = await stand.tenant();
	for (const selected of [unreachable, undefined]) {
		const read = await settings(tenant, selected);
		expect(names(read.sites)).toEqual(['typed', 'blog']);
		expect(read.problems).toEqual([
			expect.stringMatching(/^sites: those of the websites table are not known \(.{10}/),
		]);
		expect(read.failure).toContain('websites table');
	}
});
