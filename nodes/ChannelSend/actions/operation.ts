import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Channels from '../../../src/channels';
import type * as Chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import type { DescribedOperation } from '../../shared/resource';

/** What an operation works with. */
export interface Session {
	/** Both are loaded on first use: n8n loads every node at its start, used or not. */
	channels: typeof Channels;
	chat(): Promise<typeof Chat>;
	/** The store of the item, opened when it is asked for. */
	store(): Promise<Store>;
}

/** One operation for each item. */
export interface Operation extends DescribedOperation {
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<object[]>;
}

export const optionsOfItem = (context: IExecuteFunctions, itemIndex: number): IDataObject =>
	context.getNodeParameter('options', itemIndex, {});
