import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { SiteCheck } from '../../../nodes/SiteCheck/SiteCheck.node';
import { AGENT_DOUBLE, runWorkflow, type WorkflowRun } from '../../support/in-process';

export const type = 'n8n-nodes-opsdesk.siteCheck';

export const node = (name: string, nodeType: string, extra: Partial<INode> = {}): INode => ({
	...{ id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {} },
	...extra,
});

export interface CheckRunOptions {
	extra?: Partial<INode>;
	input?: INodeExecutionData[];
	mode?: WorkflowExecuteMode;
	/** Selected in the node. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** All that are selected unless given. */
	signInWith?: string[];
}

/** Runs the node "Check" in n8n's engine. */
export async function runCheck(
	parameters: IDataObject,
	{ extra = {}, input, mode, credentials = {}, signInWith }: CheckRunOptions = {},
): Promise<WorkflowRun> {
	const names = Object.keys(credentials);
	const check = node('Check', type, {
		parameters: { ...parameters, signInWith: signInWith ?? names },
		credentials: Object.fromEntries(names.map((name) => [name, { id: name, name }])),
		...extra,
	});
	const workflow = {
		nodes: [node('Start', 'n8n-nodes-base.manualTrigger'), check],
		connections: { Start: { main: [[{ node: 'Check', type: 'main' as const, index: 0 }]] } },
	};
	return await runWorkflow(workflow, {
		nodeTypes: { [type]: SiteCheck },
		credentials,
		...(input && { input }),
		...(mode && { mode }),
	});
}

/** What a model gets that uses the node as a tool. */
export async function askAsTool(parameters: IDataObject): Promise<string> {
	const tool = node('Check', `${type}Tool`, { parameters: parameters as INode['parameters'] });
	const workflow = {
		nodes: [node('Start', 'n8n-nodes-base.manualTrigger'), node('Agent', AGENT_DOUBLE), tool],
		connections: {
			Start: { main: [[{ node: 'Agent', type: 'main' as const, index: 0 }]] },
			Check: { ai_tool: [[{ node: 'Agent', type: 'ai_tool' as const, index: 0 }]] },
		},
	};
	const result = await runWorkflow(workflow, { nodeTypes: { [type]: SiteCheck } });
	return JSON.stringify([result.error, result.raw.data.resultData.runData]);
}
