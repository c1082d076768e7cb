import type { IExecuteFunctions } from 'n8n-workflow';

import type { OperatorMessageInput } from '../../../../src/decide';
import { forOperationsOf } from '../../../shared/fields';
import { jsonObject } from '../../../shared/store/json';
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

/** Undefined for what is no message. @throws NodeOperationError; StoreError `invalid_input` */
async function operatorMessage(
	context: IExecuteFunctions,
	{ decide }: Session,
	itemIndex: number,
): Promise<OperatorMessageInput | undefined> {
	const given = jsonObject(context, itemIndex, 'Message', context.getNodeParameter('message', itemIndex));
	const event = 'update_id' in given ? await telegramEvent(given) : given;
	if (event === undefined) return undefined;
	const { parseMessage } = await import('../../../../src/chat/index.js');
	// Channel Trigger puts the message beside what else it knows of it.
	return decide.operatorMessageOf(
		parseMessage(event['kind'] === 'message' ? event['message'] : event, itemIndex),
	);
}

async function telegramEvent(update: Fields): Promise<Fields | undefined> {
	const { parseTelegramUpdate } = await import('../../../../src/channels/index.js');
	const { events } = parseTelegramUpdate(update, 'default');
	const found = events.find(({ kind }) => kind === 'message');
	return found && { ...found };
}
