import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Chat from '../../../src/chat';
import type * as StoreArea from '../../../src/store';
import type { DescribedOperation } from '../../shared/resource';
import type { StoreSettings } from '../../shared/store/stores';

/** What an operation works with. */
export interface Session {
	store: StoreArea.Store;
	settings: StoreSettings;
	/** Both are loaded on first use: n8n loads every node at its start, used or not. */
	chat: typeof Chat;
	records: typeof StoreArea;
	signal: AbortSignal | undefined;
	/** Seal and open fields of contacts; undefined when none are selected. */
	fieldKeys: Chat.FieldKeys | undefined;
}

/** An item with a file. */
export class FileOutput {
	constructor(
		readonly json: IDataObject,
		readonly binary: IBinaryKeyData,
	) {}
}

/** A part of the work that failed: it keeps the others from nothing, and the run is no good one. */
export class Failed {
	constructor(readonly failure: unknown) {}
}

/** One operation for each item. */
export interface Operation extends DescribedOperation {
	/** Writes, and answers the whole contact: to a model only which one it is. */
	answersContact?: boolean;
	execute(
		context: IExecuteFunctions,
		session: Session,
		itemIndex: number,
	): Promise<(object | FileOutput | Failed)[]>;
}

/** One for all items with the same store at once: a result or a failure for each, in the same order. */
export interface BatchOperation extends DescribedOperation {
	executeAll(
		context: IExecuteFunctions,
		session: Session,
		itemIndexes: number[],
	): Promise<Array<object[] | { failure: unknown }>>;
}

/** One that does not ask the store itself. */
export interface StorelessOperation extends DescribedOperation {
	executeAlone(
		context: IExecuteFunctions,
		session: Omit<Session, 'store' | 'fieldKeys'>,
		itemIndex: number,
	): Promise<object[]>;
}

export type AnyOperation = Operation | BatchOperation | StorelessOperation;
