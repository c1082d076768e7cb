import { NodeOperationError } from 'n8n-workflow';

import { wholeNumber } from '../../../src/shared';
import { instantParameter } from '../../shared/date-time';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { setsParameter, setsProperty } from './set';
import { timeZoneOf, timeZoneProperty } from './time-zone';

export const getUptime: Operation = {
	description: forOperations(
		['getUptime'],
		[
			setsProperty,
			{
				displayName: 'Period',
				name: 'period',
				type: 'options',
				default: 'lastMonth',
				options: [
					{ name: 'Between Two Times', value: 'between' },
					{ name: 'Last Calendar Month', value: 'lastMonth' },
					{ name: 'This Calendar Month', value: 'thisMonth', description: 'As far as it has gone by' },
				],
			},
			{
				displayName: 'From',
				name: 'from',
				type: 'dateTime',
				default: '',
				required: true,
				description: 'Without an offset it is meant in the time zone of the workflow',
				displayOptions: { show: { period: ['between'] } },
			},
			{
				displayName: 'To',
				name: 'to',
				type: 'dateTime',
				default: '',
				required: true,
				description: 'Not included',
				displayOptions: { show: { period: ['between'] } },
			},
			options([
				{
					displayName: 'Most Outages',
					name: 'mostOutages',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 500 },
					default: 10,
					description: 'How many outages are listed, the longest first',
				},
				{ ...timeZoneProperty, description: 'In which months begin; that of the workflow when empty' },
			]),
		],
	),
	async execute(call) {
		const { getUptime: read } = await import('../../../src/check/index.js');
		const { mostOutages = 10 } = optionsOf(call);
		const timeZone = timeZoneOf(call);
		const report = await read(call.store(), await setsParameter(call), {
			...(await periodOf(call, timeZone)),
			mostOutages: wholeNumber('Most Outages', mostOutages, 0, 500),
		});
		return [{ json: { timeZone, ...report } }];
	},
};

/** @throws NodeOperationError naming the field */
async function periodOf(call: Call, timeZone: string): Promise<{ from: number; to: number }> {
	const { context, itemIndex } = call;
	const period: unknown = context.getNodeParameter('period', itemIndex, 'lastMonth');
	if (period !== 'between') {
		const { calendarMonth } = await import('../../../src/check/index.js');
		return calendarMonth(timeZone, period === 'thisMonth' ? 0 : 1);
	}
	const instant = (field: string, name: string): number => {
		const given = instantParameter(context, itemIndex, field, context.getNodeParameter(name, itemIndex, ''));
		if (given) return given.getTime();
		throw wrong(call, `"${field}" is missing.`, 'Give a date and time.');
	};
	const [from, to] = [instant('From', 'from'), instant('To', 'to')];
	if (from < to) return { from, to };
	throw wrong(call, '"To" is not later than "From".', 'Give a later time.');
}

const wrong = ({ context, itemIndex }: Call, message: string, description: string): NodeOperationError =>
	new NodeOperationError(context.getNode(), message, { itemIndex, description });
