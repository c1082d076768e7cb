import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { DecideStoredOptions, StoredDecision, StoredMessageName } from '../../../../src/decide';
import { wholeNumber, type OpsdeskError } from '../../../../src/shared';
import { runKey } from '../../../shared/run-key';
import { yesOrNo } from '../../../shared/store/filters';
import { jsonObject } from '../../../shared/store/json';
import { textOf } from '../../../shared/values';
import { idParameter } from '../fields';
import { optionsOfItem, type Session } from '../operation';
import { writtenRuleSet } from '../ruleSet/written';
import { languagesOf } from './alone';
import { givenMessage, type GivenMessage } from './given-message';
import { budgetOf, modelUse } from './model-use';

/** Which message of the store is meant, and what the item says of it. */
export interface Meant {
	which: StoredMessageName;
	message?: GivenMessage;
}

/** @throws NodeOperationError naming the field; StoreError `invalid_input` */
export async function meantMessage(context: IExecuteFunctions, itemIndex: number): Promise<Meant> {
	const from: unknown = context.getNodeParameter('messageFrom', itemIndex);
	if (from === 'stored')
		return { which: { messageId: idParameter(context, itemIndex, 'Message ID', 'messageId') } };
	if (from === 'text')
		throw new NodeOperationError(context.getNode(), 'A text alone is not in the store.', {
			itemIndex,
			description: 'Choose None under "Store" to try a text out, or another "Message From".',
		});
	const message = await givenMessage(context, itemIndex);
	const { platform, account, chat, id } = message;
	return { which: { platform, account, chatId: chat.id, externalId: id }, message };
}

/** A node that n8n tries again after a lost answer finds the decision that it has made. */
function callOf(context: IExecuteFunctions, itemIndex: number): { call?: string } {
	const run = runKey(context);
	return run === undefined ? {} : { call: `${run} ${itemIndex}` };
}

/**
 * Decides with what the store knows, and records the decision there.
 *
 * @throws DecideError, OpsdeskError `invalid_input` naming the field; StoreError when nothing could be recorded
 */
export async function decideInStore(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	{ which }: Meant,
	shadow: boolean,
): Promise<StoredDecision> {
	const { decide } = session;
	const store = await session.store();
	const options = optionsOfItem(context, itemIndex);
	const budget = budgetOf(options);
	const model = modelUse(context, itemIndex, () =>
		decide.modelStateOf(store, {
			...(budget && { budgetTokens: budget.tokens, per: budget.per }),
			timezone: context.getTimezone(),
		}),
	);
	const rules = writtenRuleSet(context, decide, itemIndex);
	const schedule = textOf(options['schedule']);
	const own = 'own' in options ? jsonObject(context, itemIndex, 'Own Facts', options['own']) : undefined;
	return await decide.decideStored(store, which, {
		shadow,
		...(rules && { rules }),
		...(model && { model }),
		...(schedule !== undefined && { schedule }),
		...(own && { own: decide.parseSurroundings({ own }).own ?? {} }),
		...historyOf(options),
		...callOf(context, itemIndex),
		again: 'again' in options && yesOrNo(context, itemIndex, 'Decide Again', options['again']),
		languageDetector: await decide.loadLanguageDetector(languagesOf(options)),
		...(session.signal && { signal: session.signal }),
	});
}

function historyOf(
	options: Record<string, unknown>,
): Pick<DecideStoredOptions, 'historyHours' | 'historyMessages'> {
	const { historyHours: hours, historyMessages: messages } = options;
	return {
		...(hours !== undefined && { historyHours: wholeNumber('History (Hours)', hours, 1, 8760) }),
		...(messages !== undefined && { historyMessages: wholeNumber('History (Messages)', messages, 0, 500) }),
	};
}

/** What a person is told of a message about which no decision could be recorded. */
export function unrecorded(
	{ which, message }: Meant,
	failure: OpsdeskError,
	isShadow: boolean,
): Record<string, unknown> {
	const target = message && {
		...{ platform: message.platform, account: message.account, chatId: message.chat.id },
		...{ chatKind: message.chat.kind, replyTo: message.id },
	};
	return {
		outcome: 'escalate',
		reason: `The decision could not be recorded. ${failure.message} ${failure.remedy}`,
		...{ text: null, isShadow, recorded: false, status: 'failed', decisionId: null, decision: null },
		...{ sendAt: null, key: null, target: target ?? null, conversationId: null },
		messageId: 'messageId' in which ? which.messageId : null,
		...(message && { message }),
	};
}
