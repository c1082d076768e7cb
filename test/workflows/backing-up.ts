import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

import { loadWorkflows, withIds, type Workflow } from '../../src/workflows';
import { RecordingServer } from '../support/doubles/recording-server';
import type { N8nClient } from '../support/n8n/client';
import { executionError, outputItems, type Execution } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import type { Scope } from '../support/scope';
import { Alerting } from './alerting';

const summarySchema = z.object({
	sites: z.array(
		z.looseObject({ site: z.string(), outcome: z.string(), alert: z.string(), alertError: z.string() }),
	),
});

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

/** What one run of the workflow did. */
export interface BackupRun {
	execution: Execution;
	/** What it failed with; empty when it did not. */
	failure: string;
	/** Site → what became of its backup and of its alert, in the order of the run. */
	sites: { site: string; outcome: string; alert: string; alertError: string }[];
	/** Alerts that arrived during the run. */
	alerts: ReceivedAlert[];
}

/** The workflow back-up-sites-daily with alerting of its own, and a webhook that everything is told to. */
export class BackingUp {
	readonly id = randomBytes(8).toString('hex');

	private constructor(
		private readonly client: N8nClient,
		private readonly alerting: Alerting,
		readonly receiver: RecordingServer,
		private readonly shipped: Workflow,
	) {}

	static async install(client: N8nClient): Promise<BackingUp> {
		const receiver = await RecordingServer.start(() => ({ status: 204 }));
		const alerting = await Alerting.install(client, { targets: [] });
		const all = await loadWorkflows();
		const own = new Map(
			all.flatMap(({ key, workflow }) =>
				key in alerting.ids ? [[workflow.id, alerting.ids[key as keyof typeof alerting.ids]] as const] : [],
			),
		);
		const found = all.find(({ key }) => key === 'back-up-sites-daily')?.workflow;
		if (!found) throw new Error('There is no workflow back-up-sites-daily.');
		const backingUp = new BackingUp(client, alerting, receiver, withIds(found, own));
		await backingUp.setUp();
		return backingUp;
	}

	/** Types the sites into read-settings and publishes it. */
	async defineSites(sites: object[]): Promise<void> {
		const target = { name: `backups ${this.id}`, channel: 'webhook', to: this.receiver.url };
		const id = this.alerting.ids['read-settings'];
		await this.alerting.typeSettings({
			alertTargets: JSON.stringify([target]),
			sites: JSON.stringify(sites),
		});
		await this.client.activate(id);
	}

	/** A copy of the shipped workflow with the ids of this installation. */
	workflow(): Workflow {
		const workflow = structuredClone({ ...this.shipped, id: this.id });
		// Ids of nodes mark the copies of a workflow; these must not be taken for an import of the shipped one.
		for (const node of workflow.nodes) node.id = `${this.id}-${node.id}`;
		return workflow;
	}

	/** Types values into the settings node, lets `change` do what else a user changes, and publishes the workflow. */
	async setUp(
		settings: Record<string, unknown> = {},
		change: (workflow: Workflow) => void = () => {},
	): Promise<void> {
		const workflow = this.workflow();
		const { assignments } = nodeOf(workflow, 'Settings').parameters.assignments as {
			assignments: { name: string; value: unknown }[];
		};
		for (const assignment of assignments) {
			if (assignment.name in settings) assignment.value = settings[assignment.name];
		}
		change(workflow);
		await this.client.importWorkflow(JSON.parse(JSON.stringify(workflow)) as WorkflowJson);
		await this.client.activate(this.id);
	}

	/** Presses “Back up now” and waits for the end. */
	async run(): Promise<BackupRun> {
		const before = this.receiver.requests.length;
		const execution = await this.client.run(this.id, { trigger: 'Back up now', timeoutMs: 120_000 });
		const [summary] = outputItems(execution, 'Sum the run up');
		return {
			execution,
			failure: execution.status === 'success' ? '' : (executionError(execution)?.message ?? 'unknown'),
			sites: summary ? summarySchema.parse(summary.json).sites : [],
			alerts: this.receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert),
		};
	}

	async remove(): Promise<void> {
		await this.client.deactivate(this.id);
		await this.client.deleteWorkflow(this.id);
		await this.alerting.remove();
		await this.receiver.stop();
	}
}

export function nodeOf(workflow: Workflow, name: string): Workflow['nodes'][number] {
	const node = workflow.nodes.find((entry) => entry.name === name);
	if (!node) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}

/** A site of real folders, with what is wrong with it. */
export class FolderSite {
	readonly name: string;
	readonly source: string;
	readonly backups: string;

	constructor(
		scope: Scope,
		label: string,
		private readonly fault: 'none' | 'missing' | 'half' | 'pipe' = 'none',
	) {
		// Alerts are remembered by the name of the site in the n8n that the tests share.
		this.name = `${label}-${randomBytes(3).toString('hex')}`;
		this.source = scope.path(join(this.name, 'www'));
		this.backups = scope.path(join(this.name, 'backups'));
		mkdirSync(this.backups, { recursive: true });
		if (fault !== 'missing') this.create();
		if (fault === 'pipe') execFileSync('mkfifo', [join(this.source, 'pipe')]);
	}

	/** Puts the folder in place that is backed up. */
	create(): void {
		mkdirSync(join(this.source, 'pictures'), { recursive: true });
		writeFileSync(join(this.source, 'index.html'), `<h1>${this.name}</h1>`);
	}

	get definition(): object {
		const directories = [{ name: 'www', path: this.source }];
		if (this.fault === 'half')
			directories.push({ name: 'uploads', path: join(dirname(this.source), 'uploads') });
		return {
			name: this.name,
			owner: `owner of ${this.name}`,
			backup: { directories },
			destinations: [{ name: 'local', type: 'directory', path: this.backups }],
		};
	}

	/** Ids of its restore points on disk, oldest first. */
	get restorePoints(): string[] {
		const folder = join(this.backups, this.name);
		if (!existsSync(folder)) return [];
		return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'manifest.json')));
	}
}
