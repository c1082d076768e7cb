import { z } from 'zod';

export const nodeSchema = z.looseObject({
	id: z.string().default(''),
	name: z.string(),
	type: z.string(),
	typeVersion: z.number(),
	position: z.tuple([z.number(), z.number()]),
	parameters: z.record(z.string(), z.unknown()),
	disabled: z.boolean().optional(),
	credentials: z.record(z.string(), z.unknown()).optional(),
	webhookId: z.string().optional(),
	onError: z.string().optional(),
	retryOnFail: z.boolean().optional(),
});

/** Node name → kind of connection → output index → targets. */
const connectionsSchema = z.record(
	z.string(),
	z.record(
		z.string(),
		z.array(z.array(z.looseObject({ node: z.string(), type: z.string(), index: z.number() })).nullable()),
	),
);

/** The fields of a workflow that both a file and a stored workflow have; everything else is kept as it is. */
export const workflowSchema = z.looseObject({
	id: z.string().default(''),
	name: z.string(),
	description: z.string().nullish(),
	active: z.boolean().optional(),
	nodes: z.array(nodeSchema),
	connections: connectionsSchema,
	settings: z.record(z.string(), z.unknown()).nullish(),
	meta: z.record(z.string(), z.unknown()).nullish(),
	tags: z.array(z.looseObject({ name: z.string() })).optional(),
});

export type WorkflowNode = z.infer<typeof nodeSchema>;
export type Workflow = z.infer<typeof workflowSchema>;

/** Id of the settings node: a Set node with this name in every workflow of the product. */
export const settingsNodeName = 'Settings';

export const settingsNode = (workflow: Workflow): WorkflowNode | undefined =>
	workflow.nodes.find(({ name, type }) => name === settingsNodeName && type === 'n8n-nodes-base.set');

export const isStickyNote = (node: WorkflowNode): boolean => node.type === 'n8n-nodes-base.stickyNote';

export const isTrigger = (node: WorkflowNode): boolean =>
	/(trigger|\.webhook)$/i.test(node.type) && !isStickyNote(node);

/** `1.2.0`, or undefined when the workflow carries no version. */
export function templateVersion(workflow: Workflow): string | undefined {
	const version = workflow.meta?.templateVersion;
	return typeof version === 'string' ? version : undefined;
}

/** Ranges of packages the workflow needs, e.g. `{ n8n: '>=2.41.0 <3.0.0' }`. */
export function requirements(workflow: Workflow): Record<string, string> {
	const parsed = z.record(z.string(), z.string()).safeParse(workflow.meta?.requires);
	return parsed.success ? parsed.data : {};
}
