import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * Names this run of a node: the same when n8n tries the node again, another one in each round of a loop. Undefined where n8n
 * counts no executions.
 */
export function runKey(context: IExecuteFunctions): string | undefined {
	const execution = context.getExecutionId();
	if (!execution) return undefined;
	const run = context.getWorkflowDataProxy(0)['$runIndex'] as number;
	return [context.getWorkflow().id, execution, context.getNode().id, run].join(' ');
}
