import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../../shared/destructive';
import type { Operation } from '../operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { restart } from './restart.operation';
import { start } from './start.operation';
import { stop } from './stop.operation';
import { update } from './update.operation';

export const operations: Record<string, Operation> = { get, getMany, restart, start, stop, update };

const destructive = Object.keys(operations).filter((name) => operations[name]?.destructive);

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['composeProject'] } },
		options: [
			{
				name: 'Get',
				value: 'get',
				action: 'Get compose project',
				description: 'Get the containers of a project and the order of starting',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many compose projects',
				description: 'Get all projects, running or not',
			},
			{
				name: 'Restart',
				value: 'restart',
				action: 'Restart compose project',
				description: 'Restart the containers of a project, those others need first',
			},
			{
				name: 'Start',
				value: 'start',
				action: 'Start compose project',
				description: 'Start the containers of a project in the order of their dependencies',
			},
			{
				name: 'Stop',
				value: 'stop',
				action: 'Stop compose project',
				description: 'Stop the containers of a project, those others need last',
			},
			{
				name: 'Update',
				value: 'update',
				action: 'Update compose project',
				description: 'Update the containers of a project in order, until one is rolled back',
			},
		],
		default: 'getMany',
	},
	allowDestructiveProperty('composeProject', destructive),
	...Object.values(operations).flatMap((operation) => operation.description),
];
