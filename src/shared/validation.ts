import type { ZodType } from 'zod';

import { OpsdeskError } from './errors';
import { shorten } from './text';

/** One fault of an input: the path of the field and what is wrong with it. */
export interface Fault {
	field: string;
	problem: string;
}

/** Parses external input; on failure every fault is named by its field. */
export function parseInput<T>(
	schema: ZodType<T>,
	input: unknown,
): { ok: true; value: T } | { ok: false; faults: Fault[] } {
	const parsed = schema.safeParse(input);
	if (parsed.success) return { ok: true, value: parsed.data };
	const faults = parsed.error.issues.map((issue) => ({
		field: issue.path.join('.') || '(whole input)',
		problem: issue.message,
	}));
	return { ok: false, faults };
}

/** `host: must not be empty; port: must be at most 65535` */
export function describeFaults(faults: Fault[]): string {
	return faults.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}

/**
 * Reads a whole number a user gave, as a number or in digits.
 *
 * @throws OpsdeskError `invalid_input` naming the field
 */
export function wholeNumber(field: string, value: unknown, min: number, max: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
	throw new OpsdeskError(
		'invalid_input',
		`"${field}" is not a whole number from ${min} to ${max}: ${shorten(String(value), 60)}`,
		'Correct the value. Where it comes from an expression, see what that gives for this item.',
	);
}
