import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import './in-process/quiet';
import { ExecutionLifecycleHooks, ExternalSecretsProxy, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type IRun,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { InMemoryCredentials } from './in-process/credentials';
import { DOUBLES } from './in-process/doubles';
import { NodeTypeRegistry, type NodeClass } from './in-process/node-types';
import { Scope } from './scope';

export { AGENT_DOUBLE } from './in-process/doubles';
export type { NodeClass } from './in-process/node-types';

/** What a workflow file needs for a run; everything else gets n8n's own defaults. */
export type WorkflowJson = Pick<IWorkflowBase, 'nodes' | 'connections'> & Partial<IWorkflowBase>;

export interface RunOptions {
	/** Classes by full type name, e.g. `n8n-nodes-opsdesk.dockerControl`. The type with `Tool` appended comes with it. */
	nodeTypes?: Record<string, NodeClass>;
	/** Decrypted data by credential type; every node that names such a credential gets it. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** Items the first node starts with. Default: one empty item. */
	input?: INodeExecutionData[];
	/** Name of the node to start with. Default: the first enabled node that nothing leads to. */
	startNode?: string;
	/** How it was started. Default `manual`, as in the editor. */
	mode?: WorkflowExecuteMode;
	/** The run is cancelled after this time. Default 200000. */
	timeoutMs?: number;
	/** The run is cancelled once this has come about. */
	cancelWhen?: Promise<unknown>;
}

export interface WorkflowRun {
	readonly status: IRun['status'];
	/** What stopped the workflow, as n8n would show it. */
	readonly error: { message: string; description?: string | null | undefined; name?: string } | undefined;
	readonly elapsedMs: number;
	/** Every node that has run. */
	readonly executed: string[];
	/** Output items of a node's last run, one array for each output; a node that did not run is an error. */
	output(node: string): INodeExecutionData[][];
	/** The JSON of the items on one output of a node. */
	json(node: string, outputIndex?: number): IDataObject[];
	/** n8n's own record of the run. */
	readonly raw: IRun;
}

let n8nFolder: Promise<void> | undefined;

/** n8n's engine writes its settings on first use: into a folder that goes with this process, not into ~/.n8n. */
async function openN8nFolder(): Promise<void> {
	const scope = await Scope.open('n8n-core');
	process.env.N8N_USER_FOLDER = scope.folder;
}

/**
 * Runs a workflow with n8n's engine in this process: no server, no database. Expressions, paired items,
 * error outputs, retries and `$fromAI` behave as in n8n; waiting, sub-workflows and Code nodes do not exist here.
 */
export async function runWorkflow(json: WorkflowJson, options: RunOptions = {}): Promise<WorkflowRun> {
	await (n8nFolder ??= openN8nFolder());
	const nodeTypes = new NodeTypeRegistry({ ...DOUBLES, ...options.nodeTypes });
	const workflow = new Workflow({
		id: json.id ?? 'in-process',
		name: json.name ?? 'In process',
		nodes: json.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote'),
		connections: json.connections,
		active: false,
		nodeTypes,
		settings: json.settings ?? { executionOrder: 'v1' },
	});
	const start = startNode(workflow, options.startNode);
	const execution = new WorkflowExecute(
		additionalData(json, options),
		options.mode ?? 'manual',
		createRunExecutionData({
			executionData: {
				nodeExecutionStack: [
					{ node: start, data: { main: [options.input ?? [{ json: {} }]] }, source: null },
				],
			},
		}),
	);
	const startedAt = performance.now();
	const running = execution.processRunExecutionData(workflow);
	const timer = setTimeout(() => running.cancel(), options.timeoutMs ?? 200_000);
	// Whoever waits for it hears of its failure.
	void options.cancelWhen?.then(
		() => running.cancel(),
		() => undefined,
	);
	try {
		return report(await running, performance.now() - startedAt);
	} finally {
		clearTimeout(timer);
	}
}

function startNode(workflow: Workflow, name: string | undefined): INode {
	const enabled = Object.values(workflow.nodes).filter((node) => !node.disabled);
	const found = enabled.find((node) => (name === undefined ? isEntry(workflow, node) : node.name === name));
	if (!found)
		throw new Error(`The workflow has no enabled node ${name ?? 'without an input'} to start with.`);
	return found;
}

function isEntry(workflow: Workflow, node: INode): boolean {
	const leadsToSubNode = Object.keys(workflow.connectionsBySourceNode[node.name] ?? {}).some(
		(type) => type !== 'main',
	);
	return !leadsToSubNode && workflow.getParentNodes(node.name, 'main').length === 0;
}

function additionalData(json: WorkflowJson, options: RunOptions): IWorkflowExecuteAdditionalData {
	const notHere = (what: string) => () => Promise.reject(new Error(`${what} cannot run in process.`));
	const base = 'http://n8n.example.com';
	const workflowData: IWorkflowBase = {
		id: 'in-process',
		name: 'In process',
		active: false,
		isArchived: false,
		activeVersionId: null,
		createdAt: new Date(),
		updatedAt: new Date(),
		...json,
	};
	return {
		credentialsHelper: new InMemoryCredentials(options.credentials ?? {}),
		externalSecretsProxy: new ExternalSecretsProxy(),
		hooks: new ExecutionLifecycleHooks(options.mode ?? 'manual', '1', workflowData),
		executeWorkflow: notHere('Another workflow'),
		startRunnerTask: notHere('A Code node'),
		getRunExecutionData: () => Promise.resolve(undefined),
		getRuntimeCredential: () => Promise.resolve(undefined),
		logAiEvent: () => undefined,
		// As in n8n, no two runs have the same.
		executionId: randomUUID(),
		currentNodeExecutionIndex: 0,
		variables: {},
		restApiUrl: `${base}/rest`,
		instanceBaseUrl: base,
		formBaseUrl: `${base}/form`,
		formWaitingBaseUrl: `${base}/form-waiting`,
		formTestBaseUrl: `${base}/form-test`,
		webhookBaseUrl: `${base}/webhook`,
		webhookWaitingBaseUrl: `${base}/webhook-waiting`,
		webhookTestBaseUrl: `${base}/webhook-test`,
		mcpBaseUrl: `${base}/mcp`,
		mcpTestBaseUrl: `${base}/mcp-test`,
	};
}

function report(raw: IRun, elapsedMs: number): WorkflowRun {
	const { runData, error } = raw.data.resultData;
	const output = (node: string): INodeExecutionData[][] => {
		const lastRun = runData[node]?.at(-1);
		if (!lastRun) throw new Error(`Node "${node}" did not run. Run: ${Object.keys(runData).join(', ')}.`);
		return (lastRun.data?.main ?? []).map((items) => items ?? []);
	};
	return {
		status: raw.status,
		error,
		elapsedMs,
		executed: Object.keys(runData),
		output,
		json: (node, outputIndex = 0) => (output(node)[outputIndex] ?? []).map((item) => item.json),
		raw,
	};
}
