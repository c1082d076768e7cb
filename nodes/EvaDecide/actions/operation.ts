import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Decide from '../../../src/decide';
import type { Store } from '../../../src/store';
import type { DescribedOperation } from '../../shared/resource';
import type { OutcomeOutput } from './connections';

/** What an operation works with. */
export interface Session {
	/** Loaded on first use: n8n loads every node at its start, used or not. */
	decide: typeof Decide;
	/** Whether the user has chosen one. */
	hasStore: boolean;
	/** The store of the item, opened when it is asked for. @throws NodeOperationError where none is chosen */
	store(): Promise<Store>;
	signal: AbortSignal | undefined;
}

/** An item for the output of its outcome. */
export class Routed {
	constructor(
		readonly json: object,
		readonly outcome: OutcomeOutput,
	) {}
}

/** One operation for each item. */
export interface Operation extends DescribedOperation {
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<(object | Routed)[]>;
}

export const optionsOfItem = (context: IExecuteFunctions, itemIndex: number): IDataObject =>
	context.getNodeParameter('options', itemIndex, {});
