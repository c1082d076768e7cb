import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../../shared/destructive';
import type { Operation } from '../operation';
import { copyFrom } from './copyFrom.operation';
import { copyTo } from './copyTo.operation';
import { create } from './create.operation';
import { execute } from './execute.operation';
import { get } from './get.operation';
import { getChanges } from './getChanges.operation';
import { getLogs } from './getLogs.operation';
import { getMany } from './getMany.operation';
import { getStats } from './getStats.operation';
import { heal } from './heal.operation';
import { kill } from './kill.operation';
import { pause } from './pause.operation';
import { remove } from './remove.operation';
import { rename } from './rename.operation';
import { restart } from './restart.operation';
import { start } from './start.operation';
import { stop } from './stop.operation';
import { top } from './top.operation';
import { unpause } from './unpause.operation';
import { update } from './update.operation';
import { updateLimits } from './updateLimits.operation';
import { waitForState } from './waitForState.operation';

export const operations: Record<string, Operation> = {
	copyFrom,
	copyTo,
	create,
	execute,
	get,
	getChanges,
	getLogs,
	getMany,
	getStats,
	heal,
	kill,
	pause,
	remove,
	rename,
	restart,
	start,
	stop,
	top,
	unpause,
	update,
	updateLimits,
	waitForState,
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
			{
				name: 'Copy From',
				value: 'copyFrom',
				action: 'Copy file from container',
				description: 'Get a file or folder of a container as binary data',
			},
			{
				name: 'Copy To',
				value: 'copyTo',
				action: 'Copy file to container',
				description: 'Put binary data into a container as a file',
			},
			{
				name: 'Create',
				value: 'create',
				action: 'Create container',
				description: 'Make a container; one made by the same definition is left as it is',
			},
			{
				name: 'Execute',
				value: 'execute',
				action: 'Execute command in container',
				description: 'Run a program in a container and wait for its end',
			},
			{ name: 'Get', value: 'get', action: 'Get container', description: 'Get one container in detail' },
			{
				name: 'Get Changes',
				value: 'getChanges',
				action: 'Get changes of container',
				description: 'Get the files that differ from the image',
			},
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
				name: 'Heal',
				value: 'heal',
				action: 'Heal containers',
				description:
					'Restart what is unhealthy or has failed, within limits, and tell when a person is needed',
			},
			{
				name: 'Kill',
				value: 'kill',
				action: 'Kill container',
				description: 'Send a signal to the first process; one that does not run is left alone',
			},
			{
				name: 'Pause',
				value: 'pause',
				action: 'Pause container',
				description: 'Freeze all processes; they keep their memory and connections',
			},
			{
				name: 'Remove',
				value: 'remove',
				action: 'Remove container',
				description: 'Remove a container; what is in its volumes with a name stays',
			},
			{
				name: 'Rename',
				value: 'rename',
				action: 'Rename container',
				description: 'Give a container another name',
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
			{
				name: 'Top',
				value: 'top',
				action: 'Get processes of container',
				description: 'Get the processes that run in a container',
			},
			{
				name: 'Unpause',
				value: 'unpause',
				action: 'Unpause container',
				description: 'Let the processes of a paused container go on',
			},
			{
				name: 'Update',
				value: 'update',
				action: 'Update container',
				description: 'Replace a container by one from a newer image, and roll back when that one is not well',
			},
			{
				name: 'Update Limits',
				value: 'updateLimits',
				action: 'Update limits of container',
				description: 'Change memory, processors, processes and restart policy while it runs',
			},
			{
				name: 'Wait for State',
				value: 'waitForState',
				action: 'Wait for state of container',
				description: 'Wait until a container runs, is healthy, has ended or is gone',
			},
		],
		default: 'getMany',
	},
	allowDestructiveProperty('container', destructive),
	...Object.values(operations).flatMap((operation) => operation.description),
];
