import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';

const id = z.int('must be a whole number').positive('must be a whole number from 1');

/** A text that a database keeps. */
export const nameField = z
	.string()
	.max(200, 'has more than 200 characters')
	.refine((text) => text.trim() !== '', 'must not be empty')
	.refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'holds characters that no database keeps');

const conversation = z.union(
	[
		z.strictObject({ conversationId: id }),
		z.strictObject({ platform: nameField, account: nameField.optional(), chatId: nameField }),
	],
	{ error: 'must name a conversation by its id, or by platform, account and chat' },
);

/** A conversation of the store, by its id or by its chat; `account` is `default` unless given. */
export type ConversationName = z.input<typeof conversation>;

const schedule = z.union([z.strictObject({ id }), z.strictObject({ name: nameField })], {
	error: 'must name a schedule by its id, or by its name',
});
export type ScheduleName = z.input<typeof schedule>;

/** @throws SlaError `invalid_input` naming each field, before anything is asked */
export function valid<Value>(what: string, schema: z.ZodType<Value>, input: unknown): Value {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput(what, parsed.faults);
}

/** @throws SlaError `invalid_input` */
export const conversationName = (which: ConversationName): ConversationName =>
	valid('conversation', conversation, which);

/** As the functions of the store read it. @throws SlaError `invalid_input` */
export function scheduleName(which: ScheduleName): { scheduleId: number } | { schedule: string } {
	const named = valid('schedule', schedule, which);
	return 'id' in named ? { scheduleId: named.id } : { schedule: named.name };
}

export const idField = id;
