import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

/**
 * The switch a person sets on a tool before a model may use what interrupts or removes something.
 * @param resource undefined in a node that has no resources
 */
export function allowDestructiveProperty(
	resource: string | undefined,
	operations: string[],
): INodeProperties {
	const ofResource = resource === undefined ? {} : { resource: [resource] };
	return {
		displayName: 'Allow Destructive Operations',
		name: 'allowDestructive',
		type: 'boolean',
		default: false,
		// Never an expression: the model must not be able to give itself this permission.
		noDataExpression: true,
		description: 'Whether a model that uses this node as a tool may carry this operation out',
		displayOptions: { show: { '@tool': [true], ...ofResource, operation: operations } },
	};
}

/** Whether a model uses the node. */
export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool') || context.isToolExecution();
}

/** Refuses a destructive operation when a model asks for it and no person has allowed it. */
export function refuseDestructiveTool(
	context: IExecuteFunctions,
	operation: string,
	itemIndex: number,
	because = 'It interrupts, removes or silences something.',
): void {
	const node = context.getNode();
	if (!isTool(context)) return;
	// Read from the node itself, not resolved: only a literal true counts.
	if (node.parameters['allowDestructive'] === true) return;
	throw new NodeOperationError(node, `As a tool, "${operation}" is not allowed.`, {
		itemIndex,
		description: `${because} If the model may do that, switch on "Allow Destructive Operations" in the node "${node.name}".`,
	});
}
