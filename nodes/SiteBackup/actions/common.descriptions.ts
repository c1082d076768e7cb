import {
	updateDisplayOptions,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import { textOf } from '../../shared/values';

/** Shows the properties only for the given operation. */
export function forOperation(operation: string, properties: INodeProperties[]): INodeProperties[] {
	return updateDisplayOptions({ show: { operation: [operation] } }, properties);
}

export const restorePoint: INodeProperties = {
	displayName: 'Restore Point',
	name: 'restorePoint',
	type: 'string',
	default: 'latest',
	required: true,
	placeholder: 'e.g. 20261120T020000Z-1a2b3c',
	description: 'Its ID as List shows it, or "latest" for the newest good one',
};

export const destination: INodeProperties = {
	displayName: 'Destination',
	name: 'destination',
	type: 'string',
	default: '',
	placeholder: 'e.g. local',
	description: 'Name of the one destination to use. When empty, all of the site are.',
};

export const whenIncomplete: INodeProperties = {
	displayName: 'When Not Complete',
	name: 'whenIncomplete',
	type: 'options',
	default: 'error',
	description: 'What to do when not everything that was asked for is stored, whole or readable',
	options: [
		{ name: 'Return an Error', value: 'error', description: 'With what failed and how to get unstuck' },
		{
			name: 'Return the Report',
			value: 'item',
			description: 'As an item, for a workflow that looks at its status',
		},
	],
};

/** The `Options` of an operation; their entries sorted by name, as the editor lists them. */
export function options(entries: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: entries,
	};
}

/** The options that were set. */
export function optionsOf(context: IExecuteFunctions, itemIndex: number): IDataObject {
	return context.getNodeParameter('options', itemIndex, {});
}

/** The restore point that was asked for; an empty field means the newest good one. */
export function restorePointOf(context: IExecuteFunctions, itemIndex: number): string {
	return textOf(context.getNodeParameter('restorePoint', itemIndex)) ?? 'latest';
}

export function destinationOf(context: IExecuteFunctions, itemIndex: number): string | undefined {
	return textOf(optionsOf(context, itemIndex)['destination']);
}

/** Whether what is not complete is an error. Only an explicit choice makes it an item. */
export function incompleteIsError(context: IExecuteFunctions, itemIndex: number): boolean {
	return optionsOf(context, itemIndex)['whenIncomplete'] !== 'item';
}
