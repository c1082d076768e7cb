import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { Decision } from '../../../../src/decide';
import { isTool } from '../../../shared/destructive';
import { forOperationsOf } from '../../../shared/fields';
import { toNodeError } from '../../../shared/node-error';
import { yesOrNo } from '../../../shared/store/filters';
import { optionsOfItem, Routed, type Operation, type Session } from '../operation';
import { decideWithoutStore } from './alone';
import { decideFields } from './decide.fields';
import { givenMessage } from './given-message';
import { decideInStore, meantMessage, unrecorded } from './stored';

export const decide: Operation = {
	description: forOperationsOf('message')(['decide'], decideFields),
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const isShadow = 'shadow' in options && yesOrNo(context, itemIndex, 'Shadow', options['shadow']);
		const decided = session.hasStore
			? await recordedDecision(context, session, itemIndex, isShadow)
			: await loneDecision(context, session, itemIndex, isShadow);
		if (isTool(context)) return [withoutWords(decided)];
		const input = options['includeInput'] === true && context.getInputData()[itemIndex]?.json;
		return [input ? new Routed({ ...decided.json, input }, decided.output) : decided];
	},
};

async function loneDecision(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	isShadow: boolean,
): Promise<Routed> {
	if (context.getNodeParameter('messageFrom', itemIndex) === 'stored')
		throw new NodeOperationError(context.getNode(), 'A stored message needs the store, and none is chosen.', {
			itemIndex,
			description: 'Choose Supabase or Postgres under "Store", or take the message from the item.',
		});
	const message = await givenMessage(context, itemIndex);
	const made = await decideWithoutStore(context, session, itemIndex, message);
	const unknown = { decisionId: null, conversationId: null, messageId: null };
	return routed({ ...made, ...unknown, isShadow, status: 'new', recorded: false, message });
}

async function recordedDecision(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	isShadow: boolean,
): Promise<Routed> {
	const meant = await meantMessage(context, itemIndex);
	const { StoreError } = await import('../../../../src/store/index.js');
	try {
		const {
			id: decisionId,
			feedback: _,
			...made
		} = await decideInStore(...([context, session, itemIndex, meant, isShadow] as const));
		return routed({ ...made, decisionId, recorded: true, ...(meant.message && { message: meant.message }) });
	} catch (thrown) {
		const goesOn = optionsOfItem(context, itemIndex)['whenRecordingFails'] === 'continue';
		if (!goesOn || !(thrown instanceof StoreError) || thrown.code === 'aborted')
			throw toNodeError(context.getNode(), thrown, itemIndex);
		return new Routed(unrecorded(meant, thrown, isShadow), 'escalate');
	}
}

interface Made {
	decision: Decision;
	isShadow: boolean;
	text: string | null;
	[more: string]: unknown;
}

/** What leaves the node. Nothing behind it may send what a trial would have sent. */
function routed({ decision, isShadow, text, ...more }: Made): Routed {
	const { outcome } = decision;
	return new Routed(
		{
			...{ outcome, reason: decision.reasons.map((reason) => reason.text).join(' ') },
			...(isShadow ? { text: null, wouldSend: text } : { text }),
			...{ isShadow, ...more, decision },
		},
		outcome,
	);
}

/** A model that uses the node is told what was decided, not what people wrote, for they may have refused that. */
function withoutWords({ json, output }: Routed): Routed {
	const { message: _, decision, ...rest } = json as { message?: unknown; decision?: Decision | null };
	const shown = decision && { ...decision, facts: undefined, draft: undefined };
	return new Routed({ ...rest, decision: shown }, output);
}
