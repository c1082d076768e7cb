import type { IExecuteFunctions } from 'n8n-workflow';

import type { Caller } from '../../../src/check';

/**
 * Who makes checks: the node, and the workflow that has called its workflow where n8n tells. Undefined for somebody who tries
 * a list out in the editor.
 */
export function callerOf(context: IExecuteFunctions): Caller | undefined {
	if (context.getMode() === 'manual') return undefined;
	const { id = '', name = id } = context.getWorkflow();
	const node = context.getNode();
	const parent = parentOf(context);
	const title = `the node "${node.name}" of the workflow "${name}"`;
	if (parent === undefined) return { id: `${id}:${node.id}`, title };
	return { id: `${parent}:${id}:${node.id}`, title: `the workflow ${parent} through ${title}` };
}

/** n8n has it at hand, and does not offer it: where it has it no longer, several callers of a workflow are one. */
function parentOf(context: object): string | undefined {
	const parent = at(at(at(context, 'runExecutionData'), 'parentExecution'), 'workflowId');
	return typeof parent === 'string' && parent !== '' ? parent : undefined;
}

function at(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
