import type { N8nClient, StoredCredential } from '../support/n8n/client';
import type { WorkflowJson } from '../support/n8n/workflow';
import { loadWorkflows, withIds, type Workflow } from '../../src/workflows';
import type { Alerting } from './alerting';
import { nodeOf } from './backing-up';

export interface SetUp {
	/** Of the shipped workflow. */
	key: string;
	/** Under which it stands in n8n. */
	id: string;
	alerting: Alerting;
	/** For all nodes of this package. */
	credential: StoredCredential;
	settings: Record<string, unknown>;
	/** Other workflows that stand there under ids of their own: name → id. */
	ids?: Readonly<Record<string, string>>;
	change?: (workflow: Workflow) => void;
}

/** Puts a shipped workflow in place as a user sets it up: with a credential, the alerts and its settings; not published. */
export async function setUpWorkflow(
	client: N8nClient,
	{ key, id, alerting, credential, settings, ids: others = {}, change }: SetUp,
): Promise<void> {
	const all = new Map((await loadWorkflows()).map((entry) => [entry.key, entry.workflow]));
	const own: Record<string, string> = { ...alerting.ids, ...others, [key]: id };
	const ids = new Map(
		[...all].flatMap(([name, { id: shipped }]) =>
			own[name] === undefined ? [] : [[shipped, own[name]] as const],
		),
	);
	const shipped = all.get(key);
	if (!shipped) throw new Error(`There is no workflow ${key}.`);
	const workflow = structuredClone(withIds(shipped, ids));
	for (const node of workflow.nodes) {
		// By the ids of nodes an import knows again what it has installed.
		node.id = `${id}-${node.id}`;
		if (node.type.startsWith('n8n-nodes-opsdesk.'))
			node.credentials = { [credential.type]: { id: credential.id, name: credential.name } };
	}
	const { assignments } = nodeOf(workflow, 'Settings').parameters.assignments as {
		assignments: { name: string; value: unknown }[];
	};
	for (const assignment of assignments)
		if (assignment.name in settings) assignment.value = settings[assignment.name];
	change?.(workflow);
	await client.importWorkflow(JSON.parse(JSON.stringify(workflow)) as WorkflowJson);
}
