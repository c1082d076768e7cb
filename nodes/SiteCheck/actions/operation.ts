import {
	updateDisplayOptions,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import type { StateStore } from '../../../src/shared';
import type { Outcome } from '../../shared/each-item';

/** What an operation has for its work. */
export interface Call {
	context: IExecuteFunctions;
	itemIndex: number;
	/** Opened on first use, so that operations without a memory need no folder. */
	store: () => StateStore;
}

/** One operation: its fields in the editor and what it does for one item. */
export interface Operation {
	description: INodeProperties[];
	/** Whether it can keep people from being told; a model that uses the node as a tool may not by default. */
	destructive?: boolean;
	execute(call: Call): Promise<Outcome[]>;
}

/** Shows properties only for given operations. */
export function forOperations(operations: string[], properties: INodeProperties[]): INodeProperties[] {
	return updateDisplayOptions({ show: { operation: operations } }, properties);
}

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

export function optionsOf({ context, itemIndex }: Call): IDataObject {
	return context.getNodeParameter('options', itemIndex, {});
}
