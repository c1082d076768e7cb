import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { carryOut } from './carryOut.operation';
import { decide } from './decide.operation';
import { explain } from './explain.operation';
import { giveFeedback } from './giveFeedback.operation';

export const operations: Record<string, Operation> = { carryOut, decide, explain, giveFeedback };

export const description: INodeProperties[] = resourceDescription(
	'message',
	operations,
	[
		{
			name: 'Carry Out',
			value: 'carryOut',
			action: 'Carry a decision out',
			description: 'Hand the message to people at their desk, and answer the client, as it was decided',
		},
		{
			name: 'Decide',
			value: 'decide',
			action: 'Decide on a message',
			description: 'Reply, escalate, route, ignore or defer, with reasons',
		},
		{
			name: 'Explain',
			value: 'explain',
			action: 'Explain a decision',
			description: 'Tell in plain words why a decision is what it is, and why the other rules did not hold',
		},
		{
			name: 'Give Feedback',
			value: 'giveFeedback',
			action: 'Give feedback on a decision',
			description: 'Keep what a person says of a decision, for the spam model to learn from',
		},
	],
	'decide',
);
