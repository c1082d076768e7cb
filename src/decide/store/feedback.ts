import { z } from 'zod';

import type { Store } from '../../store';
import { categories } from '../classify/classify';
import { outcomes } from '../rules/definition';
import { idField, textField, valid } from './input';

const said = {
	/** Who says so. Default `unknown`. */
	by: textField(200).optional(),
	/** Whether the message is spam: what the spam model learns from. */
	isSpam: z.boolean().optional(),
	category: z.enum(categories).optional(),
	/** What should have been done. */
	outcome: z.enum(outcomes).optional(),
	/** Whose it should have been. */
	team: textField(200).optional(),
	/** 1 … 5 */
	rating: z.int().min(1).max(5).optional(),
	comment: textField(5000).optional(),
};
const inputSchema = z
	.union(
		[z.strictObject({ decisionId: idField, ...said }), z.strictObject({ messageId: idField, ...said })],
		{
			error: 'must name a decision by its id or that of its message, and say something of it',
		},
	)
	.refine(
		({ isSpam, category, outcome, team, rating, comment }) =>
			[isSpam, category, outcome, team, rating, comment].some((one) => one !== undefined),
		'says nothing: give isSpam, category, outcome, team, rating or comment',
	);
export type FeedbackInput = z.input<typeof inputSchema>;

const answerSchema = z.object({
	id: z.number(),
	decisionId: z.number(),
	/** `changed`: this person had said something else of it before; it counts no more. */
	status: z.enum(['new', 'changed', 'known']),
});
export type GivenFeedback = z.output<typeof answerSchema>;

/**
 * Keeps what a person says of a decision: one word for each person and decision, the last one. It stays when the message is
 * decided again.
 *
 * @returns `known` where the same was said before
 * @throws DecideError `invalid_input`; StoreError `not_found` for a decision that is not there
 */
export async function giveFeedback(store: Store, input: FeedbackInput): Promise<GivenFeedback> {
	const { by = 'unknown', ...rest } = valid('feedback', inputSchema, input);
	return await store.call(
		'give_decision_feedback',
		{ by, ...rest },
		{ answer: answerSchema, repeatable: true },
	);
}
