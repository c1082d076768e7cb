import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { AnyOperation } from '../operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { markRead } from './markRead.operation';
import { statistics } from './statistics.operation';
import { update } from './update.operation';

export const operations: Record<string, AnyOperation> = { get, getMany, markRead, statistics, update };

export const description: INodeProperties[] = resourceDescription('conversation', operations, [
	{ name: 'Get', value: 'get', action: 'Get conversation', description: 'Get one conversation' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many conversations',
		description: 'Get conversations, the one with the newest message first',
	},
	{
		name: 'Mark Read',
		value: 'markRead',
		action: 'Mark conversation as read',
		description: 'Note that its messages were read; what was read stays read',
	},
	{
		name: 'Summarise Statistics',
		value: 'statistics',
		action: 'Summarise statistics of a conversation',
		description: 'Count messages, files, participants, days and moods',
	},
	{
		name: 'Update',
		value: 'update',
		action: 'Update conversation',
		description: 'Set status, assignment, team, tier, summary or title',
	},
]);
