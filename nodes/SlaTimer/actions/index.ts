import type { INodeProperties } from 'n8n-workflow';

import * as calculate from './calculate';
import type { Operation } from './operation';
import * as schedule from './schedule';

export const resources: Record<string, Record<string, Operation>> = {
	calculate: calculate.operations,
	schedule: schedule.operations,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Calculation', value: 'calculate' },
			{ name: 'Schedule', value: 'schedule' },
		],
		default: 'calculate',
	},
	...calculate.description,
	...schedule.description,
];
