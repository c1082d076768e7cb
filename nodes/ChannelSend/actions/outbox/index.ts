import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import type { OutboxDecision, OutboxQuery } from '../../../../src/channels';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { givenText } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { asList, textOf } from '../../../shared/values';
import { wholeNumber } from '../../../../src/shared';
import { optionsOfItem, type Operation } from '../operation';
import { sendDue } from './sendDue.operation';

const forOperations = forOperationsOf('outbox');
const text = (displayName: string, name: string, description: string): INodeProperties => ({
	...{ displayName, name, type: 'string', default: '', description },
});

const filters: INodeProperties[] = [
	text('Account', 'account', 'The bot, page or number that sends'),
	text('Chat ID', 'chatId', 'On the platform'),
	text('Message Key', 'key', 'As it was handed in'),
	text('Platform', 'platform', 'Such as telegram, whatsapp or sms'),
	{
		displayName: 'State',
		name: 'state',
		type: 'options',
		options: [
			{ name: 'Dead', value: 'dead', description: 'Tried as often as it may be, or given up' },
			{ name: 'Failed', value: 'failed', description: 'The platform refuses it' },
			{ name: 'Queued', value: 'queued' },
			{ name: 'Sending', value: 'sending' },
			{ name: 'Sent', value: 'sent' },
			{ name: 'Uncertain', value: 'uncertain', description: 'Nobody knows whether it was sent' },
		],
		default: 'uncertain',
	},
];

const getMany: Operation = {
	description: forOperations(['getMany'], manyFields(filters)),
	forPeople: true,
	async execute(context, { channels, store }, itemIndex) {
		const given = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query: OutboxQuery = {};
		for (const { name, displayName } of filters) {
			const value = givenText(context, itemIndex, given, name, displayName);
			if (value !== undefined) Object.assign(query, { [name]: value });
		}
		const target = await store();
		return await itemsOf(context, itemIndex, async (page) => await channels.getOutbox(target, query, page));
	},
};

const replay: Operation = {
	description: forOperations(
		['replay'],
		[
			text('Entry IDs', 'entryIds', 'Separated by commas; empty: all that have failed or are dead'),
			optionsOf([
				text('Account', 'account', 'The bot, page or number that sends'),
				text('Error Code', 'errorCode', 'Only those with this one, such as unauthorised'),
				{
					displayName: 'Limit',
					name: 'limit',
					type: 'number',
					typeOptions: { minValue: 1 },
					default: 50,
					description: 'Max number of results to return',
				},
				text('Platform', 'platform', 'Such as telegram, whatsapp or sms'),
			]),
		],
	),
	destructive: true,
	async execute(context, { channels, store }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const ids = asList(context.getNodeParameter('entryIds', itemIndex, '')).map((id) =>
			wholeNumber('Entry IDs', id, 1, Number.MAX_SAFE_INTEGER),
		);
		const only = (name: 'account' | 'errorCode' | 'platform') => {
			const value = givenText(context, itemIndex, options, name, name);
			return value === undefined ? {} : { [name]: value };
		};
		return await channels.replayOutbox(await store(), {
			...(ids.length > 0 && { ids }),
			...only('account'),
			...only('errorCode'),
			...only('platform'),
			limit: wholeNumber('Limit', options['limit'] ?? 50, 1, 1000),
		});
	},
};

const settle: Operation = {
	description: forOperations(
		['settle'],
		[
			{ displayName: 'Entry ID', name: 'entryId', type: 'number', default: 0, required: true },
			{
				displayName: 'Decision',
				name: 'decision',
				type: 'options',
				options: [
					{ name: 'Give Up', value: 'giveUp', description: 'It is not sent, nor are the parts after it' },
					{ name: 'It Was Sent', value: 'sent', description: 'It has arrived' },
					{ name: 'Send Again', value: 'resend', description: 'It may arrive twice' },
				],
				default: 'sent',
			},
			optionsOf([text('Message ID', 'externalId', 'On the platform, when it was sent')]),
		],
	),
	destructive: true,
	async execute(context, { channels, store }, itemIndex) {
		const id = wholeNumber(
			'Entry ID',
			context.getNodeParameter('entryId', itemIndex),
			1,
			Number.MAX_SAFE_INTEGER,
		);
		const decision: unknown = context.getNodeParameter('decision', itemIndex);
		if (!isDecision(decision))
			throw new NodeOperationError(context.getNode(), '"Decision" is none of the list.', {
				itemIndex,
				description: 'Give giveUp, sent or resend.',
			});
		const externalId = textOf(optionsOfItem(context, itemIndex)['externalId']);
		return [await channels.decideOutbox(await store(), id, decision, externalId)];
	},
};

const isDecision = (value: unknown): value is OutboxDecision =>
	value === 'giveUp' || value === 'sent' || value === 'resend';

export const operations: Record<string, Operation> = { getMany, replay, sendDue, settle };

export const description: INodeProperties[] = resourceDescription(
	'outbox',
	operations,
	[
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many entries of the outbox',
			description: 'Get what waits, was sent, has failed or is uncertain, the newest first',
		},
		{
			name: 'Replay',
			value: 'replay',
			action: 'Replay dead letters',
			description: 'Queue once more what has failed or was tried as often as it may be',
		},
		{
			name: 'Send Due',
			value: 'sendDue',
			action: 'Send what is due',
			description: 'Send what the outbox has for one platform, in order and within its limits',
		},
		{
			name: 'Settle',
			value: 'settle',
			action: 'Settle an entry of the outbox',
			description: 'Decide what becomes of a message of which nobody knows whether it was sent',
		},
	],
	'sendDue',
);
