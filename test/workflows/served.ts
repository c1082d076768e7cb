import { randomBytes } from 'node:crypto';

import { loadWorkflows, type Workflow } from '../../src/workflows';
import type { N8nClient, StoredCredential } from '../support/n8n/client';
import { outputItems } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import { nodeOf } from './backing-up';

export interface Served {
	id: string;
	/** Of its webhook, where no other test has one. */
	path: string;
}

/** Puts a shipped workflow with a webhook in place under ids and a path of its own, with its settings, and publishes it. */
export async function serve(
	client: N8nClient,
	key: string,
	settings: Record<string, unknown> = {},
	change: (workflow: Workflow) => void = () => undefined,
): Promise<Served> {
	const [shipped] = (await loadWorkflows()).filter((entry) => entry.key === key);
	if (!shipped) throw new Error(`There is no workflow ${key}.`);
	const id = randomBytes(8).toString('hex');
	const workflow = { ...structuredClone(shipped.workflow), id, name: `${key} ${id}` };
	// What fails here is looked at by the tests alone.
	delete workflow.settings?.['errorWorkflow'];
	// By the ids of nodes an import knows again what it has installed.
	for (const node of workflow.nodes) node.id = `${id}-${node.id}`;
	const { assignments } = nodeOf(workflow, 'Settings').parameters.assignments as {
		assignments: { name: string; value: unknown }[];
	};
	for (const assignment of assignments)
		if (assignment.name in settings) assignment.value = settings[assignment.name];
	const hook = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook');
	if (!hook) throw new Error(`${key} has no webhook.`);
	const path = `test-${id}`;
	hook.parameters['path'] = path;
	Object.assign(hook, { webhookId: id });
	change(workflow);
	await client.importWorkflow(JSON.parse(JSON.stringify(workflow)) as WorkflowJson);
	await client.activate(id);
	return { id, path };
}

export function select(workflow: Workflow, node: string, credential: StoredCredential): void {
	const { type, id, name } = credential;
	nodeOf(workflow, node).credentials = { [type]: { id, name } };
}

export async function remove(client: N8nClient, { id }: Served): Promise<void> {
	await client.deactivate(id);
	await client.deleteWorkflow(id);
}

/** Makes checks once in the shared n8n, as a workflow of the user does; the results. */
export async function checkOnce(
	client: N8nClient,
	set: string,
	checks: object[],
	options: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
	return await useSiteCheck(client, { source: 'checks', set, checks: JSON.stringify(checks), options });
}

/** Runs the node Site Check once in the shared n8n; its items. */
export async function useSiteCheck(
	client: N8nClient,
	parameters: Record<string, unknown>,
): Promise<Record<string, unknown>[]> {
	const id = randomBytes(8).toString('hex');
	const node = (name: string, type: string, x: number, own: object) => ({
		...{ id: `${id}-${x}`, name, type, typeVersion: 1, parameters: own },
		position: [x, 0] as [number, number],
	});
	await client.importWorkflow({
		id,
		name: `Checks ${id}`,
		settings: { executionOrder: 'v1' },
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', 0, {}),
			node('Check', 'n8n-nodes-opsdesk.siteCheck', 200, parameters),
		],
		connections: { Start: { main: [[{ node: 'Check', type: 'main', index: 0 }]] } },
	} as unknown as WorkflowJson);
	try {
		return outputItems(await client.run(id), 'Check').map(({ json }) => json);
	} finally {
		await client.deleteWorkflow(id);
	}
}
