import type { INodeProperties } from 'n8n-workflow';

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

/**
 * A schedule that is written in the node needs no store. It has to be `hide`: n8n takes every parameter in the `show` of
 * "Authentication" for a part of the credential, and does not show it any more.
 */
const whereStored = { hide: { scheduleFrom: ['fields', 'json'] } };

export const description: INodeProperties[] = [
	{ ...authentication, displayOptions: whereStored },
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
	{ ...storeOptions, displayOptions: whereStored },
];
