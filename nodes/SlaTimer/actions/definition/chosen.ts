import type { IExecuteFunctions } from 'n8n-workflow';

import type { Session } from '../operation';
import { definitionFields } from './fields';
import { writtenSource, type ScheduleSource } from './source';

/** The schedule that a calculation is about. */
export const calculationFields = definitionFields;

/** The schedule a user wrote down. @throws NodeOperationError, SlaError `invalid_input` */
export function sourceOf(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
): Promise<ScheduleSource> {
	return Promise.resolve(writtenSource(context, session, itemIndex));
}
