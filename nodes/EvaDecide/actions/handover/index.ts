import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { close, get, getMany, handBack, takeOver } from './held.operations';
import { notePosted, open } from './open.operations';
import { readOperatorMessage } from './readOperatorMessage.operation';

export const operations: Record<string, Operation> = {
	...{ close, get, getMany, handBack, notePosted, open, readOperatorMessage, takeOver },
};

export const description: INodeProperties[] = resourceDescription(
	'handover',
	operations,
	[
		{
			name: 'Close',
			value: 'close',
			action: 'Close handover',
			description: 'The matter is settled; what the client writes next is decided on again',
		},
		{ name: 'Get', value: 'get', action: 'Get handover', description: 'Get a handover with its answers' },
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many handovers',
			description: 'Get handovers, the newest first',
		},
		{
			name: 'Hand Back',
			value: 'handBack',
			action: 'Hand a conversation back',
			description: 'Eva decides again on what the client writes next',
		},
		{
			name: 'Note Posted',
			value: 'notePosted',
			action: 'Note where a card was posted',
			description: 'Only needed for cards that did not go through the outbox',
		},
		{
			name: 'Open',
			value: 'open',
			action: 'Open handover',
			description: 'Hand a conversation to people: the answer is a card for their chat, and Eva is silent',
		},
		{
			name: 'Read Operator Message',
			value: 'readOperatorMessage',
			action: 'Read a message of an operator',
			description: 'Tell what it means: an answer for a client, a command, a note, or chatter',
		},
		{
			name: 'Take Over',
			value: 'takeOver',
			action: 'Take a conversation over',
			description: 'A person has it from now on, and Eva is silent',
		},
	],
	'open',
);
