import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Containers, EngineConnection } from '../../../src/docker';

/** What an operation works with. */
export interface Session {
	connection: EngineConnection;
	containers: Containers;
	signal: AbortSignal | undefined;
}

/** One operation: its fields in the editor and what it does for one item. */
export interface Operation {
	description: INodeProperties[];
	/** Interrupts or removes something: refused to a model unless a person has allowed it. */
	destructive?: boolean;
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<IDataObject[]>;
}
