import type { INodeProperties } from 'n8n-workflow';

import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { limit, returnAll } from '../../../shared/limit';
import { resourceDescription } from '../../../shared/resource';
import { itemsOf } from '../../../shared/store/pages';
import { asText, textOf } from '../../../shared/values';
import { text, textsOf, yes, yesesOf } from '../fields';
import { optionsOfItem, type Operation } from '../operation';

const forOperations = forOperationsOf('desk');

const team = text('Team', 'team', {
	placeholder: 'e.g. accountants',
	description: 'Whose conversations come here. Empty: those of all teams that have no desk of their own.',
});

const save: Operation = {
	description: forOperations(
		['save'],
		[
			team,
			text('Platform', 'platform', {
				default: 'telegram',
				required: true,
				placeholder: 'e.g. telegram',
				description: 'Where operators read and answer',
			}),
			text('Chat ID', 'chatId', {
				required: true,
				placeholder: 'e.g. -1001234567890',
				description: 'The group, or the chat of one person with the bot',
			}),
			optionsOf([
				text('Account', 'account', {
					placeholder: 'e.g. my_bot',
					description: 'The bot, page or number, where there are several',
				}),
				yes(
					'Anyone in Desk',
					'anyoneInDesk',
					'Whether everybody who writes there may answer clients, and not members of the team alone',
				),
				yes(
					'Even With Clients',
					'evenWithClients',
					'Whether to take a chat in which people who are no members of the team have written. Nothing that is written there is decided on or timed from then on.',
				),
				{
					displayName: 'Idle Hours',
					name: 'idleHours',
					type: 'number',
					typeOptions: { minValue: 0.1, numberPrecision: 1 },
					default: 72,
					description: 'After so long without a word of an operator Eva decides on a conversation again',
				},
				yes(
					'Others May Answer',
					'othersMayAnswer',
					'Whether somebody else than who has taken a conversation may answer in it too',
				),
				text('Thread ID', 'threadId', { description: 'The topic of a forum on Telegram' }),
			]),
		],
	),
	// Nobody decides on what is written in a desk's chat.
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const field = (name: string): string => asText(context.getNodeParameter(name, itemIndex, ''));
		const given = textOf(field('team'));
		return [
			await decide.saveDesk(await store(), {
				...{ platform: field('platform'), chatId: field('chatId') },
				...(given !== undefined && { team: given }),
				...textsOf(options, 'account', 'threadId'),
				...yesesOf(context, itemIndex, options, {
					...{ anyoneInDesk: 'Anyone in Desk', othersMayAnswer: 'Others May Answer' },
					evenWithClients: 'Even With Clients',
				}),
				...('idleHours' in options && { idleHours: Number(options['idleHours']) }),
			}),
		];
	},
};

const getMany: Operation = {
	description: forOperations(['getMany'], [returnAll, limit]),
	async execute(context, { decide, store }, itemIndex) {
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await decide.getDesks(own, page));
	},
};

const remove: Operation = {
	description: forOperations(['delete'], [team]),
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		const given = textOf(context.getNodeParameter('team', itemIndex, ''));
		return [await decide.deleteDesk(await store(), given === undefined ? {} : { team: given })];
	},
};

export const operations: Record<string, Operation> = { delete: remove, getMany, save };

export const description: INodeProperties[] = resourceDescription(
	'desk',
	operations,
	[
		{
			name: 'Create or Update',
			value: 'save',
			action: 'Create or update desk',
			description: 'Create a new record, or update the current one if it already exists (upsert)',
		},
		{
			name: 'Delete',
			value: 'delete',
			action: 'Delete desk',
			description: 'Take the desk of a team, or that of all others, away',
		},
		{ name: 'Get Many', value: 'getMany', action: 'Get many desks', description: 'Get the desks' },
	],
	'getMany',
);
