import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { prune } from './prune.operation';
import { pull } from './pull.operation';
import { remove } from './remove.operation';
import { tag } from './tag.operation';

export const operations: Record<string, Operation> = { get, getMany, prune, pull, remove, tag };

export const description: INodeProperties[] = resourceDescription('image', operations, [
	{ name: 'Get', value: 'get', action: 'Get image', description: 'Get one image in detail' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many images',
		description: 'Get many images of the engine, with the containers made from them',
	},
	{
		name: 'Prune',
		value: 'prune',
		action: 'Prune images',
		description: 'Remove images without a name, or all unused ones',
	},
	{
		name: 'Pull',
		value: 'pull',
		action: 'Pull image',
		description: 'Get an image from its registry',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove image',
		description: 'Remove a name of an image, and the image with its last name',
	},
	{ name: 'Tag', value: 'tag', action: 'Tag image', description: 'Give an image a further name' },
]);
