import { z } from 'zod';

const instant = z.string();

/** A message as the store gives it back. */
export const storedMessageSchema = z.looseObject({
	id: z.number(),
	conversationId: z.number(),
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	/** Its id on the platform. */
	externalId: z.string(),
	direction: z.enum(['inbound', 'outbound']),
	author: z.enum(['contact', 'member', 'bot', 'system']),
	memberId: z.number().optional(),
	sender: z
		.object({
			contactId: z.number(),
			id: z.string(),
			name: z.string().optional(),
			username: z.string().optional(),
		})
		.optional(),
	sentAt: instant,
	recordedAt: instant,
	editedAt: instant.optional(),
	deletedAt: instant.optional(),
	/** Only an edit or a deletion of it has come so far. */
	originalMissing: z.boolean().optional(),
	type: z.string(),
	text: z.string().optional(),
	language: z.string().optional(),
	/** `id` is missing as long as that message is not known. */
	replyTo: z.object({ externalId: z.string(), id: z.number().optional() }).optional(),
	attachments: z.array(z.looseObject({ kind: z.string() })).optional(),
});

export type StoredMessage = z.output<typeof storedMessageSchema>;
