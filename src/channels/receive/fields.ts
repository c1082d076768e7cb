import { z } from 'zod';

/** Ids come as text or as numbers, and are text here. */
export const idText = z.union([z.string().min(1), z.number()]).transform(String);

/** Seconds since 1970, as a number or in digits. */
export const unixSeconds = z.coerce
	.number()
	.nonnegative()
	.transform((seconds) => new Date(seconds * 1000));

/** Milliseconds since 1970. */
export const unixMs = z.coerce
	.number()
	.nonnegative()
	.transform((ms) => new Date(ms));

/** Without the fields that are not there. */
export function given<Fields extends object>(fields: Fields): Given<Fields> {
	return Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== undefined),
	) as Given<Fields>;
}

type Given<Fields> = {
	[Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
	[Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The elements of what should be a list; a single value is a list of one. */
export function listOf(value: unknown): unknown[] {
	if (Array.isArray(value)) return value as unknown[];
	return value === undefined || value === null ? [] : [value];
}
