import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import { StoreError } from '../errors';

/** PostgreSQL keeps neither NUL nor half of a surrogate pair in a text. */
const isKept = (text: string): boolean => !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
const notKept = 'holds a NUL character or half of a character, which no database keeps';

/** The same text with U+FFFD in the place of what no database keeps: for what is looked for, and for logs. */
export const kept = (text: string): string =>
	text.replaceAll('\u0000', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');

/** A text of one to so many characters, kept as it is. */
export const textField = (maxLength: number) =>
	z
		.string()
		.refine((text) => text.trim() !== '', { error: 'must not be empty' })
		.max(maxLength, { error: `has more than ${maxLength} characters` })
		.refine(isKept, { error: notKept });

export const idField = z.int().positive();

/** Of a platform: `telegram`, `whatsapp`, `sms`. */
export const platformField = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, {
	error: 'is not the name of a platform: a–z, digits, "-" and "_", at most 32',
});

/** An object that may be written as JSON. */
export const jsonObject = z
	.record(z.string(), z.unknown())
	.refine((value) => everyText(value), { error: notKept });

function everyText(value: unknown): boolean {
	if (typeof value === 'string') return isKept(value);
	if (typeof value !== 'object' || value === null) return true;
	return Object.entries(value).every(([key, inner]) => isKept(key) && everyText(inner));
}

/** @throws StoreError `invalid_input` naming the fields, before anything is asked */
export function valid<Value>(schema: z.ZodType<Value>, input: unknown): Value {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw new StoreError(
		'invalid_input',
		`What was given cannot be used: ${describeFaults(parsed.faults)}.`,
		'Correct the field. Nothing was stored.',
	);
}
