import type { ShippedWorkflow } from './catalogue';
import { WorkflowError } from './errors';
import type { Workflow, WorkflowNode } from './model';

/** Ids of workflows in one world → ids of the same workflows in another. */
export type IdMap = ReadonlyMap<string, string>;

/** The same value with every text that is exactly a known workflow id replaced. */
export function rewriteIds<T>(value: T, ids: IdMap): T;
export function rewriteIds(value: unknown, ids: IdMap): unknown {
	if (typeof value === 'string') return ids.get(value) ?? value;
	if (Array.isArray(value)) return value.map((entry) => rewriteIds(entry, ids));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rewriteIds(entry, ids)]));
}

/** A workflow whose references to other workflows, and whose own id, are those of another n8n. */
export function withIds(workflow: Workflow, ids: IdMap): Workflow {
	return {
		...workflow,
		id: ids.get(workflow.id) ?? workflow.id,
		nodes: workflow.nodes.map((node) => ({ ...node, parameters: rewriteIds(node.parameters, ids) })),
		settings: rewriteIds(workflow.settings, ids),
	};
}

/** Id of the workflow that an Execute Sub-workflow node calls; undefined when the node decides at run time. */
export function calledWorkflow(node: WorkflowNode): string | undefined {
	if (node.type !== 'n8n-nodes-base.executeWorkflow') return undefined;
	const reference = node.parameters.workflowId;
	const id =
		typeof reference === 'object' && reference !== null && 'value' in reference ? reference.value : reference;
	return typeof id === 'string' && id !== '' && !id.startsWith('=') ? id : undefined;
}

/** Id of the workflow that handles this one's errors. */
export function errorWorkflow(workflow: Workflow): string | undefined {
	const id = workflow.settings?.errorWorkflow;
	return typeof id === 'string' && id !== '' ? id : undefined;
}

export const calledWorkflows = (workflow: Workflow): string[] =>
	workflow.nodes.flatMap((node) => calledWorkflow(node) ?? []);

/**
 * Called workflows before those that call them: n8n publishes a workflow only when all it calls is published.
 * Error workflows do not count, since they may be set before they are published.
 * @throws WorkflowError `circular_references`
 */
export function inCallOrder(workflows: ShippedWorkflow[]): ShippedWorkflow[] {
	const ordered = new Set<ShippedWorkflow>();
	const visit = (entry: ShippedWorkflow, path: string[]): void => {
		if (ordered.has(entry)) return;
		if (path.includes(entry.key)) {
			throw new WorkflowError(
				'circular_references',
				`The workflows ${[...path, entry.key].join(' → ')} call each other in a circle.`,
				'Remove one of these calls.',
			);
		}
		for (const id of calledWorkflows(entry.workflow)) {
			const called = workflows.find(({ workflow }) => workflow.id === id);
			if (called) visit(called, [...path, entry.key]);
		}
		ordered.add(entry);
	};
	for (const entry of workflows) visit(entry, []);
	return [...ordered];
}
