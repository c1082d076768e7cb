import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../../shared/store/stores';
import * as calculate from './calculate';
import type { Operation } from './operation';
import * as policy from './policy';
import * as schedule from './schedule';
import * as timer from './timer';

export const resources: Record<string, Record<string, Operation>> = {
	calculate: calculate.operations,
	policy: policy.operations,
	schedule: schedule.operations,
	timer: timer.operations,
};

/** What is asked of the store: everything but calculations with a schedule that is written in the node. */
const stored: IDisplayOptions[] = [
	{ show: { resource: ['policy', 'timer'] } },
	{ show: { resource: ['schedule'] }, hide: { operation: ['preview'] } },
	{ show: { scheduleFrom: ['store'] } },
];
const whereStored = (property: INodeProperties): INodeProperties[] =>
	stored.map((displayOptions) => ({ ...property, displayOptions }));

export const description: INodeProperties[] = [
	...whereStored(authentication),
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Calculation', value: 'calculate' },
			{ name: 'Policy', value: 'policy' },
			{ name: 'Schedule', value: 'schedule' },
			{ name: 'Timer', value: 'timer' },
		],
		default: 'timer',
	},
	...calculate.description,
	...policy.description,
	...schedule.description,
	...timer.description,
	...whereStored(storeOptions),
];
