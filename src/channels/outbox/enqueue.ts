import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import type { Store } from '../../store';
import { ChannelError } from '../errors';
import { costOf } from '../limits';
import { parseContent, parseTarget, type ContentInput, type TargetInput } from '../send/request';
import { requestsOf } from '../send/requests';

export interface EnqueueOptions {
	/** Names the message: handing it in again with the same key sends it once. Default: a new one each time. */
	key?: string;
	/** ISO 8601; default at once. */
	dueAt?: string;
	/** What becomes of it when nobody knows whether it was sent: `hold` (default) until a person decides, or `resend`. */
	whenUncertain?: 'hold' | 'resend';
	/** For faults that pass. Default 8. */
	mostAttempts?: number;
}

export interface Enqueued {
	key: string;
	/** `queued`: it is new. `known`: it was handed in before. `refused`: nothing may be sent there. */
	status: 'queued' | 'known' | 'refused';
	reason?: 'blocked' | 'opted_out' | 'erased';
	/** Ids of its entries, one for each part. */
	ids: number[];
	/** Of each part. */
	states: string[];
}

const answerSchema = z.object({
	items: z.array(
		z.object({
			status: z.enum(['queued', 'known', 'conflict', 'refused']),
			id: z.number().optional(),
			state: z.string().optional(),
			reason: z.enum(['blocked', 'opted_out', 'erased']).optional(),
		}),
	),
});

/**
 * Hands a message in: it will be sent, once, within the limits, in its order within its chat.
 *
 * @throws ChannelError `invalid_input` naming the field, or when the key was used for another message; StoreError
 */
export async function enqueue(
	store: Store,
	target: TargetInput,
	content: ContentInput,
	{ key = randomUUID(), dueAt, whenUncertain = 'hold', mostAttempts }: EnqueueOptions = {},
): Promise<Enqueued> {
	const parsed = parseTarget(target);
	const { platform, account, chatId, chatKind, threadId } = parsed;
	const requests = requestsOf(parsed, parseContent(content));
	const entries = requests.map((payload, index) => ({
		...{ key, part: index + 1, parts: requests.length, platform, account, chatId, chatKind, payload },
		...(threadId !== undefined && { threadId }),
		cost: costOf(platform, payload),
		resends: whenUncertain === 'resend',
		...(dueAt !== undefined && { dueAt }),
		...(mostAttempts !== undefined && { mostAttempts }),
	}));
	const { items } = await store.call(
		'enqueue_outbox',
		{ entries },
		{ answer: answerSchema, repeatable: true },
	);
	if (items.some(({ status }) => status === 'conflict'))
		throw new ChannelError(
			'invalid_input',
			`The key "${key}" belongs to another message of the outbox.`,
			'Give each message a key of its own, such as the id of what it answers. Nothing was sent.',
		);
	const refused = items.find(({ status }) => status === 'refused');
	return {
		key,
		status: refused ? 'refused' : items.some(({ status }) => status === 'queued') ? 'queued' : 'known',
		...(refused?.reason && { reason: refused.reason }),
		ids: items.flatMap(({ id }) => id ?? []),
		states: items.flatMap(({ state }) => state ?? []),
	};
}
