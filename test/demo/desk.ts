import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import type { RecordingServer } from '../support/doubles/recording-server';
import type { N8nClient, StoredCredential } from '../support/n8n/client';
import { runCommand } from '../support/n8n/command';
import { executionError, outputItems, type Execution } from '../support/n8n/executions';
import { startN8n } from '../support/n8n/host';
import { pinnedNode, repositoryRoot } from '../support/n8n/paths';
import type { Scope } from '../support/scope';
import { restoreWorkflow } from './restore-workflow';

/** Every workflow under which name in n8n; called ones come before their callers. */
const published = [
	'read-settings',
	'send-alert',
	'handle-errors',
	'run-site-backups',
	'back-up-sites-daily',
] as const;

const importedSchema = z.array(z.object({ name: z.string(), id: z.string() }));

const nodeSchema = z.looseObject({
	name: z.string(),
	type: z.string(),
	parameters: z.record(z.string(), z.unknown()),
	credentials: z.record(z.string(), z.unknown()).optional(),
});
type Node = z.infer<typeof nodeSchema>;

const assignmentsSchema = z.looseObject({
	assignments: z.looseObject({ assignments: z.array(z.looseObject({ name: z.string() })) }),
});

/** An n8n with the package and its workflows, set up as a user does it. */
export class OperationsDesk {
	private readonly ids = new Map<string, string>();

	private constructor(
		readonly client: N8nClient,
		/** Gets the alerts in place of a chat. */
		private readonly alertReceiver: RecordingServer,
	) {}

	/** Installs the built package into a new n8n and imports its workflows with the `opsdesk` command. */
	static async start(scope: Scope, alertReceiver: RecordingServer): Promise<OperationsDesk> {
		// A first start makes its database, which takes a small machine minutes.
		const { client } = await startN8n(scope, { timeoutMs: 300_000 });
		const desk = new OperationsDesk(client, alertReceiver);
		const command = join(repositoryRoot, 'dist/src/cli/main.js');
		const imported = await runCommand(pinnedNode, [command, 'workflows', 'import', ...published, '--json'], {
			cwd: repositoryRoot,
			env: { OPSDESK_N8N_URL: client.url, OPSDESK_N8N_API_KEY: client.apiKey },
		});
		for (const { name, id } of importedSchema.parse(JSON.parse(imported))) desk.ids.set(name, id);
		return desk;
	}

	/** Selects a credential for the engine, types in the site and switches the workflows on. */
	async setUp(socketPath: string, site: object): Promise<void> {
		const docker = await this.client.createCredential('Engine of the shop', 'dockerApi', {
			connectionType: 'socket',
			socketPath,
			accessLevel: 'full',
			allowedContainers: 'shop-*',
			allowedVolumes: 'shop_*',
			allowedHostPaths: '',
		});
		await this.edit('read-settings', (node) => {
			const targets = [{ name: 'Operations', channel: 'webhook', to: this.alertReceiver.url, enabled: true }];
			typeIn(node, { sites: JSON.stringify([site]), alertTargets: JSON.stringify(targets) });
		});
		await this.edit('run-site-backups', (node) => selectCredential(node, docker));
		const restore = restoreWorkflow(this.id('read-settings'), docker);
		this.ids.set('restore', (await this.client.importWorkflow(restore)).id);
		for (const name of published) await this.client.activate(this.id(name));
	}

	/** Presses the button of `back-up-sites-daily`; throws when the run or the backup was not a success. */
	async backUp(): Promise<{ execution: Execution; alerts: number }> {
		const before = this.alertReceiver.requests.length;
		await this.run('back-up-sites-daily');
		// What each node of the work gave out stands in the run of the workflow that does it.
		const [execution] = await this.client.executions(this.id('run-site-backups'));
		if (!execution) throw new Error('The workflow run-site-backups has not run.');
		return { execution, alerts: this.alertReceiver.requests.length - before };
	}

	/** Restores the newest restore point through n8n. */
	async restore(): Promise<Execution> {
		return await this.run('restore');
	}

	/** Where a workflow, or one of its executions, is seen in the editor. */
	workflowUrl(name: string): string {
		return `${this.client.url}/workflow/${this.id(name)}`;
	}

	id(name: string): string {
		const id = this.ids.get(name);
		if (id === undefined) throw new Error(`The workflow ${name} was not imported.`);
		return id;
	}

	private async run(name: string): Promise<Execution> {
		const execution = await this.client.run(this.id(name), { timeoutMs: 600_000 });
		if (execution.status === 'success') return execution;
		const { message = 'n8n names no reason', description } = executionError(execution) ?? {};
		throw new Error(
			`The workflow ${name} ended with status ${execution.status}: ${message} ${description ?? ''}`.trim(),
		);
	}

	/** Changes the nodes of a workflow and saves it, as the editor does. */
	private async edit(name: string, change: (node: Node) => void): Promise<void> {
		const { id, name: title, nodes, connections, settings } = await this.client.workflow(this.id(name));
		const changed = z.array(nodeSchema).parse(nodes);
		changed.forEach(change);
		const body = { name: title, nodes: changed, connections, settings };
		await this.client.rest(`workflows/${id}`, z.unknown(), { method: 'PATCH', body });
	}
}

/** The items of a node's last run as plain objects. */
export const itemsOf = (execution: Execution, node: string): Record<string, unknown>[] =>
	outputItems(execution, node).map(({ json }) => json);

/** Bytes of all files below a folder; 0 while it does not exist. */
export async function folderBytes(folder: string): Promise<number> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
	const sizes = entries
		.filter((entry) => entry.isFile())
		// A `.partial` may get its final name between the listing and the question.
		.map((entry) =>
			stat(join(entry.parentPath, entry.name)).then(
				({ size }) => size,
				() => 0,
			),
		);
	return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Types values into the node Settings. */
function typeIn(node: Node, values: Record<string, string>): void {
	if (node.name !== 'Settings') return;
	const { assignments } = assignmentsSchema.parse(node.parameters);
	for (const assignment of assignments.assignments) {
		const value = values[assignment.name];
		if (value !== undefined) Object.assign(assignment, { value });
	}
	node.parameters['assignments'] = assignments;
}

function selectCredential(node: Node, { id, name }: StoredCredential): void {
	if (node.type === 'n8n-nodes-opsdesk.siteBackup') node.credentials = { dockerApi: { id, name } };
}
