import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { OpsdeskError, wholeNumber } from '../../../../src/shared';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { HolidaySources, holidayFields } from '../definition/holidays';
import { scheduleLocator, scheduleNameOf } from '../locators';
import { optionsOfItem, type Operation } from '../operation';

const year = (displayName: string, name: string, description: string): INodeProperties => ({
	...{ displayName, name, type: 'number', default: 0, description },
	typeOptions: { minValue: 0, maxValue: 2100 },
});

export const importHolidays: Operation = {
	description: forOperationsOf('schedule')(
		['importHolidays'],
		[
			scheduleLocator.property,
			{
				displayName: 'From',
				name: 'sources',
				type: 'collection',
				placeholder: 'Add source',
				default: {},
				description: 'Where the holidays come from; those of all sources are added',
				options: holidayFields,
			},
			optionsOf([
				year('First Year', 'firstYear', '0: this one'),
				year('Last Year', 'lastYear', '0: two years after the first'),
			]),
		],
	),
	destructive: true,
	async execute(context, { sla, store }, itemIndex) {
		const schedule = scheduleNameOf(context, itemIndex);
		const sources = new HolidaySources(
			sla,
			context.getNodeParameter('sources', itemIndex, {}) as IDataObject,
		);
		const options = optionsOfItem(context, itemIndex);
		const from = wholeNumber('First Year', options['firstYear'] ?? 0, 0, 2100) || new Date().getUTCFullYear();
		const to = wholeNumber('Last Year', options['lastYear'] ?? 0, 0, 2100) || from + 2;
		const { holidays, skipped } = await sources.within({ from, to });
		if (holidays.length === 0) {
			throw new OpsdeskError(
				'invalid_input',
				`There are no holidays of whole days in the years ${from} to ${to}.`,
				'Name a country, give a calendar or a list under "From", or choose other years.',
			);
		}
		return [{ ...(await sla.importHolidays(await store(), { schedule, dates: holidays })), skipped }];
	},
};
