import type { IBinaryKeyData, IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Containers, EngineConnection, Images, Networks, System, Volumes } from '../../../src/docker';

/** What an operation works with. */
export interface Session {
	connection: EngineConnection;
	containers: Containers;
	images: Images;
	networks: Networks;
	system: System;
	volumes: Volumes;
	signal: AbortSignal | undefined;
}

/** What is more than the JSON of an item: with files, or a failure of one part that leaves the others alone. */
export class Output {
	constructor(readonly outcome: { json: IDataObject; binary: IBinaryKeyData } | { failure: unknown }) {}
}

/** One operation: its fields in the editor and what it does for one item. */
export interface Operation {
	description: INodeProperties[];
	/** Interrupts or removes something: refused to a model unless a person has allowed it. */
	destructive?: boolean;
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<(IDataObject | Output)[]>;
}
