import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { DurationUnit } from '../../../../src/sla';
import type { Session } from '../operation';

const units = [
	{ name: 'Days of 24 Hours', value: 'd' },
	{ name: 'Hours', value: 'h' },
	{ name: 'Minutes', value: 'min' },
	{ name: 'Seconds', value: 's' },
] as const satisfies readonly { name: string; value: DurationUnit }[];

export const durationFields: INodeProperties[] = [
	{
		displayName: 'Duration',
		name: 'duration',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 60,
		description: 'How much working time has to pass. An expression may also give a text such as 1h 30m.',
	},
	{
		displayName: 'Unit',
		name: 'unit',
		type: 'options',
		options: [...units],
		default: 'min',
	},
];

/** @returns milliseconds @throws SlaError `invalid_input` with the value */
export function durationOf(context: IExecuteFunctions, { sla }: Session, itemIndex: number): number {
	const unit: unknown = context.getNodeParameter('unit', itemIndex, 'min');
	const known = units.find(({ value }) => value === unit)?.value ?? 'min';
	return sla.readDuration(context.getNodeParameter('duration', itemIndex), 'Duration', known);
}
