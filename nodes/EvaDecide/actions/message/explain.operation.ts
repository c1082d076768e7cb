import type { IExecuteFunctions } from 'n8n-workflow';

import type { Decision } from '../../../../src/decide';
import { forOperationsOf } from '../../../shared/fields';
import { jsonObject } from '../../../shared/store/json';
import { id, idParameter } from '../fields';
import type { Operation, Session } from '../operation';

export const explain: Operation = {
	description: forOperationsOf('message')(
		['explain'],
		[
			{
				displayName: 'Decision',
				name: 'decisionFrom',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'By ID', value: 'id', description: 'One of the store' },
					{ name: 'Input Item', value: 'item', description: 'What Decide gave' },
					{ name: 'Of a Message', value: 'message', description: 'The last one on a message of the store' },
				],
				default: 'item',
				description: 'Which decision to explain',
			},
			{
				displayName: 'Decision (JSON)',
				name: 'decision',
				type: 'json',
				default: '={{ $json.decision }}',
				required: true,
				displayOptions: { show: { decisionFrom: ['item'] } },
			},
			id('Decision ID', 'decisionId', 'decisionId', { displayOptions: { show: { decisionFrom: ['id'] } } }),
			id('Message ID', 'messageId', 'messageId', { displayOptions: { show: { decisionFrom: ['message'] } } }),
		],
	),
	// It repeats the facts that were read, and with them the words of clients.
	forPeople: true,
	async execute(context, session, itemIndex) {
		const { decision, ...about } = await decisionOf(context, session, itemIndex);
		const explained = session.decide.explainDecision(decision);
		return [{ ...explained, ...about, outcome: decision.outcome, rule: decision.rule }];
	},
};

async function decisionOf(
	context: IExecuteFunctions,
	{ decide, store }: Session,
	itemIndex: number,
): Promise<{ decision: Decision; [about: string]: unknown }> {
	const from: unknown = context.getNodeParameter('decisionFrom', itemIndex);
	if (from === 'item')
		return {
			decision: decide.parseDecision(
				jsonObject(context, itemIndex, 'Decision (JSON)', context.getNodeParameter('decision', itemIndex)),
			),
		};
	const which =
		from === 'message'
			? { messageId: idParameter(context, itemIndex, 'Message ID', 'messageId') }
			: { id: idParameter(context, itemIndex, 'Decision ID', 'decisionId') };
	const found = await decide.getDecision(await store(), which);
	const { decision, id: decisionId, messageId, conversationId, decidedAt, isShadow, feedback } = found;
	return { decision, decisionId, messageId, conversationId, decidedAt, isShadow, feedback };
}
