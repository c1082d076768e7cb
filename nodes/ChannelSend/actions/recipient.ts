import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import type { Platform, TargetInput } from '../../../src/channels';
import { asText, textOf } from '../../shared/values';
import type { Session } from './operation';
import { isTwilio, platformOf } from './platform';

export const to: INodeProperties = {
	displayName: 'To',
	name: 'to',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Chat ID', value: 'chat', description: 'A chat or a number' },
		{
			name: 'Conversation of the Store',
			value: 'conversation',
			description: 'Where its last message came from',
		},
		{
			name: 'Where the Message Came From',
			value: 'reply',
			description:
				'An item of Channel Trigger, Telegram Trigger or Eva Decide, or a message in its normal form',
		},
	],
	default: 'reply',
};

export const recipientFields: INodeProperties[] = [
	{
		displayName: 'Message to Answer',
		name: 'message',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		description:
			'It says where the answer goes: an item of Channel Trigger, Telegram Trigger or Eva Decide, or a message in its normal form',
		displayOptions: { show: { to: ['reply'] } },
	},
	{
		displayName: 'Conversation ID',
		name: 'conversationId',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 0,
		required: true,
		description: 'The ID in the store',
		displayOptions: { show: { to: ['conversation'] } },
	},
	{
		displayName: 'Chat ID',
		name: 'chatId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 123456789 or +15005550111',
		description:
			'ID of the chat or the person on the platform, or a number for SMS and WhatsApp. Over Twilio WhatsApp is whatsapp:+15005550111.',
		displayOptions: { show: { to: ['chat'] } },
	},
];

/** A bot of Telegram is known by its token. */
export const accountField: INodeProperties = {
	displayName: 'Account',
	name: 'account',
	type: 'string',
	default: '',
	placeholder: 'e.g. +15005550006',
	description:
		'Who sends: the phone number ID of WhatsApp, the ID of the page, the number for SMS. Not needed where the message says to whom it came.',
};

/** What is answered, as far as it is known. */
export interface Answered {
	target: TargetInput;
	/** The message itself. */
	messageId?: string | undefined;
	/** The pressed button. */
	callbackId?: string | undefined;
}

/** @param known the account of the credential @throws NodeOperationError naming the field; StoreError */
export async function answeredOf(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	known?: string,
): Promise<Answered> {
	const to = asText(context.getNodeParameter('to', itemIndex));
	const account = textOf(context.getNodeParameter('account', itemIndex, ''));
	if (to === 'chat') {
		const chatId = asText(context.getNodeParameter('chatId', itemIndex));
		if (chatId === '') refuse(context, itemIndex, '"Chat ID" is empty.');
		if (isTwilio(context, itemIndex)) return { target: overTwilio(session, chatId, account) };
		return { target: place(platformOf(context, itemIndex), account ?? known, chatId) };
	}
	if (to === 'conversation') {
		if (context.getNodeParameter('sendThrough', itemIndex, 'store') === 'directly')
			refuse(
				context,
				itemIndex,
				'"Directly" knows no store that the conversation could be in.',
				'Choose "Directly, With the Store" or "Outbox" under "Send Through".',
			);
		const id = Number(context.getNodeParameter('conversationId', itemIndex));
		const { getConversation } = await session.chat();
		const conversation = await getConversation(await session.store(), { conversationId: id });
		const chat = conversation.chats.at(-1);
		if (!chat) refuse(context, itemIndex, `Conversation ${id} has no chat to which could be written.`);
		const target = place(chat.platform as Platform, chat.account, chat.chatId, conversation.kind);
		return { target };
	}
	const value = messageValue(context, itemIndex);
	// The outbox serves all platforms, so none is chosen for it.
	const isQueued = context.getNodeParameter('sendThrough', itemIndex, 'directly') === 'outbox';
	const found = read(value, isQueued ? undefined : platformOf(context, itemIndex));
	if (!found)
		refuse(context, itemIndex, '"Message to Answer" does not say from which platform and chat it came.');
	const { target } = found;
	// Whoever sends may be chosen, not by whom it is carried.
	const chosen =
		account !== undefined && session.channels.carrierOf(String(target.account))
			? session.channels.twilioAccount(target.platform, account)
			: account;
	return { ...found, target: { ...target, account: chosen ?? target.account ?? known ?? 'default' } };
}

function place(
	platform: Platform,
	account: string | undefined,
	chatId: string,
	kind?: 'private' | 'group' | 'channel',
): TargetInput {
	// Ids of groups and channels are negative there.
	const chatKind = kind ?? (platform === 'telegram' && chatId.startsWith('-') ? 'group' : 'private');
	return { platform, chatId, chatKind, ...(account !== undefined && { account }) };
}

/** A number of SMS, or an address as Twilio writes those of others: `whatsapp:+15005550111`. */
function overTwilio({ channels }: Session, chat: string, account: string | undefined): TargetInput {
	const { platform, id } = channels.ofTwilio(chat);
	return place(platform, account === undefined ? undefined : channels.twilioAccount(platform, account), id);
}

function messageValue(context: IExecuteFunctions, itemIndex: number): unknown {
	const given: unknown = context.getNodeParameter('message', itemIndex);
	if (typeof given !== 'string') return given;
	try {
		return JSON.parse(given) as unknown;
	} catch {
		return refuse(context, itemIndex, '"Message to Answer" is not JSON.');
	}
}

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The normal form, an event of Channel Trigger that holds it, an update of Telegram, or a decision that says where. */
function read(value: unknown, chosen: Platform | undefined): Answered | undefined {
	const event = fieldsOf(value);
	const decided = readTarget(fieldsOf(event['target']));
	if (decided) return decided;
	if (event['kind'] === 'callback') return readCallback(event);
	const query = fieldsOf(event['callback_query']);
	const message = fieldsOf(
		event['message'] ?? query['message'] ?? event['edited_message'] ?? event['channel_post'] ?? value,
	);
	const chat = fieldsOf(message['chat']);
	const chatId = textOf(chat['id']);
	const isUpdate = 'message_id' in message;
	const platform = isUpdate ? 'telegram' : (textOf(message['platform'] ?? event['platform']) ?? chosen);
	if (chatId === undefined || platform === undefined) return undefined;
	const kind = isUpdate
		? kindOf(chat['type'])
		: (chat['kind'] as 'private' | 'group' | 'channel' | undefined);
	const account = textOf(message['account'] ?? event['account']);
	const thread = isUpdate
		? message['is_topic_message'] === true && message['message_thread_id']
		: fieldsOf(message['metadata'])['threadId'];
	const threadId = platform === 'telegram' ? textOf(thread || undefined) : undefined;
	return {
		target: {
			...place(platform as Platform, account, chatId, kind),
			...(threadId !== undefined && { threadId }),
		},
		messageId: textOf(isUpdate ? message['message_id'] : message['id']),
		callbackId: textOf(query['id']),
	};
}

/** Where an item of Eva Decide is to be sent. */
function readTarget(target: Fields): Answered | undefined {
	const [chatId, threadId] = [textOf(target['chatId']), textOf(target['threadId'])];
	if (chatId === undefined) return undefined;
	const kind = target['chatKind'] as 'private' | 'group' | 'channel' | undefined;
	return {
		target: {
			...place(target['platform'] as Platform, textOf(target['account']), chatId, kind),
			...(threadId !== undefined && { threadId }),
		},
		messageId: textOf(target['replyTo']),
	};
}

function readCallback(event: Fields): Answered | undefined {
	const callback = fieldsOf(event['callback']);
	const chatId = textOf(callback['chatId']) ?? textOf(fieldsOf(callback['sender'])['id']);
	if (chatId === undefined) return undefined;
	return {
		target: place(event['platform'] as Platform, textOf(event['account']), chatId),
		messageId: textOf(callback['messageId']),
		callbackId: textOf(callback['id']),
	};
}

const kindOf = (type: unknown): 'private' | 'group' | 'channel' =>
	type === 'channel' ? 'channel' : type === 'private' ? 'private' : 'group';

function refuse(
	context: IExecuteFunctions,
	itemIndex: number,
	message: string,
	description = 'See what the expression in that field gives for this item.',
): never {
	throw new NodeOperationError(context.getNode(), message, { itemIndex, description });
}
