import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Containers } from '../../../src/docker';

/** One operation: its fields in the editor and what it does for one item. */
export interface Operation {
	description: INodeProperties[];
	/** Interrupts or removes something: refused to a model unless a person has allowed it. */
	destructive?: boolean;
	execute(context: IExecuteFunctions, containers: Containers, itemIndex: number): Promise<IDataObject[]>;
}
