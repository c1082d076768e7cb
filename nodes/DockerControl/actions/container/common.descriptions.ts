import {
	NodeOperationError,
	updateDisplayOptions,
	type IDisplayOptions,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import type { ActionOptions } from '../../../../src/docker';
import type { Operation } from '../operation';

/** Shows the properties only for the given operations on containers. */
export function forOperations(operations: string[], properties: INodeProperties[]): INodeProperties[] {
	const displayOptions: IDisplayOptions = { show: { resource: ['container'], operation: operations } };
	return updateDisplayOptions(displayOptions, properties);
}

export const containerLocator: INodeProperties = {
	displayName: 'Container',
	name: 'container',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description:
		'A name goes on standing for the container when it is recreated; an ID stands for this very one',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchContainers', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. shop-web-1',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^/?[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
						errorMessage: 'A name holds letters, digits, "_", "." and "-" only',
					},
				},
			],
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 1f2e3d4c5b6a',
			validation: [
				{
					type: 'regex',
					properties: { regex: '^[0-9a-f]+$', errorMessage: 'An id holds the digits 0-9 and a-f only' },
				},
			],
		},
	],
};

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const gracePeriod: INodeProperties = {
	displayName: 'Grace Period (Seconds)',
	name: 'graceSeconds',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 3600 },
	default: 10,
	description:
		'How long the container may take to end by itself before it is killed. When not set, its own stop time-out counts (10 seconds by default).',
};

const dryRun: INodeProperties = {
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description: 'Whether to only tell what would change',
};

/** The `Options` of an operation that acts on a container. */
function actionOptions(withGracePeriod: boolean): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: withGracePeriod ? [dryRun, gracePeriod] : [dryRun],
	};
}

/** What the user chose as container, as the name or id it stands for. */
export function containerReference(context: IExecuteFunctions, itemIndex: number): string {
	const value: unknown = context.getNodeParameter('container', itemIndex, '', { extractValue: true });
	if (typeof value === 'string') return value;
	// A name of digits only comes out of an expression as a number.
	if (typeof value === 'number') return String(value);
	const kind = value === null || value === undefined ? 'nothing' : `a value of the kind "${typeof value}"`;
	throw new NodeOperationError(context.getNode(), `"Container" is neither a name nor an ID but ${kind}.`, {
		itemIndex,
		description: 'See what the expression in that field gives for this item.',
	});
}

function actionParameters(context: IExecuteFunctions, itemIndex: number): ActionOptions {
	const options = context.getNodeParameter('options', itemIndex, {}) as Pick<
		ActionOptions,
		'graceSeconds' | 'dryRun'
	>;
	return { ...options, signal: context.getExecutionCancelSignal() };
}

/** An operation that changes the state of one container and tells what has changed. */
export function controlOperation(action: 'start' | 'stop' | 'restart', interrupts: boolean): Operation {
	return {
		description: forOperations([action], [containerLocator, actionOptions(interrupts)]),
		destructive: interrupts,
		async execute(context, containers, itemIndex) {
			const reference = containerReference(context, itemIndex);
			return [{ ...(await containers[action](reference, actionParameters(context, itemIndex))) }];
		},
	};
}
