import {
	NodeOperationError,
	type IExecuteFunctions,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';

import type * as Channels from '../../src/channels';
import { textOf } from './values';

export const fromItem: INodePropertyOptions = {
	name: 'Input Item',
	value: 'item',
	description: 'Each item is a message in its normal form, as Channel Trigger gives it',
};

export const fromTelegram: INodePropertyOptions = {
	name: 'Input Item (Telegram Update)',
	value: 'telegramUpdate',
	description: "Each item is an update, as n8n's own Telegram Trigger gives it",
};

/** Shown beside the choice of `fromTelegram`. */
export const botFields: INodeProperties[] = [
	{
		displayName:
			"An update does not say to which bot it came. With more than one bot in the store enter the bot's ID, or their conversations with one person become one and an answer may go out through the other bot. Channel Trigger knows its bot.",
		name: 'botNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { messageFrom: [fromTelegram.value] } },
	},
	{
		displayName: 'Bot ID',
		name: 'botId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 123456789',
		description:
			'What stands before the colon of the token of the bot, never the token itself. It is the account of the messages; empty is the account "default", enough for one bot.',
		displayOptions: { show: { messageFrom: [fromTelegram.value] } },
	},
];

/** The messages of an item in their normal form, not looked at yet. An update may hold none. */
export function messagesOfItem(
	context: IExecuteFunctions,
	itemIndex: number,
	from: 'item' | 'telegramUpdate',
	channels: Pick<typeof Channels, 'parseTelegramUpdate'>,
): unknown[] {
	const item = context.getInputData()[itemIndex]?.json;
	// Channel Trigger puts the message beside what else it knows of it.
	if (from === 'item') return [item?.['kind'] === 'message' ? item['message'] : item];
	const { events } = channels.parseTelegramUpdate(item, botOf(context, itemIndex));
	return events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
}

/** @throws NodeOperationError, which does not repeat what was entered: it may be a token */
function botOf(context: IExecuteFunctions, itemIndex: number): string {
	const entered = textOf(context.getNodeParameter('botId', itemIndex, '')) ?? 'default';
	if (entered === 'default' || /^\d{1,20}$/.test(entered)) return entered;
	throw new NodeOperationError(context.getNode(), '"Bot ID" is not the ID of a Telegram bot.', {
		itemIndex,
		description:
			'Enter the digits before the colon of its token, such as 123456789: Channel Send finds by them what the bot has to send.',
	});
}
