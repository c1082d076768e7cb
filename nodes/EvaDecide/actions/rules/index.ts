import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { lint } from './lint.operation';

export const operations: Record<string, Operation> = { lint };

export const description: INodeProperties[] = resourceDescription(
	'rules',
	operations,
	[
		{
			name: 'Lint',
			value: 'lint',
			action: 'Lint rules',
			description: 'Find rules that cannot work, contradict each other or are never reached',
		},
	],
	'lint',
);
