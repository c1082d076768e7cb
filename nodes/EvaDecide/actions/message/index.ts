import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { decide } from './decide.operation';

export const operations: Record<string, Operation> = { decide };

export const description: INodeProperties[] = resourceDescription(
	'message',
	operations,
	[
		{
			name: 'Decide',
			value: 'decide',
			action: 'Decide on a message',
			description: 'Reply, escalate, route, ignore or defer, with reasons',
		},
	],
	'decide',
);
