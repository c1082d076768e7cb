import { randomBytes } from 'node:crypto';
import { z } from 'zod';

import { loadWorkflows, withIds, type Workflow } from '../../src/workflows';
import { RecordingServer, type Answer } from '../support/doubles/recording-server';
import type { N8nClient } from '../support/n8n/client';
import { executionError, outputItems } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';

const outcomeSchema = z.object({
	set: z.string(),
	checks: z.number(),
	counts: z.object({ ok: z.number(), warning: z.number(), critical: z.number(), unknown: z.number() }),
	leftToAnotherRun: z.number(),
	alerts: z.object({
		...{ told: z.number(), toldToSome: z.number(), notTold: z.number() },
		...{ wantedByNobody: z.number(), leftToNextRun: z.number() },
	}),
	missed: z.array(z.string()),
	failure: z.string(),
});

/** What run-site-checks is asked for. */
export interface CheckRequest {
	set: string;
	checks?: unknown;
	sites?: boolean;
	maintenance?: unknown[];
	source?: string;
}

export interface CheckedRun {
	outcome: z.infer<typeof outcomeSchema> | undefined;
	/** What it failed with; empty when it did not. */
	error: string;
	/** Alerts of checks that arrived during the run, in all and at each receiver. */
	alerts: ReceivedAlert[];
	arrived: number[];
}

const id = (): string => randomBytes(8).toString('hex');

/** A service that answers, until it is out of order. */
export const outOfOrder: Answer = { status: 503, body: { message: 'closed for maintenance' } };

/** The workflows of checks with alerting of their own, and servers that everything is told to. */
export class Checking {
	readonly ids: Record<string, string> = { 'run-site-checks': id(), caller: id() };
	private readonly stored: string[] = [];

	private constructor(
		readonly client: N8nClient,
		readonly alerting: Alerting,
		/** Each is a target of alerts. */
		readonly receivers: RecordingServer[],
		private readonly shipped: ReadonlyMap<string, Workflow>,
	) {}

	static async install(client: N8nClient, receivers = 1): Promise<Checking> {
		const servers = await Promise.all(
			Array.from({ length: receivers }, () => RecordingServer.start(() => ({ status: 204 }))),
		);
		const alerting = await Alerting.install(client, { targets: [] });
		const shipped = new Map((await loadWorkflows()).map(({ key, workflow }) => [key, workflow]));
		const checking = new Checking(client, alerting, servers, shipped);
		await checking.defineSites([]);
		await checking.setUp('run-site-checks');
		await checking.store(callerWorkflow(checking.idOf('caller'), checking.idOf('run-site-checks')));
		return checking;
	}

	/** Types the sites into read-settings, with the receivers as targets, and publishes it. */
	async defineSites(sites: object[], more: Record<string, unknown>[] = []): Promise<void> {
		const targets = this.receivers.map(({ url }, index) => ({
			...{ name: `receiver ${index} ${this.idOf('caller')}`, channel: 'webhook', to: url },
			...more[index],
		}));
		await this.alerting.typeSettings({
			alertTargets: JSON.stringify(targets),
			sites: JSON.stringify(sites),
			timeZone: 'Asia/Kolkata',
		});
		await this.client.activate(this.alerting.ids['read-settings']);
	}

	/** Stores a shipped workflow with values in its settings and whatever else a user changes, and publishes it. */
	async setUp(
		key: string,
		settings: Record<string, unknown> = {},
		change: (workflow: Workflow) => void = () => {},
	): Promise<void> {
		const workflow = this.workflow(key);
		const { assignments } = nodeOf(workflow, 'Settings').parameters['assignments'] as {
			assignments: { name: string; value: unknown }[];
		};
		for (const assignment of assignments)
			if (assignment.name in settings) assignment.value = settings[assignment.name];
		change(workflow);
		await this.store(workflow);
	}

	/** A copy of a shipped workflow with the ids of this installation. */
	workflow(key: string): Workflow {
		const shipped = this.shipped.get(key);
		if (!shipped) throw new Error(`There is no workflow ${key}.`);
		this.ids[key] ??= id();
		const all: Record<string, string> = { ...this.ids, ...this.alerting.ids };
		const own = new Map(
			[...this.shipped].flatMap(([name, { id: shippedId }]) =>
				all[name] === undefined ? [] : [[shippedId, all[name]] as const],
			),
		);
		const workflow = structuredClone(withIds(shipped, own));
		// Ids of nodes mark the copies of a workflow; these must not be taken for an import of the shipped one.
		for (const node of workflow.nodes) {
			node.id = `${workflow.id}-${node.id}`;
			// A test presses the button itself; a schedule would run in between.
			if (node.type === 'n8n-nodes-base.scheduleTrigger')
				node.parameters['rule'] = { interval: [{ field: 'cronExpression', expression: '0 0 1 1 *' }] };
			if (node.type === 'n8n-nodes-base.formTrigger') {
				node.parameters['options'] = {
					...(node.parameters['options'] as object),
					path: pathOf(workflow.id),
				};
				node['webhookId'] = node.id;
			}
			if (node.type !== 'n8n-nodes-base.webhook') continue;
			node.parameters['path'] = pathOf(workflow.id);
			node['webhookId'] = node.id;
		}
		return workflow;
	}

	idOf(key: string): string {
		const found = this.ids[key];
		if (found === undefined) throw new Error(`${key} is not set up.`);
		return found;
	}

	/** Asks run-site-checks for one run and waits for its end. */
	async run(request: CheckRequest): Promise<CheckedRun> {
		const before = this.received().map((alerts) => alerts.length);
		const answer = await this.client.callWebhook(`check-${this.idOf('caller')}`, { body: request });
		const [failed] = answer.status === 200 ? [] : await this.client.executions(this.idOf('run-site-checks'));
		const received = this.received().map((alerts, index) => alerts.slice(before[index]));
		return {
			outcome: answer.status === 200 ? outcomeSchema.parse(answer.json) : undefined,
			error: failed === undefined ? '' : (executionError(failed)?.message ?? 'unknown'),
			alerts: received.flat(),
			arrived: received.map((alerts) => alerts.length),
		};
	}

	/** The alerts of checks that each receiver has taken; handle-errors tells it of runs that failed, too. */
	received(): ReceivedAlert[][] {
		return this.receivers.map(({ taken }) =>
			taken
				.map(({ body }) => body as ReceivedAlert)
				.filter(({ dedupeKey }) => !dedupeKey.startsWith('n8n-workflow:')),
		);
	}

	/** Presses the button of a workflow that checks, and waits for its end. */
	async press(key: string, trigger: string): Promise<{ outcome: Record<string, unknown>; error: string }> {
		const execution = await this.client.run(this.idOf(key), { trigger, timeoutMs: 60_000 });
		const [outcome] = outputItems(execution, 'Note the ping');
		return {
			outcome: outcome?.json ?? {},
			error: execution.status === 'success' ? '' : (executionError(execution)?.message ?? 'unknown'),
		};
	}

	async remove(): Promise<void> {
		for (const stored of [...new Set(this.stored)].reverse()) {
			await this.client.deactivate(stored);
			await this.client.deleteWorkflow(stored);
		}
		await this.alerting.remove();
		await Promise.all(this.receivers.map((receiver) => receiver.stop()));
	}

	private async store(workflow: Workflow): Promise<void> {
		await this.client.importWorkflow(JSON.parse(JSON.stringify(workflow)) as WorkflowJson);
		this.stored.push(workflow.id);
		await this.client.activate(workflow.id);
	}
}

/** Of the webhook of a workflow, where no other test has one. */
export const pathOf = (workflowId: string): string => `of-${workflowId}`;

/** A workflow with a webhook that asks for a run and answers with what it gave. */
function callerWorkflow(workflowId: string, runSiteChecks: string): Workflow {
	const fields = ['set', 'checks', 'sites', 'maintenance', 'source'];
	const node = (name: string, type: string, typeVersion: number, parameters: Record<string, unknown>) => ({
		...{ id: `${workflowId}-${type}`, name, type: `n8n-nodes-base.${type}`, typeVersion, parameters },
		position: [0, 0] as [number, number],
	});
	const webhook = { httpMethod: 'POST', path: `check-${workflowId}`, responseMode: 'lastNode', options: {} };
	return {
		id: workflowId,
		name: `Ask for checks ${workflowId}`,
		settings: { executionOrder: 'v1' },
		nodes: [
			{ ...node('A run is asked for', 'webhook', 2.1, webhook), webhookId: workflowId },
			node('Run site checks', 'executeWorkflow', 1.4, {
				workflowId: { __rl: true, mode: 'id', value: runSiteChecks },
				workflowInputs: {
					mappingMode: 'defineBelow',
					value: Object.fromEntries(fields.map((name) => [name, `={{ $json.body.${name} }}`])),
					...{ matchingColumns: [], schema: [], attemptToConvertTypes: false, convertFieldsToString: true },
				},
				options: {},
			}),
		],
		connections: {
			'A run is asked for': { main: [[{ node: 'Run site checks', type: 'main', index: 0 }]] },
		},
	};
}
