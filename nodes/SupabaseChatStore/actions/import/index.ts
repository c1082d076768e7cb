import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { AnyOperation } from '../operation';
import { rows } from './rows.operation';

export const operations: Record<string, AnyOperation> = { rows };

export const description: INodeProperties[] = resourceDescription(
	'import',
	operations,
	[
		{
			name: 'Import Rows',
			value: 'rows',
			action: 'Import rows of another system',
			description:
				'Take over rows of tables of another system, or of a chat memory of n8n; again creates nothing twice',
		},
	],
	'rows',
);
