import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { OperatorMessageInput } from '../../../../src/decide';
import { forOperationsOf } from '../../../shared/fields';
import { jsonObject } from '../../../shared/store/json';
import { textOf } from '../../../shared/values';
import type { Operation, Session } from '../operation';

export const readOperatorMessage: Operation = {
	description: forOperationsOf('handover')(
		['readOperatorMessage'],
		[
			{
				displayName: 'Message',
				name: 'message',
				type: 'json',
				default: '={{ $json }}',
				required: true,
				description:
					'What was written in the chat of the operators: an item of Channel Trigger or Telegram Trigger, or a message in its normal form',
			},
		],
	),
	// Whoever says what an operator wrote, says what clients are told.
	destructive: true,
	async execute(context, session, itemIndex) {
		const input = await operatorMessage(context, session, itemIndex);
		if (input === undefined) return [{ kind: 'ignored', status: 'new', handoverId: null, target: null }];
		return [await session.decide.readOperatorMessage(await session.store(), input)];
	},
};

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields => Object(value) as Fields;

/** Undefined for deletions. @throws NodeOperationError; StoreError `invalid_input` */
async function operatorMessage(
	context: IExecuteFunctions,
	{ decide }: Session,
	itemIndex: number,
): Promise<OperatorMessageInput | undefined> {
	const given = jsonObject(context, itemIndex, 'Message', context.getNodeParameter('message', itemIndex));
	const event = 'update_id' in given ? await telegramEvent(given) : given;
	if (event === undefined) return undefined;
	if (event['kind'] === 'callback') return pressed(context, itemIndex, event);
	const { parseMessage } = await import('../../../../src/chat/index.js');
	// Channel Trigger puts the message beside what else it knows of it.
	return decide.operatorMessageOf(
		parseMessage(event['kind'] === 'message' ? event['message'] : event, itemIndex),
	);
}

async function telegramEvent(update: Fields): Promise<Fields | undefined> {
	const { parseTelegramUpdate } = await import('../../../../src/channels/index.js');
	const { events } = parseTelegramUpdate(update, 'default');
	const found = events.find(({ kind }) => kind === 'message' || kind === 'callback');
	return found && { ...found };
}

/** A button of a card says its command. */
function pressed(context: IExecuteFunctions, itemIndex: number, event: Fields): OperatorMessageInput {
	const callback = fieldsOf(event['callback']);
	const sender = fieldsOf(callback['sender']);
	const [pressId, chatId] = [textOf(callback['id']), textOf(callback['chatId'])];
	if (pressId === undefined || chatId === undefined)
		throw new NodeOperationError(context.getNode(), 'The pressed button has no ID or no chat.', {
			itemIndex,
			description: 'Hand the item of Channel Trigger or Telegram Trigger on as it is.',
		});
	const [replyTo, senderId, senderName] = [
		...[textOf(callback['messageId']), textOf(sender['id']), textOf(sender['name'])],
	];
	return {
		platform: textOf(event['platform']) ?? 'telegram',
		account: textOf(event['account']) ?? 'default',
		...{ chatId, externalId: `callback-${pressId}`, text: textOf(callback['data']) ?? '' },
		...(replyTo !== undefined && { replyTo }),
		...(senderId !== undefined && { senderId }),
		...(senderName !== undefined && { senderName }),
	};
}
