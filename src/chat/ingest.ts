import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';

import { describeFaults, messageInputSchema, parseInput, type Message, type MessageInput } from '../shared';
import { StoreError, type Store } from '../store';
import { batches } from './batches';

const storedSchema = z.object({
	index: z.number(),
	status: z.enum(['created', 'duplicate', 'edited', 'deleted', 'refused']),
	reason: z.enum(['consent', 'erased', 'expired', 'differs']).optional(),
	id: z.number().optional(),
	conversationId: z.number().optional(),
	contactId: z.number().optional(),
	/** Of the team, when one of them has written it. */
	memberId: z.number().optional(),
	isDesk: z.literal(true).optional(),
});

const answerSchema = z.object({ items: z.array(storedSchema) });

/**
 * What became of a message.
 *
 * `created`: nothing was known of it before. `duplicate`: nothing is new. `edited`: what it says, or
 * what it said before, is now known. `deleted`: it is hidden. `refused`: not stored, because its author has not allowed
 * it (`consent`) or was erased (`erased`), or because retention would remove it at once (`expired`). A duplicate that says
 * something else than what is known of the message has the reason `differs`, where that is asked for.
 *
 * `isDesk`: operators work in that chat, so it is for them to be read and not to be decided on.
 */
export type Stored = Omit<z.output<typeof storedSchema>, 'index'>;

export interface StoreMessagesOptions {
	/** Names the delivery: a call with the same one says `created` again of what the first has created. Default: a new one. */
	deliveryId?: string;
	/** Whether duplicates are compared with what is known. Default: no. An edit is another event, and needs no comparing. */
	compares?: boolean;
	signal?: AbortSignal;
}

/**
 * Stores messages, each exactly once. Batches of up to 500 are one transaction each; after an error those before it are
 * stored, and storing all of them again stores none twice.
 *
 * @returns one for each message, in the same order
 * @throws StoreError `invalid_input` naming the message and field, before anything is stored
 */
export async function storeMessages(
	store: Store,
	messages: MessageInput[],
	options: StoreMessagesOptions = {},
): Promise<Stored[]> {
	const { deliveryId = randomUUID(), compares = false, signal } = options;
	const results: Stored[] = [];
	let batchNumber = 0;
	for (const batch of batches(messages.map(parseMessage))) {
		batchNumber += 1;
		const { items } = await store.call(
			'store_messages',
			{ deliveryId: partOf(deliveryId, batchNumber), messages: batch, ...(compares && { compares }) },
			{ answer: answerSchema, repeatable: true, signal },
		);
		if (items.length !== batch.length)
			throw new StoreError(
				'unexpected_answer',
				`The store has answered ${items.length} of ${batch.length} messages.`,
				'Install the schema of this version of the package (opsdesk schema apply), and store them again.',
			);
		for (const { index: _, ...stored } of items) results.push(stored);
	}
	return results;
}

/** @throws StoreError `invalid_input` */
export function parseMessage(input: unknown, index: number): Message {
	const parsed = parseInput(messageInputSchema, input);
	if (parsed.ok) return parsed.value;
	throw new StoreError(
		'invalid_input',
		`Message ${index} is not in the normal form: ${describeFaults(parsed.faults)}.`,
		'Correct the field. Nothing was stored.',
	);
}

/** Each batch is a delivery of its own: what came in an earlier one is a duplicate in a later one. */
function partOf(deliveryId: string, batchNumber: number): string {
	const digest = createHash('sha256').update(`${deliveryId} ${batchNumber}`).digest('hex');
	return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
