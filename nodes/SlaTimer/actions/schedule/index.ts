import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { createOrUpdate } from './createOrUpdate.operation';
import { importHolidays } from './importHolidays.operation';
import { preview } from './preview.operation';
import { get, getMany, remove } from './stored';

export const operations: Record<string, Operation> = {
	...{ createOrUpdate, delete: remove, get, getMany, importHolidays, preview },
};

export const description: INodeProperties[] = resourceDescription('schedule', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update schedule',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{
		name: 'Delete',
		value: 'delete',
		action: 'Delete schedule',
		description: 'Delete a schedule that no policy and no open timer uses',
	},
	{ name: 'Get', value: 'get', action: 'Get schedule', description: 'Get a schedule with its definition' },
	{ name: 'Get Many', value: 'getMany', action: 'Get many schedules', description: 'Get the schedules' },
	{
		name: 'Import Holidays',
		value: 'importHolidays',
		action: 'Import holidays into schedule',
		description: 'Add holidays of a country, a calendar or a list to a schedule',
	},
	{
		name: 'Preview',
		value: 'preview',
		action: 'Preview schedule',
		description: 'Show when it is open on the next dates, and why it is closed on the others',
	},
]);
