import { wholeNumber } from '../../../../src/shared';
import { forOperationsOf } from '../../../shared/fields';
import { asText } from '../../../shared/values';
import { calculationFields, sourceOf } from '../definition/chosen';
import type { Operation } from '../operation';

const dayMs = 86_400_000;

export const preview: Operation = {
	description: forOperationsOf('schedule')(
		['preview'],
		[
			...calculationFields,
			{
				displayName: 'First Date',
				name: 'firstDate',
				type: 'string',
				default: '',
				placeholder: 'e.g. 2026-12-21',
				description: 'Empty: today in the zone of the schedule',
			},
			{
				displayName: 'Days',
				name: 'days',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 366 },
				default: 14,
				description: 'How many dates to show, each as an item',
			},
		],
	),
	async execute(context, session, itemIndex) {
		const { sla } = session;
		const source = await sourceOf(context, session, itemIndex);
		const timezone = await source.timezone();
		const days = wholeNumber('Days', context.getNodeParameter('days', itemIndex), 1, 366);
		const given = asText(context.getNodeParameter('firstDate', itemIndex, ''));
		const firstDate = given || sla.formatInstant(Date.now(), timezone).slice(0, 10);
		const firstMs = sla.readInstant(firstDate, timezone, 'First Date');
		const schedule = await source.covering(firstMs, firstMs + days * dayMs);
		return sla
			.previewDays(schedule, firstDate, days)
			.map((day) => ({ ...day, workingMinutes: day.workingMs / 60_000, timezone }));
	},
};
