import { randomUUID } from 'node:crypto';

import type { StoredCredential } from '../support/n8n/client';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { Checking } from './checking';
import { press, setUpToPress } from './pressing';

const key = 'watch-workflow-runs';
const client = sharedN8n();
let checking: Checking;
let credential: StoredCredential;
let watched: string;

beforeAll(async () => {
	checking = await Checking.install(client);
	credential = await client.createCredential(`runs ${randomUUID()}`, 'n8nApi', {
		apiKey: client.apiKey,
		baseUrl: `${client.url}/api/v1`,
	});
	await checking.setUp('run-site-checks', {}, (workflow) => {
		const node = nodeOf(workflow, 'Run the checks');
		node.credentials = { n8nApi: { id: credential.id, name: credential.name } };
		node.parameters['signInWith'] = ['n8nApi'];
	});
	({ id: watched } = await client.importWorkflow({
		name: `Watched ${randomUUID()}`,
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				...{ id: 'yearly', name: 'Yearly', type: 'n8n-nodes-base.scheduleTrigger', typeVersion: 1.2 },
				...{ position: [0, 0] },
				parameters: { rule: { interval: [{ field: 'cronExpression', expression: '0 0 29 2 *' }] } },
			},
		],
		connections: {},
	}));
	await client.activate(watched);
});

afterAll(async () => {
	if (watched) {
		await client.deactivate(watched);
		await client.deleteWorkflow(watched);
	}
	await checking?.remove();
	if (credential) await client.deleteCredential(credential.id);
});

const setUp = (settings: Record<string, unknown>): Promise<void> =>
	setUpToPress(checking, key, {
		trigger: 'Every five minutes',
		settings: {
			...{ url: client.url, set: `runs-${randomUUID()}`, failedWarning: -1, failedCritical: -1 },
			workflows: JSON.stringify([{ name: 'Backups', workflow: watched, within: '1h' }]),
			...settings,
		},
	});
const look = async (): Promise<string[]> => {
	const { alerts, error } = await press(checking, key, 'Watch now');
	expect(error).toBe('');
	return alerts.map(({ title, status }) => `${title}: ${status}`);
};

test('a workflow that should run and was switched off is told once, and so is its return', async () => {
	await setUp({});
	expect(await look()).toEqual([]);
	await client.deactivate(watched);
	const { alerts } = await press(checking, key, 'Watch now');
	expect(alerts).toMatchObject([{ title: 'Backups fails', severity: 'critical', status: 'firing' }]);
	expect(alerts[0]?.message).toContain('is not published');
	expect(await look()).toEqual([]);
	await client.activate(watched);
	expect([...(await look()), ...(await look())]).toEqual(['Backups is well again: resolved']);
});

test('failed executions beyond the limit are a warning that is told once', async () => {
	// A run that fails, because there is no address.
	await setUp({ url: '' });
	expect((await press(checking, key, 'Watch now')).error).not.toBe('');
	await setUp({ workflows: '[]', failedWarning: 0 });
	expect([...(await look()), ...(await look()), ...(await look())]).toEqual(['n8n needs attention: firing']);
});

test.each([
	['no address', { url: '' }, /Type the address of this n8n into "url"/],
	['a list that is none', { workflows: '{"a": 1}' }, /"workflows" in the node "Settings" is not a list/],
	['a workflow without a time', { workflows: '[{"workflow": "x"}]' }, /runs\.within/],
])('%s is an error that names the setting', async (_, settings, message) => {
	await setUp(settings);
	const { error } = await press(checking, key, 'Watch now');
	expect(error).toMatch(message);
});
