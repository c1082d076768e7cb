import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';
import { resourceDescription } from '../../../shared/resource';
import { create } from './create.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { prune } from './prune.operation';
import { remove } from './remove.operation';

export const operations: Record<string, Operation> = { create, get, getMany, prune, remove };

export const description: INodeProperties[] = resourceDescription('volume', operations, [
	{
		name: 'Create',
		value: 'create',
		action: 'Create volume',
		description: 'Create a volume; one that is as asked for is left alone',
	},
	{ name: 'Get', value: 'get', action: 'Get volume', description: 'Get one volume in detail' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many volumes',
		description: 'Get many volumes with the containers that have them',
	},
	{
		name: 'Prune',
		value: 'prune',
		action: 'Prune volumes',
		description: 'Remove volumes without a name that no container has',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove volume',
		description: 'Remove a volume that no container has, with what is in it',
	},
]);
