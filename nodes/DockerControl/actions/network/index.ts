import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';
import { resourceDescription } from '../../../shared/resource';
import { create } from './create.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { prune } from './prune.operation';
import { remove } from './remove.operation';

export const operations: Record<string, Operation> = { create, get, getMany, prune, remove };

export const description: INodeProperties[] = resourceDescription('network', operations, [
	{
		name: 'Create',
		value: 'create',
		action: 'Create network',
		description: 'Create a network; one that is as asked for is left alone',
	},
	{ name: 'Get', value: 'get', action: 'Get network', description: 'Get one network in detail' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many networks',
		description: 'Get many networks with the containers connected to them',
	},
	{
		name: 'Prune',
		value: 'prune',
		action: 'Prune networks',
		description: 'Remove networks that no container is connected to',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove network',
		description: 'Remove a network that no container is connected to',
	},
]);
