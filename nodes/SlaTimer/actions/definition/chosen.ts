import type { IExecuteFunctions } from 'n8n-workflow';

import { scheduleLocator, scheduleNameOf } from '../locators';
import type { Session } from '../operation';
import { scheduleFields } from './fields';
import { ScheduleSource, writtenSource } from './source';

/** A schedule that is written down in the node, or one of the store. */
export const calculationFields = scheduleFields({
	...scheduleLocator.property,
	displayName: 'Stored Schedule',
});

/** The schedule a user chose or wrote down. @throws NodeOperationError, SlaError `invalid_input`, StoreError `not_found` */
export async function sourceOf(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
): Promise<ScheduleSource> {
	if (context.getNodeParameter('scheduleFrom', itemIndex) !== 'store')
		return writtenSource(context, session, itemIndex, 'scheduleFrom');
	const which = scheduleNameOf(context, itemIndex);
	const { definition } = await session.storedSchedule(which);
	return new ScheduleSource(session, JSON.stringify(definition), () => Promise.resolve(definition), false);
}
