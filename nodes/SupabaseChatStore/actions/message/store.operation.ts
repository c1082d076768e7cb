import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type * as Channels from '../../../../src/channels';
import type { Stored } from '../../../../src/chat';
import type { MessageInput } from '../../../../src/shared';
import { botFields, fromItem, fromTelegram, messagesOfItem } from '../../../shared/message-item';
import { toNodeError } from '../../../shared/node-error';
import { runKey } from '../../../shared/run-key';
import { jsonValue } from '../../../shared/store/json';
import type { BatchOperation } from '../operation';
import { forOperations } from './common.descriptions';
import { messageFields, messageFromFields } from './store.fields';

/** All items at once: 500 messages are one call and one transaction. */
export const store: BatchOperation = {
	description: forOperations(
		['store'],
		[
			{
				displayName: 'Message From',
				name: 'messageFrom',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Fields Below',
						value: 'fields',
						description: 'One message, put together here',
					},
					fromItem,
					fromTelegram,
					{
						name: 'JSON',
						value: 'json',
						description: 'A message in its normal form, or a list of them',
					},
				],
				default: 'fields',
			},
			...botFields,
			...messageFields,
			{
				displayName: 'JSON',
				name: 'messageJson',
				type: 'json',
				default: '{}',
				required: true,
				description: 'A message in its normal form, or a list of them',
				hint: 'platform, id, chat { id }, sentAt; as needed: account, sender { id, name }, direction, text, attachments, event (message, edit, delete) …',
				displayOptions: { show: { messageFrom: ['json'] } },
			},
		],
	),
	async executeAll(context, { store: target, chat, signal }, itemIndexes) {
		const channels = await import('../../../../src/channels/index.js');
		const wanted: Array<{ messages: unknown[] } | { failure: unknown }> = itemIndexes.map((itemIndex) => {
			try {
				const messages = messagesOf(context, itemIndex, channels);
				messages.forEach(chat.parseMessage);
				return { messages };
			} catch (failure) {
				// Nothing is stored when one is not sound, unless the user wants the others nevertheless.
				if (!context.continueOnFail()) throw toNodeError(context.getNode(), failure, itemIndex);
				return { failure };
			}
		});
		const all = wanted.flatMap((item) => ('messages' in item ? item.messages : [])) as MessageInput[];
		const stored = await chat.storeMessages(target, all, {
			...deliveryOf(context),
			...(signal && { signal }),
		});
		let next = 0;
		return wanted.map((item) => {
			if (!('messages' in item)) return item;
			const results = stored.slice(next, next + item.messages.length);
			next += item.messages.length;
			return results.map((result, place) => said(result, item.messages[place], channels));
		});
	},
};

function messagesOf(context: IExecuteFunctions, itemIndex: number, channels: typeof Channels): unknown[] {
	const from: unknown = context.getNodeParameter('messageFrom', itemIndex);
	if (from === 'item' || from === 'telegramUpdate') return messagesOfItem(context, itemIndex, from, channels);
	if (from === 'fields') return [messageFromFields(context, itemIndex)];
	const given: unknown = context.getNodeParameter('messageJson', itemIndex);
	const value = jsonValue(context, itemIndex, 'JSON', given);
	return Array.isArray(value) ? value : [value];
}

/** A node that n8n tries again after a lost answer asks for the same delivery, and hears "created" again. */
function deliveryOf(context: IExecuteFunctions): { deliveryId?: string } {
	const deliveryId = runKey(context);
	return deliveryId === undefined ? {} : { deliveryId };
}

/** What became of it, and which one it was. */
function said({ ...result }: Stored, message: unknown, channels: typeof Channels): IDataObject {
	const { platform, account, id, chat } = message as MessageInput;
	return {
		...result,
		side: channels.sideOf(message as MessageInput, result),
		platform,
		account: String(account ?? 'default'),
		chatId: String(chat.id),
		externalId: String(id),
	};
}
