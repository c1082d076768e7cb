import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Sla from '../../../src/sla';
import type { Store } from '../../../src/store';
import type { DescribedOperation } from '../../shared/resource';

/** What an operation works with. */
export interface Session {
	/** Loaded on first use: n8n loads every node at its start, used or not. */
	sla: typeof Sla;
	/** Schedules that were made ready in this run, by what they were made of. */
	schedules: Map<string, Promise<Sla.CompiledSchedule>>;
	/** The store of the item, opened when it is asked for: most calculations need none. */
	store(): Promise<Store>;
	/** A schedule of that store, read once in a run. @throws StoreError `not_found` */
	storedSchedule(which: Sla.ScheduleName): Promise<Sla.StoredSchedule>;
	signal: AbortSignal | undefined;
}

/** One operation for each item. */
export interface Operation extends DescribedOperation {
	execute(context: IExecuteFunctions, session: Session, itemIndex: number): Promise<object[]>;
}

export const optionsOfItem = (context: IExecuteFunctions, itemIndex: number): IDataObject =>
	context.getNodeParameter('options', itemIndex, {});
