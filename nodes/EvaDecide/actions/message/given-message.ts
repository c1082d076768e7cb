import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { Message } from '../../../../src/shared';
import { messagesOfItem } from '../../../shared/message-item';
import { jsonValue } from '../../../shared/store/json';

/** A message that says something. */
export type GivenMessage = Exclude<Message, { event: 'delete' }>;

/**
 * The message that is decided on, where it is not one of the store alone.
 *
 * @throws NodeOperationError for what is no message of a client; StoreError `invalid_input` with every fault
 */
export async function givenMessage(context: IExecuteFunctions, itemIndex: number): Promise<GivenMessage> {
	const { parseMessage } = await import('../../../../src/chat/index.js');
	const [first, ...others] = await rawMessages(context, itemIndex);
	if (first === undefined)
		refuse(
			context,
			itemIndex,
			'The item holds no message.',
			'Let only messages come here: see what the trigger gives.',
		);
	if (others.length > 0)
		refuse(
			context,
			itemIndex,
			'The item holds several messages.',
			'Give each message as an item of its own.',
		);
	const message = parseMessage(first, itemIndex);
	if (message.event === 'delete')
		refuse(
			context,
			itemIndex,
			'The message was taken back, so there is nothing to decide on.',
			'Let only messages and edits come here.',
		);
	if (message.direction === 'outbound')
		refuse(
			context,
			itemIndex,
			'The message was written by the desk itself.',
			'Let only inbound messages come here, or Eva answers herself.',
		);
	return message;
}

async function rawMessages(context: IExecuteFunctions, itemIndex: number): Promise<unknown[]> {
	const from: unknown = context.getNodeParameter('messageFrom', itemIndex);
	if (from === 'item' || from === 'telegramUpdate')
		return messagesOfItem(context, itemIndex, from, await import('../../../../src/channels/index.js'));
	if (from === 'text') {
		const text: unknown = context.getNodeParameter('text', itemIndex, '');
		return [
			{
				...{ platform: 'text', id: String(itemIndex + 1), chat: { id: 'text' }, sender: { id: 'text' } },
				...{ sentAt: new Date().toISOString(), text: String(text ?? '') },
			},
		];
	}
	const given = jsonValue(context, itemIndex, 'JSON', context.getNodeParameter('messageJson', itemIndex));
	const { kind, message } = Object(given) as { kind?: unknown; message?: unknown };
	// Channel Trigger puts the message beside what else it knows of it.
	return [kind === 'message' ? message : given];
}

function refuse(context: IExecuteFunctions, itemIndex: number, message: string, description: string): never {
	throw new NodeOperationError(context.getNode(), message, { itemIndex, description });
}
