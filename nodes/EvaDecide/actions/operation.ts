import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Decide from '../../../src/decide';
import type { Store } from '../../../src/store';
import type { DescribedOperation } from '../../shared/resource';
import type { OutputName } from './connections';

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

/** An item for one of several outputs. */
export class Routed {
	constructor(
		readonly json: object,
		readonly output: OutputName,
	) {}
}

/** One operation for each item. */
export interface Operation extends DescribedOperation {
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<(object | Routed)[]>;
}

const known = new WeakMap<IExecuteFunctions, Map<number, IDataObject>>();

/** The options of an item. n8n works out all expressions among them each time it is asked, so it is asked once. */
export function optionsOfItem(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const items = known.get(context) ?? new Map<number, IDataObject>();
	known.set(context, items);
	const options = items.get(itemIndex) ?? context.getNodeParameter('options', itemIndex, {});
	items.set(itemIndex, options);
	return options;
}
