import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { instantParameter } from '../../../shared/date-time';
import { asList, textOf } from '../../../shared/values';

const platforms = ['Telegram', 'WhatsApp', 'Messenger', 'Instagram', 'SMS'];

const shown: Array<Pick<INodeProperties, 'displayName' | 'name'> & Partial<INodeProperties>> = [
	{
		displayName: 'Platform',
		name: 'platform',
		type: 'options',
		options: platforms.map((name) => ({ name, value: name.toLowerCase() })),
		default: 'telegram',
		description: 'Where it was said; an expression may give any other word, such as "webchat"',
	},
	{
		displayName: 'Chat ID',
		name: 'chatId',
		required: true,
		placeholder: 'e.g. -1001234567890',
		description: 'The chat on that platform',
	},
	{
		displayName: 'Message ID',
		name: 'messageId',
		required: true,
		placeholder: 'e.g. 4711',
		description: 'Its ID within that chat: by it a message that comes again is known',
	},
	{
		displayName: 'Direction',
		name: 'direction',
		type: 'options',
		options: [
			{ name: 'Inbound', value: 'inbound', description: 'Written to us' },
			{ name: 'Outbound', value: 'outbound', description: 'Written by us' },
		],
		default: 'inbound',
	},
	{
		displayName: 'Sender ID',
		name: 'senderId',
		placeholder: 'e.g. 4242',
		description: 'Who has written it, by the ID on that platform',
	},
	{ displayName: 'Text', name: 'text', typeOptions: { rows: 3 } },
	{
		displayName: 'Sent At',
		name: 'sentAt',
		placeholder: 'e.g. 2026-03-29T09:00:00',
		description: 'When it was written. Empty: now.',
	},
];

const more: INodeProperties[] = [
	{
		displayName: 'Account',
		name: 'account',
		type: 'string',
		default: '',
		placeholder: 'e.g. my_bot',
		description: 'The bot, page or number that it came to, where there are several',
	},
	{
		displayName: 'Chat Kind',
		name: 'chatKind',
		type: 'options',
		options: [
			{ name: 'Channel', value: 'channel' },
			{ name: 'Group', value: 'group' },
			{ name: 'Private', value: 'private' },
		],
		default: 'private',
	},
	{ displayName: 'Chat Title', name: 'chatTitle', type: 'string', default: '' },
	{
		displayName: 'Former Chat ID',
		name: 'formerChatId',
		type: 'string',
		default: '',
		description: 'The ID this chat had before, as when a group of Telegram becomes a supergroup',
	},
	{
		displayName: 'Intent',
		name: 'intent',
		type: 'string',
		default: '',
		placeholder: 'e.g. question',
	},
	{
		displayName: 'Language',
		name: 'language',
		type: 'string',
		default: '',
		placeholder: 'e.g. en',
	},
	{
		displayName: 'Priority',
		name: 'priority',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 10 },
		default: 5,
	},
	{
		displayName: 'Reply To Message ID',
		name: 'replyTo',
		type: 'string',
		default: '',
		description: 'The message of the same chat that it answers',
	},
	{
		displayName: 'Sender Kind',
		name: 'senderKind',
		type: 'options',
		options: [
			{ name: 'Bot', value: 'bot' },
			{ name: 'Contact', value: 'contact', description: 'A person; members of the team are recognised' },
			{ name: 'System', value: 'system' },
		],
		default: 'contact',
	},
	{ displayName: 'Sender Name', name: 'senderName', type: 'string', default: '' },
	{ displayName: 'Sender Username', name: 'senderUsername', type: 'string', default: '' },
	{
		displayName: 'Sentiment',
		name: 'sentiment',
		type: 'options',
		options: [
			{ name: 'Negative', value: 'negative' },
			{ name: 'Neutral', value: 'neutral' },
			{ name: 'Positive', value: 'positive' },
		],
		default: 'neutral',
	},
	{
		displayName: 'Sentiment Score',
		name: 'sentimentScore',
		type: 'number',
		typeOptions: { minValue: -1, maxValue: 1, numberPrecision: 2 },
		default: 0,
	},
	{
		displayName: 'Topics',
		name: 'topics',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice, tax',
		description: 'Separated by commas',
	},
	{
		displayName: 'Type',
		name: 'type',
		type: 'string',
		default: 'text',
		description: 'Such as text, image, video, audio or document',
	},
];

/** A single message, field by field. */
export const messageFields: INodeProperties[] = [
	...shown.map((field): INodeProperties => ({ type: 'string', default: '', ...field })),
	{
		displayName: 'More Fields',
		name: 'more',
		type: 'collection' as const,
		placeholder: 'Add field',
		default: {},
		options: more,
	},
].map((field) => ({ ...field, displayOptions: { show: { messageFrom: ['fields'] } } }));

/** In the normal form; what is wrong with it the store says, by the names of that form. */
export function messageFromFields(context: IExecuteFunctions, itemIndex: number): object {
	const field = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
	const options = context.getNodeParameter('more', itemIndex, {}) as Record<string, unknown>;
	const text = (name: string): string | undefined => textOf(options[name]);
	const senderId = textOf(field('senderId'));
	const sentAt = instantParameter(context, itemIndex, 'Sent At', field('sentAt')) ?? new Date();
	return given({
		platform: field('platform'),
		account: text('account'),
		id: textOf(field('messageId')) ?? '',
		chat: given({
			id: textOf(field('chatId')) ?? '',
			kind: text('chatKind'),
			title: text('chatTitle'),
			formerId: text('formerChatId'),
		}),
		sender:
			senderId === undefined
				? undefined
				: given({
						id: senderId,
						kind: text('senderKind'),
						name: text('senderName'),
						username: text('senderUsername'),
					}),
		direction: field('direction'),
		sentAt: sentAt.toISOString(),
		type: text('type'),
		text: String(field('text') ?? ''),
		intent: text('intent'),
		language: text('language'),
		priority: options['priority'],
		replyTo: text('replyTo'),
		sentiment: text('sentiment'),
		sentimentScore: options['sentimentScore'],
		topics: 'topics' in options ? asList(options['topics']) : undefined,
	});
}

const given = (fields: Record<string, unknown>): object =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
