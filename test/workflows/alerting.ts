import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { loadWorkflows, withIds, type Workflow } from '../../src/workflows';
import type { N8nClient, StoredCredential } from '../support/n8n/client';
import type { WorkflowJson } from '../support/n8n/workflow';
import { executionError, type Execution } from '../support/n8n/executions';

/** An alert target as a user writes it into read-settings. */
export interface Target {
	name: string;
	channel: string;
	to?: string;
	[other: string]: unknown;
}

export interface AlertingOptions {
	targets: Target[];
	/** Values for the settings node of send-alert. */
	settings?: Record<string, string | number>;
	/** Node of send-alert → the credential to select in it; the node is switched on. */
	credentials?: Record<string, StoredCredential>;
	/** Nodes of send-alert to switch on without selecting a credential: a set-up left half-way. */
	switchedOn?: string[];
}

const outcomeSchema = z.object({
	title: z.string(),
	outcome: z.string(),
	targets: z.array(
		z.object({ name: z.string(), channel: z.string(), result: z.string(), reason: z.string() }),
	),
});

export type AlertOutcome = z.infer<typeof outcomeSchema>;

const id = (): string => randomBytes(8).toString('hex');

/** The three workflows of alerting under ids of their own, set up and published as a user does, and a caller. */
export class Alerting {
	readonly ids = { 'read-settings': id(), 'send-alert': id(), 'handle-errors': id(), caller: id() };

	private constructor(
		readonly client: N8nClient,
		private readonly workflows: ReadonlyMap<string, Workflow>,
	) {}

	static async install(client: N8nClient, options: AlertingOptions): Promise<Alerting> {
		const shipped = await loadWorkflows();
		const alerting = new Alerting(client, new Map(shipped.map(({ key, workflow }) => [key, workflow])));
		await alerting.setTargets(options.targets);
		await alerting.setUpSending(options);
		await alerting.publish(alerting.workflow('handle-errors'));
		await alerting.publish(callerWorkflow(alerting.ids.caller, alerting.ids['send-alert']));
		return alerting;
	}

	/** Types other targets into read-settings and publishes it again. */
	async setTargets(targets: Target[]): Promise<void> {
		const workflow = this.workflow('read-settings');
		setValue(workflow, 'alertTargets', JSON.stringify(targets));
		await this.publish(workflow);
	}

	/** Types values into the settings node of read-settings, and changes what else is to change, without publishing. */
	async typeSettings(
		values: Record<string, string>,
		change: (workflow: Workflow) => void = () => undefined,
	): Promise<void> {
		const workflow = this.workflow('read-settings');
		for (const [name, value] of Object.entries(values)) setValue(workflow, name, value);
		change(workflow);
		await this.client.importWorkflow(toJson(workflow));
	}

	private async setUpSending({
		settings = {},
		credentials = {},
		switchedOn = [],
	}: AlertingOptions): Promise<void> {
		const workflow = this.workflow('send-alert');
		for (const [name, value] of Object.entries(settings)) setValue(workflow, name, value);
		for (const name of [...Object.keys(credentials), ...switchedOn]) {
			const node = workflow.nodes.find((entry) => entry.name === name);
			if (!node) throw new Error(`send-alert has no node "${name}"`);
			delete node.disabled;
			const credential = credentials[name];
			if (credential) node.credentials = { [credential.type]: { id: credential.id, name: credential.name } };
		}
		await this.publish(workflow);
	}

	/** Raises alerts in one call of send-alert, as another workflow does; the run that did the work is the newest. */
	async send(
		...alerts: Record<string, unknown>[]
	): Promise<{ execution: Execution; outcomes: AlertOutcome[] }> {
		const answer = await this.client.callWebhook(`alert-${this.ids.caller}`, { body: alerts });
		const execution = await this.client.settledExecution(await this.newestRun());
		if ((answer.status === 200) !== (execution.status === 'success')) {
			throw new Error(`The caller got ${answer.status} from a run that ended with ${execution.status}.`);
		}
		const outcomes = answer.status === 200 ? z.array(outcomeSchema).parse(answer.json) : [];
		return { execution, outcomes };
	}

	private async newestRun(): Promise<string> {
		const schema = z.object({ data: z.array(z.looseObject({ id: z.coerce.string() })) });
		const { data } = await this.client.publicApi(
			`executions?limit=1&workflowId=${this.ids['send-alert']}`,
			schema,
		);
		return data[0]?.id ?? '';
	}

	/** A copy of a shipped workflow with the ids of this installation. */
	workflow(key: 'read-settings' | 'send-alert' | 'handle-errors'): Workflow {
		const shipped = this.workflows.get(key);
		if (!shipped) throw new Error(`There is no workflow ${key}`);
		const own = new Map(
			[...this.workflows].flatMap(([name, workflow]) =>
				name in this.ids ? [[workflow.id, this.ids[name as keyof typeof this.ids]] as const] : [],
			),
		);
		const copy = structuredClone(withIds(shipped, own));
		// Ids of nodes mark the copies of a workflow; these must not be taken for an import of the shipped one.
		for (const node of copy.nodes) node.id = `${copy.id}-${node.id}`;
		return copy;
	}

	/** Puts a changed copy of a workflow in its place and publishes it. */
	async replace(workflow: Workflow): Promise<void> {
		await this.publish(workflow);
	}

	private async publish(workflow: Workflow): Promise<void> {
		await this.client.importWorkflow(toJson(workflow));
		await this.client.activate(workflow.id);
	}

	async remove(): Promise<void> {
		for (const workflow of Object.values(this.ids).reverse()) {
			await this.client.deactivate(workflow);
			await this.client.deleteWorkflow(workflow);
		}
	}
}

/** The client's type of the same file. */
const toJson = (workflow: Workflow): WorkflowJson => JSON.parse(JSON.stringify(workflow)) as WorkflowJson;

/** What an execution that was meant to fail says. */
export const failureOf = (execution: Execution): string => executionError(execution)?.message ?? '';

function setValue(workflow: Workflow, name: string, value: string | number): void {
	const node = workflow.nodes.find((entry) => entry.name === 'Settings');
	const { assignments } = z
		.object({ assignments: z.array(z.looseObject({ name: z.string(), value: z.unknown() })) })
		.parse(node?.parameters.assignments);
	const assignment = assignments.find((entry) => entry.name === name);
	if (!node || !assignment) throw new Error(`"${workflow.name}" has no setting "${name}"`);
	assignment.value = value;
	node.parameters.assignments = { assignments };
}

const fields = [
	'title',
	'message',
	'severity',
	'status',
	'dedupeKey',
	'source',
	'url',
	'startedAt',
	'details',
	'repeat',
	'eventId',
	'owner',
	'raisedAt',
];

/** A workflow with a webhook that raises the alerts it is sent and answers with their outcomes. */
function callerWorkflow(workflowId: string, sendAlert: string): Workflow {
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		x: number,
		parameters: Record<string, unknown>,
	) => ({
		id: `${workflowId}-${x}`,
		name,
		type: `n8n-nodes-base.${type}`,
		typeVersion,
		position: [x, 0] as [number, number],
		parameters,
	});
	const webhook = {
		httpMethod: 'POST',
		path: `alert-${workflowId}`,
		responseMode: 'lastNode',
		responseData: 'allEntries',
		options: {},
	};
	return {
		id: workflowId,
		name: `Raise alerts ${workflowId}`,
		settings: { executionOrder: 'v1' },
		nodes: [
			{ ...node('Alerts arrive', 'webhook', 2.1, 0, webhook), webhookId: workflowId },
			node('One item per alert', 'code', 2, 200, {
				jsCode: 'return $input.first().json.body.map((json) => ({ json }));',
			}),
			node('Raise them', 'executeWorkflow', 1.4, 400, {
				workflowId: { __rl: true, mode: 'id', value: sendAlert },
				workflowInputs: {
					mappingMode: 'defineBelow',
					value: Object.fromEntries(fields.map((name) => [name, `={{ $json.${name} }}`])),
					matchingColumns: [],
					schema: [],
					attemptToConvertTypes: false,
					convertFieldsToString: true,
				},
				options: {},
			}),
		],
		connections: {
			'Alerts arrive': { main: [[{ node: 'One item per alert', type: 'main', index: 0 }]] },
			'One item per alert': { main: [[{ node: 'Raise them', type: 'main', index: 0 }]] },
		},
	};
}
