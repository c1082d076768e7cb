import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

type ForOperations = (operations: string[], properties: INodeProperties[]) => INodeProperties[];

/** Shows properties only for given operations of one resource. */
export function forOperationsOf(resource: string): ForOperations {
	return (operations, properties) =>
		updateDisplayOptions({ show: { resource: [resource], operation: operations } }, properties);
}

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const dryRun: INodeProperties = {
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description: 'Whether to only tell what would change',
};

/**
 * `Dry Run` among options: one that was not added is a real run. An expression may give anything or nothing; whatever is
 * not plainly "no" changes nothing.
 */
export const dryRunOf = (options: Record<string, unknown>): boolean =>
	'dryRun' in options && options['dryRun'] !== false && options['dryRun'] !== 'false';

/** The `Options` of an operation. */
export function optionsOf(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options,
	};
}
