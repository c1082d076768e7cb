import { randomBytes } from 'node:crypto';

import { importWorkflows, loadWorkflows, N8nApi, withIds } from '../../src/workflows';
import { sharedN8n } from '../support/n8n/shared';

const client = sharedN8n();
const api = new N8nApi({ url: client.url, apiKey: client.apiKey });
const own = randomBytes(4).toString('hex');

test('an import selects the named credential in every node that needs one, so that the workflow can be published', async () => {
	const credential = await client.createCredential(`Store ${own}`, 'supabaseApi', {
		...{ host: 'https://store.example.com', serviceRole: 'x', allowedHttpRequestDomains: 'all' },
	});
	const wanted = ['start-timers-on-requests', 'read-settings', 'send-alert', 'handle-errors'];
	const shipped = (await loadWorkflows()).filter(({ key }) => wanted.includes(key));
	const ids = new Map(shipped.map(({ workflow }) => [workflow.id, randomBytes(8).toString('hex')]));
	const all = shipped.map((entry) => {
		const workflow = structuredClone(withIds(entry.workflow, ids));
		for (const node of workflow.nodes) node.id = `${workflow.id}-${node.id}`;
		return { ...entry, workflow };
	});
	const options = { credentials: [credential.name], publish: true };
	const results = await importWorkflows(api, all, all, options);
	try {
		expect(results.find(({ name }) => name === 'start-timers-on-requests')).toMatchObject({
			...{ action: 'created', selected: 1, published: true, warnings: [] },
		});
		const again = await importWorkflows(api, all, all, options);
		expect(again.map(({ action, selected }) => [action, selected])).toEqual(all.map(() => ['unchanged', 0]));
		const unknown = importWorkflows(api, all, all, { credentials: [`Shop ${own}`] });
		await expect(unknown).rejects.toMatchObject({ code: 'unknown_credential' });
	} finally {
		for (const { id } of [...results].reverse()) {
			await client.deactivate(id);
			await client.deleteWorkflow(id);
		}
		await client.deleteCredential(credential.id);
	}
});
