import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import { messageInputSchema, parseInput } from '../../../../src/shared';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { answeredOf } from '../recipient';

const forOperations = forOperationsOf('recipient');

const judge: Operation = {
	description: forOperations(
		['judge'],
		[
			{
				displayName: 'Incoming Message',
				name: 'incoming',
				type: 'json',
				default: '={{ $json.message }}',
				required: true,
				description: 'A message in its normal form, as Channel Trigger gives it',
			},
		],
	),
	async execute(context, { channels, store }, itemIndex) {
		const given: unknown = context.getNodeParameter('incoming', itemIndex);
		const parsed = parseInput(messageInputSchema, typeof given === 'string' ? json(given) : given);
		if (!parsed.ok)
			throw new NodeOperationError(
				context.getNode(),
				'"Incoming Message" is no message in its normal form.',
				{
					itemIndex,
					description: 'See what the expression in that field gives for this item.',
				},
			);
		const change = await channels.noteOptOut(await store(), parsed.value);
		return [{ isOptOutWord: change !== undefined, ...change }];
	},
};

function json(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

const set: Operation = {
	description: forOperations(
		['set'],
		[
			{
				displayName: 'May Be Written To',
				name: 'allowed',
				type: 'boolean',
				default: false,
				description: 'Whether something may be sent there',
			},
		],
	),
	destructive: true,
	async execute(context, session, itemIndex) {
		const { target } = await answeredOf(context, session, itemIndex);
		const allowed: unknown = context.getNodeParameter('allowed', itemIndex);
		const named = session.channels.parseTarget(target);
		// Whatever is not plainly "yes" stops it.
		const reason = allowed === true || allowed === 'true' ? null : 'opted_out';
		const { platform, account, chatId } = named;
		return [
			{
				platform,
				account,
				chatId,
				...(await session.channels.setSendStop(await session.store(), named, reason)),
			},
		];
	},
};

export const operations: Record<string, Operation> = { judge, set };

export const description: INodeProperties[] = resourceDescription(
	'recipient',
	operations,
	[
		{
			name: 'Judge Message',
			value: 'judge',
			action: 'Judge an incoming message',
			description: 'See whether a message says STOP or START, and keep to it',
		},
		{
			name: 'Set',
			value: 'set',
			action: 'Set whether a recipient may be written to',
			description: 'Stop what is sent to a chat, or allow it again',
		},
	],
	'judge',
);
