import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { createOrUpdate, getMany, remove, resolve } from './operations';

export const operations: Record<string, Operation> = { createOrUpdate, delete: remove, getMany, resolve };

export const description: INodeProperties[] = resourceDescription('policy', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update policy',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{ name: 'Delete', value: 'delete', action: 'Delete policy', description: 'Take away what a layer says' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many policies',
		description: 'Get what each layer says',
	},
	{
		name: 'Resolve',
		value: 'resolve',
		action: 'Resolve the policy of a conversation',
		description: 'Get what is promised in a conversation, and which layer has said what',
	},
]);
