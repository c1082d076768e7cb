import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { preview } from './preview.operation';

export const operations: Record<string, Operation> = { preview };

export const description: INodeProperties[] = resourceDescription(
	'schedule',
	operations,
	[
		{
			name: 'Preview',
			value: 'preview',
			action: 'Preview schedule',
			description: 'Show when it is open on the next dates, and why it is closed on the others',
		},
	],
	'preview',
);
