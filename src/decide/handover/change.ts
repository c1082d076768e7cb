import { z } from 'zod';

import type { Store } from '../../store';
import { handoverSchema } from './handover';
import { idField, textField, valid } from './input';

const changeSchema = z
	.strictObject({
		handoverId: idField.optional(),
		conversationId: idField.optional(),
		/** Who does so: a member, */
		memberId: idField.optional(),
		/** or whoever is called so. */
		by: textField(200).optional(),
	})
	.refine(({ handoverId, conversationId }) => (handoverId === undefined) !== (conversationId === undefined), {
		error: 'must name one of handoverId and conversationId',
	});
/** Which handover, by its id or as the newest of a conversation, and who changes it. */
export type HandoverChange = z.input<typeof changeSchema>;

const changedSchema = handoverSchema.extend({
	/** False: it was so already. */
	changed: z.boolean(),
});
export type ChangedHandover = z.output<typeof changedSchema>;

/**
 * A person takes a conversation: it is assigned to them, and Eva is silent until it is handed back. Also one that a colleague
 * has, and one that was handed back or closed, unless the conversation was handed over anew since.
 *
 * @throws DecideError `invalid_input`; StoreError `not_found`; `conflict` naming the newer handover
 */
export async function takeOver(store: Store, change: HandoverChange): Promise<ChangedHandover> {
	return await changed(store, 'take', change);
}

/** Gives a conversation back: Eva decides on what the client writes next. @throws as {@link takeOver} */
export async function handBack(store: Store, change: HandoverChange): Promise<ChangedHandover> {
	return await changed(store, 'handBack', change);
}

/**
 * The matter is settled: the conversation is closed as well. What the client writes next opens it again, and Eva decides on it.
 *
 * @throws as {@link takeOver}
 */
export async function closeHandover(store: Store, change: HandoverChange): Promise<ChangedHandover> {
	return await changed(store, 'close', change);
}

async function changed(
	store: Store,
	action: 'take' | 'handBack' | 'close',
	change: HandoverChange,
): Promise<ChangedHandover> {
	const request = { action, ...valid('handover', changeSchema, change) };
	return await store.call('change_handover', request, { answer: changedSchema, repeatable: true });
}
