import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject, INode, INodeExecutionData } from 'n8n-workflow';

import { SiteBackup } from '../../../nodes/SiteBackup/SiteBackup.node';
import { AGENT_DOUBLE, runWorkflow, type WorkflowJson, type WorkflowRun } from '../../support/in-process';
import type { Scope } from '../../support/scope';

export const type = 'n8n-nodes-opsdesk.siteBackup';

/** A site of one directory and one destination, real ones, in a folder of its own. */
export interface SampleSite {
	name: string;
	source: string;
	backups: string;
	definition: Record<string, unknown>;
	/** Ids of its restore points on disk, oldest first. */
	restorePoints(): string[];
}

export function sampleSite(scope: Scope, name: string): SampleSite {
	const source = scope.path(join(name, 'www'));
	const backups = scope.path(join(name, 'backups'));
	mkdirSync(join(source, 'pictures'), { recursive: true });
	mkdirSync(backups);
	writeFileSync(join(source, 'index.html'), `<h1>${name}</h1>`);
	writeFileSync(join(source, 'pictures', 'a.svg'), '<svg/>');
	return {
		name,
		source,
		backups,
		definition: {
			name,
			backup: { directories: [{ name: 'www', path: source, exclude: ['*.log'] }] },
			destinations: [{ name: 'local', type: 'directory', path: backups }],
		},
		restorePoints() {
			const folder = join(backups, name);
			if (!existsSync(folder)) return [];
			// Names are exact to the second only.
			const madeAt = (entry: string): bigint => statSync(join(folder, entry), { bigint: true }).birthtimeNs;
			return readdirSync(folder)
				.filter((entry) => /^\d{8}T/.test(entry))
				.sort((a, b) => (madeAt(a) < madeAt(b) ? -1 : 1));
		},
	};
}

const node = (name: string, nodeType: string, extra: Partial<INode> = {}): INode => ({
	id: name,
	name,
	type: nodeType,
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
	...extra,
});

/** Runs the node in n8n's engine; items of `input` reach it as they are. */
export async function runNode(
	parameters: INode['parameters'],
	extra: Partial<INode> = {},
	input?: INodeExecutionData[],
	credential?: Record<string, string>,
	cancelWhen?: Promise<unknown>,
	others: Record<string, ICredentialDataDecryptedObject> = {},
): Promise<WorkflowRun> {
	const given = { ...(credential && { dockerApi: credential }), ...others };
	const selected = Object.fromEntries(Object.keys(given).map((name) => [name, { id: name, name }]));
	const workflow: WorkflowJson = {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			node('Backup', type, { parameters, credentials: selected, ...extra }),
		],
		connections: { Start: { main: [[{ node: 'Backup', type: 'main', index: 0 }]] } },
	};
	return await runWorkflow(workflow, {
		nodeTypes: { [type]: SiteBackup },
		credentials: given,
		...(input && { input }),
		...(cancelWhen && { cancelWhen }),
	});
}

/** Runs the node with credentials of several types; also as a tool that a model uses. */
export async function runWithCredentials(
	parameters: INode['parameters'],
	byType: Record<string, Record<string, string>>,
	as: 'node' | 'tool' = 'node',
): Promise<WorkflowRun> {
	const selected = Object.fromEntries(Object.keys(byType).map((name) => [name, { id: name, name }]));
	const start = node('Start', 'n8n-nodes-base.manualTrigger');
	const workflow: WorkflowJson =
		as === 'node'
			? {
					nodes: [start, node('Backup', type, { parameters, credentials: selected })],
					connections: { Start: { main: [[{ node: 'Backup', type: 'main', index: 0 }]] } },
				}
			: {
					nodes: [
						start,
						node('Agent', AGENT_DOUBLE),
						node('Backup', `${type}Tool`, { parameters, credentials: selected }),
					],
					connections: {
						Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
						Backup: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
					},
				};
	return await runWorkflow(workflow, { nodeTypes: { [type]: SiteBackup }, credentials: byType });
}

/** Parameters of an operation on a site given as definition. */
export const fromDefinition = (
	operation: string,
	definition: unknown,
	more: Record<string, unknown> = {},
): INode['parameters'] => ({
	operation,
	siteSource: 'definition',
	site: typeof definition === 'string' ? definition : JSON.stringify(definition),
	...more,
});

/** What a model gets that uses the node as a tool; the item's fields are its arguments. */
export async function askTool(parameters: INode['parameters']): Promise<string> {
	const workflow: WorkflowJson = {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			node('Agent', AGENT_DOUBLE),
			node('Backup', `${type}Tool`, { parameters }),
		],
		connections: {
			Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
			Backup: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
		},
	};
	const result = await runWorkflow(workflow, {
		nodeTypes: { [type]: SiteBackup },
		input: [{ json: { allow: true } }],
	});
	return JSON.stringify([result.error, result.raw.data.resultData.runData]);
}
