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

/** An expression may give anything: whatever is not plainly "no" changes nothing. */
export const isDryRun = (value: unknown): boolean =>
	![undefined, null, '', false, 'false'].includes(value as string | boolean | null | undefined);

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
