import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';
import { cut } from '../text/cut';

export const idField = z.int('must be a whole number').positive('must be a whole number from 1');

/** A text that a database keeps. */
export const textField = (most: number) =>
	z
		.string()
		.max(most, `has more than ${most} characters`)
		.refine((text) => text.trim() !== '', 'must not be empty')
		.refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'holds characters that no database keeps');

/**
 * Words for operators, whoever has found them: what is too long, or no database keeps, must not keep a conversation from people.
 * An empty string where nothing is left.
 */
export const wordsField = (most: number) =>
	z.string().transform((text) => cut(text.replace(/[\0\p{Surrogate}]/gu, '').trim(), most));

/** An id of a platform; numbers are taken as they are written. */
export const externalIdField = z.union([z.string(), z.int()]).transform(String).pipe(textField(500));

export const placeFields = {
	platform: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is not the name of a platform'),
	account: externalIdField.default('default'),
	chatId: externalIdField,
	threadId: externalIdField.optional(),
};
const placeSchema = z.strictObject(placeFields);

/** Where operators read and answer: a group, a topic of it, or the chat of one person with the bot. */
export type DeskPlace = z.output<typeof placeSchema>;
export type DeskPlaceInput = z.input<typeof placeSchema>;
export { placeSchema };

/** @throws DecideError `invalid_input` naming each field, before anything is asked */
export function valid<Value>(what: string, schema: z.ZodType<Value>, input: unknown): Value {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput(what, parsed.faults);
}
