import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';
import { keptText } from '../text/kept';

/** A text of one to so many characters, as a database keeps it. */
export const textField = (most: number) =>
	z
		.string()
		.max(most, `must have at most ${most} characters`)
		.transform((text) => keptText(text).trim())
		.refine((text) => text !== '', 'must not be empty');

export const idField = z.int('must be a whole number').positive('must be a whole number from 1');

export const versionField = z.string().regex(/^[0-9a-f]{64}$/, 'must be a version: 64 hexadecimal digits');

export const instantField = z
	.string()
	.refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time in ISO 8601')
	.transform((text) => new Date(text).toISOString());

/** @throws DecideError `invalid_input` naming each field, before anything is asked */
export function valid<Value>(what: string, schema: z.ZodType<Value>, input: unknown): Value {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput(what, parsed.faults);
}

/** JSON with U+FFFD in the place of what no database keeps. */
export function kept<Value>(value: Value): Value {
	const text = JSON.stringify(value, (_, part: unknown) =>
		typeof part === 'string' ? keptText(part) : part,
	);
	return JSON.parse(text) as Value;
}
