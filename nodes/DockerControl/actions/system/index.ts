import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';
import { resourceDescription } from '../../../shared/resource';
import { audit } from './audit.operation';
import { diskUsage } from './diskUsage.operation';
import { getEvents } from './getEvents.operation';
import { info } from './info.operation';
import { ping } from './ping.operation';
import { prune } from './prune.operation';

export const operations: Record<string, Operation> = { audit, diskUsage, getEvents, info, ping, prune };

export const description: INodeProperties[] = resourceDescription(
	'system',
	operations,
	[
		{
			name: 'Audit',
			value: 'audit',
			action: 'Audit containers',
			description: 'Look how containers are set up: open ports, root users, missing limits and checks',
		},
		{
			name: 'Disk Usage',
			value: 'diskUsage',
			action: 'Get disk usage',
			description: 'Get what images, containers, volumes and build cache take',
		},
		{
			name: 'Get Events',
			value: 'getEvents',
			action: 'Get events',
			description: 'Get what has happened, as far as the engine remembers',
		},
		{ name: 'Info', value: 'info', action: 'Get info', description: 'Get what the engine says of itself' },
		{ name: 'Ping', value: 'ping', action: 'Ping engine', description: 'See whether the engine answers' },
		{
			name: 'Prune',
			value: 'prune',
			action: 'Prune what is unused',
			description: 'Remove what nobody uses; no volumes unless told',
		},
	],
	'info',
);
