import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { handoverSchema, handoverStates, type Handover } from './handover';
import { idField, textField, valid } from './input';

const querySchema = z.strictObject({
	conversationId: idField.optional(),
	/** `active`: open or held. */
	state: z.enum([...handoverStates, 'active']).optional(),
	team: textField(200).optional(),
	/** Who has it. */
	memberId: idField.optional(),
	/** Opened from, and before, these instants, ISO 8601. */
	from: z.iso.datetime({ offset: true }).optional(),
	to: z.iso.datetime({ offset: true }).optional(),
});
export type HandoverQuery = z.input<typeof querySchema>;

const answerSchema = z.object({
	/** Of the outbox. */
	key: z.string(),
	by: z.string(),
	memberId: z.number().nullable(),
	at: z.string(),
	/** Of the outbox; `unknown` when it did not go through it, or was forgotten. */
	state: z.string(),
});
const detailSchema = handoverSchema.extend({ sent: z.array(answerSchema) });
/** A handover with the answers that went to the client, the oldest first, and what became of each. */
export type HandoverDetail = z.output<typeof detailSchema>;

/** @throws DecideError `invalid_input`; StoreError `not_found` */
export async function getHandover(store: Store, handoverId: number): Promise<HandoverDetail> {
	const request = { handoverId: valid('handoverId', idField, handoverId) };
	return await store.call('get_handover', request, { answer: detailSchema, repeatable: true });
}

/** The newest first. @throws DecideError `invalid_input`; StoreError */
export async function getHandovers(
	store: Store,
	query: HandoverQuery = {},
	options: PageOptions = {},
): Promise<Page<Handover>> {
	const filters = valid('query', querySchema, query);
	return await page(store, 'get_handovers', { ...filters }, pageSchema(handoverSchema), options);
}
