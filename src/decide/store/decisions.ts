import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { outcomes } from '../rules/definition';
import { storedDecisionSchema, type StoredDecision } from './answers';
import { idField, instantField, textField, valid } from './input';

const nameSchema = z.union([z.strictObject({ id: idField }), z.strictObject({ messageId: idField })], {
	error: 'must name a decision by its id, or by the id of its message',
});
/** A decision by its id, or the newest one of a message that is no shadow, where there is such. */
export type DecisionName = z.input<typeof nameSchema>;

/** @throws DecideError `invalid_input`; StoreError `not_found` */
export async function getDecision(store: Store, which: DecisionName): Promise<StoredDecision> {
	return await store.call('get_decision', valid('decision', nameSchema, which), {
		answer: storedDecisionSchema,
		repeatable: true,
	});
}

const querySchema = z.strictObject({
	conversationId: idField.optional(),
	messageId: idField.optional(),
	outcome: z.enum(outcomes).optional(),
	/** Id of the rule that decided. */
	rule: textField(64).optional(),
	decidedBy: z.enum(['guard', 'rule', 'model', 'default']).optional(),
	isShadow: z.boolean().optional(),
	/** Decided at or after. */
	from: instantField.optional(),
	/** Decided before. */
	to: instantField.optional(),
	/** Only those that people have, or have not, said something of. */
	withFeedback: z.boolean().optional(),
});
export type DecisionQuery = z.input<typeof querySchema>;

/** The newest first. @throws DecideError `invalid_input`; StoreError */
export async function getDecisions(
	store: Store,
	query: DecisionQuery = {},
	options: PageOptions = {},
): Promise<Page<StoredDecision>> {
	const filters = { ...valid('query', querySchema, query) };
	return await page(store, 'get_decisions', filters, pageSchema(storedDecisionSchema), options);
}
