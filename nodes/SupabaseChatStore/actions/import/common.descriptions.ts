import type { INodeProperties } from 'n8n-workflow';

import { forOperationsOf, optionsOf } from '../../../shared/fields';

export const forOperations = forOperationsOf('import');

export const source: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Chat Company',
			value: 'chat-company',
			description: 'Messages, conversations, users and files of several platforms in one database',
		},
		{
			name: 'Help Desk',
			value: 'help-desk',
			description: 'Chats and requests of clients on Telegram, with people, templates and FAQ',
		},
		{
			name: 'Postgres or Supabase Chat Memory',
			value: 'n8n-chat-memory',
			description: 'The table in which a memory node of n8n keeps its sessions',
		},
	],
	default: 'chat-company',
};

/** Of the memory nodes there is one only, whatever it is called. */
export const tables: INodeProperties[] = [
	tableOf('chat-company', [
		['Conversations', 'conversations'],
		['Decisions', 'eva_decisions'],
		['Media Files', 'media_files'],
		['Messages', 'messages'],
		['Users', 'users'],
	]),
	tableOf('help-desk', [
		['Chats', 'chats'],
		['Client Requests', 'client_requests'],
		['FAQ Items', 'faq_items'],
		['Templates', 'templates'],
		['Users', 'users'],
	]),
];

function tableOf(of: string, names: Array<[name: string, value: string]>): INodeProperties {
	return {
		displayName: 'Table',
		name: 'table',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { source: [of] } },
		options: names.map(([name, value]) => ({ name, value })),
		default: 'users',
		description: 'Which table the input items are rows of',
	};
}

export const options: INodeProperties = optionsOf([
	{
		displayName: 'Accounts',
		name: 'accounts',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add account',
		default: {},
		description:
			'The bot, page or number that the rows belong to, as Channel Trigger names it: otherwise what comes later is another conversation',
		options: [
			{
				displayName: 'Account',
				name: 'account',
				values: [
					{
						displayName: 'Platform',
						name: 'platform',
						type: 'string',
						default: '',
						placeholder: 'e.g. telegram',
					},
					{
						displayName: 'Account ID',
						name: 'id',
						type: 'string',
						default: '',
						placeholder: 'e.g. helpbot',
					},
				],
			},
		],
	},
	{
		displayName: 'First Time',
		name: 'firstTime',
		type: 'dateTime',
		default: '',
		description:
			'When the first row of a chat memory may have been written: rows that keep no time are given one from here on, in their order',
	},
	{
		displayName: 'Own Sender IDs',
		name: 'ownIds',
		type: 'string',
		default: '',
		description: 'IDs by which you have written yourselves, separated by commas: these messages go out',
	},
	{
		displayName: 'Platform',
		name: 'platform',
		type: 'string',
		default: 'n8n',
		placeholder: 'e.g. telegram',
		description:
			'Of the sessions of a chat memory. With that of a channel, sessions that are named by IDs of chats join these.',
	},
	{
		displayName: 'Table Name',
		name: 'tableName',
		type: 'string',
		default: '',
		placeholder: 'e.g. sales_memory',
		description:
			'For several chat memories, or tables of requests, whose rows have the same numbers: becomes part of the IDs of the messages. What was imported without it is imported again with it.',
	},
	{
		displayName: 'Time Zone',
		name: 'timeZone',
		type: 'string',
		default: 'UTC',
		placeholder: 'e.g. Europe/Moscow',
		description: 'Of times that do not say their own',
	},
]);
