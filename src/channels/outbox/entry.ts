import { z } from 'zod';

import { platforms } from '../platform';
import type { Target } from '../send/request';

export const outboxStates = ['queued', 'sending', 'sent', 'uncertain', 'failed', 'dead'] as const;

/**
 * One request to a platform that waits, is under way or is over.
 *
 * `uncertain`: it was handed over and nobody knows what came of it. `failed`: the platform refuses it. `dead`: it was tried as
 * often as it may be, or given up.
 */
export const entrySchema = z.object({
	id: z.number(),
	key: z.string(),
	/** From 1; a text that is too long for one message goes in several. */
	part: z.number(),
	parts: z.number(),
	platform: z.enum(platforms),
	account: z.string(),
	chatId: z.string(),
	chatKind: z.enum(['private', 'group', 'channel']),
	/** A topic of the chat. */
	threadId: z.string().optional(),
	state: z.enum(outboxStates),
	attempts: z.number(),
	/** Whether it is sent once more when nobody knows whether it was. */
	resends: z.boolean(),
	dueAt: z.string(),
	retryAt: z.string().optional(),
	/** Ids of the messages that it became. */
	externalIds: z.array(z.string()).optional(),
	errorCode: z.string().optional(),
	error: z.string().optional(),
	settledAt: z.string().optional(),
	createdAt: z.string(),
	updatedAt: z.string(),
	/** What is to be sent; gone once it was. */
	payload: z.unknown().optional(),
});
export type OutboxEntry = z.output<typeof entrySchema>;

export const claimedSchema = entrySchema.extend({
	/** It may have been sent before. */
	redelivered: z.boolean().optional(),
	sinceInboundMs: z.number().optional(),
});
export type ClaimedEntry = z.output<typeof claimedSchema>;

/** Where it goes. */
export function targetOf({ platform, account, chatId, chatKind, threadId }: OutboxEntry): Target {
	return { platform, account, chatId, chatKind, ...(threadId !== undefined && { threadId }) };
}
