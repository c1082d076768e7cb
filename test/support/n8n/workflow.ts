import { z } from 'zod';

/** A workflow as its JSON file holds it; what n8n adds beyond these fields is kept. */
export interface WorkflowJson {
	id?: string | undefined;
	name: string;
	description?: string | null | undefined;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown> | null | undefined;
	meta?: Record<string, unknown> | null | undefined;
	pinData?: Record<string, unknown> | null | undefined;
	tags?: { name: string }[] | undefined;
}

export interface WorkflowNode {
	id?: string | undefined;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, unknown> | undefined;
	webhookId?: string | undefined;
	disabled?: boolean | undefined;
	[other: string]: unknown;
}

export interface CredentialReference {
	id: string;
	name: string;
}

/** The part of a stored workflow the client itself reads. */
export const storedWorkflowSchema = z.looseObject({
	id: z.string(),
	name: z.string(),
	active: z.boolean().optional(),
	versionId: z.string(),
	activeVersionId: z.string().nullish(),
	nodes: z.array(
		z.looseObject({
			name: z.string(),
			type: z.string(),
			parameters: z.record(z.string(), z.unknown()),
			disabled: z.boolean().optional(),
		}),
	),
	connections: z.record(z.string(), z.unknown()),
	settings: z.record(z.string(), z.unknown()).nullish(),
	meta: z.record(z.string(), z.unknown()).nullish(),
});

export type StoredWorkflow = z.infer<typeof storedWorkflowSchema>;

/** What of a workflow file n8n takes when it is saved; tags travel as ids. */
export const savedFields = (
	workflow: WorkflowJson,
	tagIds: string[] | undefined,
): Record<string, unknown> => {
	const { name, description, nodes, connections, settings, meta, pinData } = workflow;
	return { name, description, nodes, connections, settings, meta, pinData, tags: tagIds };
};

/** The trigger the editor's run button starts from when there is only one; by its type's name. */
export function findTrigger(workflow: StoredWorkflow): string {
	const triggers = workflow.nodes.filter((node) => isTrigger(node.type) && node.disabled !== true);
	const manual = triggers.find((node) => node.type === 'n8n-nodes-base.manualTrigger');
	const first = manual ?? triggers[0];
	if (!first) throw new Error(`"${workflow.name}" has no trigger. Add one, or name a destination node.`);
	return first.name;
}

const isTrigger = (type: string): boolean =>
	/(trigger|\.webhook|\.cron|\.interval|\.start|\.emailReadImap)$/i.test(type);
