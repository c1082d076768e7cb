import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { BackupContext } from '../../../src/backup';
import type { Site } from '../../../src/shared';
import type { EngineNeed } from './engine-needs';

/** What an operation has for its work beside its own parameters. */
export interface Call {
	context: IExecuteFunctions;
	itemIndex: number;
	site: Site;
	backup: BackupContext;
}

/** An operation that concerns the whole engine and no single site. */
export interface SitelessOperation {
	description: INodeProperties[];
	destructive?: boolean;
	execute(call: Omit<Call, 'site'>): Promise<IDataObject[]>;
}

/** One operation: its fields in the editor and what it does for one site. */
export interface Operation {
	description: INodeProperties[];
	/** Replaces something: refused to a model unless a person has allowed it. */
	destructive?: boolean;
	/** Takes one site only, because its other fields speak of that site's content. */
	oneSite?: boolean;
	/** What of the site's definition the operation reaches through the container engine. */
	engineNeeds(context: IExecuteFunctions, itemIndex: number, site: Site): EngineNeed[];
	execute(call: Call): Promise<IDataObject[]>;
}
