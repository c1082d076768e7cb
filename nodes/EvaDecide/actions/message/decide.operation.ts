import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { Decision } from '../../../../src/decide';
import { forOperationsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { optionsOfItem, Routed, type Operation } from '../operation';
import { decideWithoutStore } from './alone';
import { decideFields } from './decide.fields';
import { givenMessage } from './given-message';

export const decide: Operation = {
	description: forOperationsOf('message')(['decide'], decideFields),
	async execute(context, session, itemIndex) {
		const from: unknown = context.getNodeParameter('messageFrom', itemIndex);
		const isShadow = shadowOf(context, itemIndex);
		if (session.hasStore) throw new Error('Not yet.');
		if (from === 'stored')
			throw new NodeOperationError(
				context.getNode(),
				'A stored message needs the store, and none is chosen.',
				{
					itemIndex,
					description: 'Choose Supabase or Postgres under "Store", or take the message from the item.',
				},
			);
		const message = await givenMessage(context, itemIndex);
		const made = await decideWithoutStore(context, session, itemIndex, message);
		return [
			routed({
				...made,
				...{ decisionId: null, status: 'new', isShadow, recorded: false },
				...{ conversationId: null, messageId: null, message },
			}),
		];
	},
};

function shadowOf(context: IExecuteFunctions, itemIndex: number): boolean {
	const options = optionsOfItem(context, itemIndex);
	return 'shadow' in options && yesOrNo(context, itemIndex, 'Shadow', options['shadow']);
}

/** What leaves the node. Nothing behind it may send what a trial would have sent. */
function routed(made: {
	decision: Decision;
	isShadow: boolean;
	text: string | null;
	[more: string]: unknown;
}): Routed {
	const { decision, isShadow, text, ...more } = made;
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
