import type { IExecuteFunctions, INodePropertyOptions } from 'n8n-workflow';

import type * as Channels from '../../src/channels';

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
	const { events } = channels.parseTelegramUpdate(item, 'default');
	return events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
}
