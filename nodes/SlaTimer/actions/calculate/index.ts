import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { deadline } from './deadline.operation';
import { isOpen } from './isOpen.operation';
import { nextOpening } from './nextOpening.operation';
import { workingTime } from './workingTime.operation';

export const operations: Record<string, Operation> = { deadline, isOpen, nextOpening, workingTime };

export const description: INodeProperties[] = resourceDescription(
	'calculate',
	operations,
	[
		{
			name: 'Deadline',
			value: 'deadline',
			action: 'Calculate a deadline',
			description: 'Get the instant by which so much working time has passed',
		},
		{
			name: 'Is Open',
			value: 'isOpen',
			action: 'Calculate whether it is open',
			description: 'Get whether somebody works at an instant, and if not, why',
		},
		{
			name: 'Next Opening',
			value: 'nextOpening',
			action: 'Calculate the next opening',
			description: 'Get the instant at which somebody works again',
		},
		{
			name: 'Working Time Between',
			value: 'workingTime',
			action: 'Calculate working time between two instants',
			description: 'Get how much working time lies between two instants',
		},
	],
	'deadline',
);
