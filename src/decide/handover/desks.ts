import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { externalIdField, idField, placeFields, textField, valid, type DeskPlace } from './input';

const deskInputSchema = z.strictObject({
	/** Whose conversations come here; without one it is the desk of all that have none of their own. */
	team: textField(200).optional(),
	...placeFields,
	/** Whether everybody who writes there may answer clients. Default: only members, by their ids on that platform. */
	anyoneInDesk: z.boolean().optional(),
	/** Whether somebody else than who has taken a conversation may answer in it too. Default true: the desk is told. */
	othersMayAnswer: z.boolean().optional(),
	/** After so many hours without a word of an operator a conversation is decided on again. Default 72. */
	idleHours: z.number().positive().max(8760).optional(),
	/** Whether to take a chat in which people who are no members have written. Default false: it may be a client's. */
	evenWithClients: z.boolean().optional(),
});
/** A desk as it is saved; what is left out of an existing one stays as it is. */
export type DeskInput = z.input<typeof deskInputSchema>;

export const deskSchema = z.object({
	id: z.number(),
	/** `named`: only a handover has named it. */
	kind: z.enum(['team', 'default', 'named']),
	/** Null for the desk of every team that has none of its own, and for one that is only named. */
	team: z.string().nullable(),
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	threadId: z.string().nullable(),
	anyoneInDesk: z.boolean(),
	othersMayAnswer: z.boolean(),
	idleHours: z.number(),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type Desk = z.output<typeof deskSchema>;

/**
 * Says where the conversations of a team, or of all others, are handed over to. What is written in that chat is never decided
 * on and starts no timer from then on.
 *
 * @throws DecideError `invalid_input`; StoreError `not_found` for the team, `conflict` for a chat in which clients seem to write
 */
export async function saveDesk(store: Store, input: DeskInput): Promise<Desk & { created: boolean }> {
	const request = valid('desk', deskInputSchema, input);
	const answer = deskSchema.extend({ created: z.boolean() });
	return await store.call('save_desk', request, { answer, repeatable: true });
}

/** All desks, by their ids. @throws StoreError */
export async function getDesks(store: Store, options: PageOptions = {}): Promise<Page<Desk>> {
	return await page(store, 'get_desks', {}, pageSchema(deskSchema), options);
}

/**
 * Takes a desk away. Conversations that are held there stay with who holds them, and replies to what was posted there are still read.
 * @param which its id, or its team; neither: the desk of all others
 * @returns whether there was one
 * @throws DecideError `invalid_input`; StoreError
 */
export async function deleteDesk(
	store: Store,
	which: { id?: number; team?: string } = {},
): Promise<{ deleted: boolean }> {
	const schema = z.strictObject({ id: idField.optional(), team: textField(200).optional() });
	const answer = z.object({ deleted: z.boolean() });
	return await store.call('delete_desk', valid('desk', schema, which), { answer, repeatable: true });
}

const chatSchema = z.strictObject({
	platform: placeFields.platform,
	account: placeFields.account,
	chatId: externalIdField,
});

/**
 * Whether operators work in this chat, or in a topic of it: what is written there is for `readOperatorMessage`, and never
 * decided on.
 *
 * @throws DecideError `invalid_input`; StoreError
 */
export async function isDesk(store: Store, chat: Omit<z.input<typeof chatSchema>, never>): Promise<boolean> {
	const request = valid('chat', chatSchema, chat);
	const answer = z.object({ isDesk: z.boolean() });
	return (await store.call('is_desk', request, { answer, repeatable: true })).isDesk;
}

export type { DeskPlace };
