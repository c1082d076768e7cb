import { randomBytes } from 'node:crypto';
import { z } from 'zod';

import { loadWorkflows, withIds, type Workflow } from '../../src/workflows';
import { RecordingServer } from '../support/doubles/recording-server';
import type { N8nClient } from '../support/n8n/client';
import { executionError, outputItems, type Execution } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Alerting } from './alerting';

const outcomeSchema = z.object({
	run: z.string(),
	outcome: z.string(),
	sites: z.array(
		z.object({
			site: z.string(),
			destination: z.string().optional(),
			outcome: z.string(),
			message: z.string(),
			details: z.record(z.string(), z.unknown()),
		}),
	),
	alert: z.string(),
	alertError: z.string(),
	pings: z.object({ start: z.string(), end: z.string() }),
	failure: z.string(),
});

/** The workflows that call run-site-backups, and the button of each. */
export const schedules = {
	'back-up-sites-daily': 'Back up now',
	'back-up-volumes-weekly': 'Back up now',
	'snapshot-sqlite-every-six-hours': 'Take snapshots now',
	'back-up-n8n-nightly': 'Back up now',
	'verify-backups-hourly': 'Verify now',
	'rehearse-restore-weekly': 'Rehearse now',
} as const;

export type Schedule = keyof typeof schedules;

/** An alert as the webhook gets it. */
export interface ReceivedAlert {
	title: string;
	message: string;
	severity: string;
	status: string;
	dedupeKey: string;
	source: string;
	details: Record<string, string>;
}

/** What one run of a schedule did. */
export interface BackupRun extends z.infer<typeof outcomeSchema> {
	execution: Execution;
	/** What it failed with; empty when it did not. */
	error: string;
	/** Alerts that arrived during the run. */
	alerts: ReceivedAlert[];
}

const id = (): string => randomBytes(8).toString('hex');

/** The backup workflows with alerting of their own, and a webhook that everything is told to. */
export class BackingUp {
	readonly ids = {
		'run-site-backups': id(),
		...(Object.fromEntries(Object.keys(schedules).map((key) => [key, id()])) as Record<Schedule, string>),
	};

	private constructor(
		private readonly client: N8nClient,
		private readonly alerting: Alerting,
		readonly receiver: RecordingServer,
		private readonly shipped: ReadonlyMap<string, Workflow>,
	) {}

	static async install(client: N8nClient): Promise<BackingUp> {
		const receiver = await RecordingServer.start(() => ({ status: 204 }));
		const alerting = await Alerting.install(client, { targets: [] });
		const shipped = new Map((await loadWorkflows()).map(({ key, workflow }) => [key, workflow]));
		const backingUp = new BackingUp(client, alerting, receiver, shipped);
		await backingUp.changeRuns();
		return backingUp;
	}

	/** Types the sites into read-settings and publishes it. */
	async defineSites(sites: object[]): Promise<void> {
		const target = {
			name: `backups ${this.ids['run-site-backups']}`,
			channel: 'webhook',
			to: this.receiver.url,
		};
		await this.alerting.typeSettings({
			alertTargets: JSON.stringify([target]),
			sites: JSON.stringify(sites),
		});
		await this.client.activate(this.alerting.ids['read-settings']);
	}

	/** What a user changes in run-site-backups, such as a credential; without `change` it is as shipped. */
	async changeRuns(change: (workflow: Workflow) => void = () => {}): Promise<void> {
		await this.store('run-site-backups', change);
	}

	/** Types values into the settings node of a schedule, lets `change` do what else a user changes, and publishes it. */
	async setUp(
		key: Schedule,
		settings: Record<string, unknown> = {},
		change: (workflow: Workflow) => void = () => {},
	): Promise<void> {
		await this.store(key, (workflow) => {
			const { assignments } = nodeOf(workflow, 'Settings').parameters.assignments as {
				assignments: { name: string; value: unknown }[];
			};
			for (const assignment of assignments) {
				if (assignment.name in settings) assignment.value = settings[assignment.name];
			}
			change(workflow);
		});
	}

	/** A copy of a shipped workflow with the ids of this installation. */
	workflow(key: Schedule | 'run-site-backups'): Workflow {
		const shipped = this.shipped.get(key);
		if (!shipped) throw new Error(`There is no workflow ${key}.`);
		const all: Record<string, string> = { ...this.ids, ...this.alerting.ids };
		const own = new Map(
			[...this.shipped].flatMap(([name, workflow]) => {
				const ownId = all[name];
				return ownId === undefined ? [] : [[workflow.id, ownId] as const];
			}),
		);
		const workflow = structuredClone(withIds(shipped, own));
		// Ids of nodes mark the copies of a workflow; these must not be taken for an import of the shipped one.
		for (const node of workflow.nodes) node.id = `${workflow.id}-${node.id}`;
		// What was told is remembered by the title of the run in the n8n that the tests share.
		const call = workflow.nodes.find(({ name }) => name === 'Run site backups');
		if (call) inputsOf(call)['title'] = this.title(key);
		return workflow;
	}

	/** What the runs of a schedule are called here. */
	title(key: Schedule | 'run-site-backups'): string {
		const call = this.shipped.get(key)?.nodes.find(({ name }) => name === 'Run site backups');
		return call ? `${String(inputsOf(call)['title'])} ${this.ids[key].slice(0, 6)}` : key;
	}

	/** Presses the button of a schedule and waits for the end. */
	async run(key: Schedule): Promise<BackupRun> {
		const before = this.receiver.requests.length;
		const execution = await this.client.run(this.ids[key], { trigger: schedules[key], timeoutMs: 120_000 });
		const [outcome] = outputItems(execution, 'Run site backups');
		const error = execution.status === 'success' ? '' : (executionError(execution)?.message ?? 'unknown');
		if (!outcome) throw new Error(`The run gave no outcome: ${error}`);
		return {
			...outcomeSchema.parse(outcome.json),
			execution,
			error,
			alerts: this.receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert),
		};
	}

	/** The newest run of run-site-backups, with what each of its nodes gave out. */
	async lastRun(): Promise<Execution> {
		const [execution] = await this.client.executions(this.ids['run-site-backups']);
		if (!execution) throw new Error('run-site-backups has not run.');
		return execution;
	}

	async remove(): Promise<void> {
		for (const key of [...this.stored].reverse()) {
			await this.client.deactivate(this.ids[key]);
			await this.client.deleteWorkflow(this.ids[key]);
		}
		await this.alerting.remove();
		await this.receiver.stop();
	}

	private readonly stored = new Set<Schedule | 'run-site-backups'>();

	private async store(
		key: Schedule | 'run-site-backups',
		change: (workflow: Workflow) => void,
	): Promise<void> {
		const workflow = this.workflow(key);
		change(workflow);
		await this.client.importWorkflow(JSON.parse(JSON.stringify(workflow)) as WorkflowJson);
		this.stored.add(key);
		await this.client.activate(this.ids[key]);
	}
}

/** What a node hands to the workflow it calls. */
function inputsOf({ parameters }: Workflow['nodes'][number]): Record<string, unknown> {
	return (parameters['workflowInputs'] as { value: Record<string, unknown> }).value;
}

export function nodeOf(workflow: Workflow, name: string): Workflow['nodes'][number] {
	const node = workflow.nodes.find((entry) => entry.name === name);
	if (!node) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}
