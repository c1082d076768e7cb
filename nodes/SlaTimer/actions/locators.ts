import type { IExecuteFunctions } from 'n8n-workflow';

import type { ScheduleName } from '../../../src/sla';
import { idOf } from '../../shared/store/locators';
import { chosen, recordLocator } from '../../shared/store/record-locator';

export const scheduleLocator = recordLocator('Schedule', 'schedule', 'searchSchedules', [
	{ name: 'name', displayName: 'By Name', placeholder: 'e.g. Office' },
]);

/** @throws NodeOperationError naming the field */
export function scheduleNameOf(context: IExecuteFunctions, itemIndex: number): ScheduleName {
	const { mode, value } = chosen(context, itemIndex, scheduleLocator);
	return mode === 'name' ? { name: value } : { id: idOf(context, itemIndex, 'Schedule', value) };
}
