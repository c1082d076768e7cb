import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../../shared/destructive';
import type { Operation } from '../operation';
import { get } from './get.operation';
import { getLogs } from './getLogs.operation';
import { getMany } from './getMany.operation';
import { getStats } from './getStats.operation';
import { restart } from './restart.operation';
import { start } from './start.operation';
import { stop } from './stop.operation';

export const operations: Record<string, Operation> = {
	get,
	getLogs,
	getMany,
	getStats,
	restart,
	start,
	stop,
};

const destructive = Object.keys(operations).filter((name) => operations[name]?.destructive);

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['container'] } },
		options: [
			{ name: 'Get', value: 'get', action: 'Get container', description: 'Get one container in detail' },
			{
				name: 'Get Logs',
				value: 'getLogs',
				action: 'Get logs of container',
				description: 'Get what a container has written',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many containers',
				description: 'Get many containers, running or not',
			},
			{
				name: 'Get Stats',
				value: 'getStats',
				action: 'Get stats of container',
				description: 'Get the use of processor, memory, network and disk',
			},
			{
				name: 'Restart',
				value: 'restart',
				action: 'Restart container',
				description: 'Stop a container and start it again',
			},
			{
				name: 'Start',
				value: 'start',
				action: 'Start container',
				description: 'Start a container; one that runs is left alone',
			},
			{
				name: 'Stop',
				value: 'stop',
				action: 'Stop container',
				description: 'Stop a container; one that does not run is left alone',
			},
		],
		default: 'getMany',
	},
	allowDestructiveProperty('container', destructive),
	...Object.values(operations).flatMap((operation) => operation.description),
];
