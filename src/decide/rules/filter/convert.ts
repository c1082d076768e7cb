import { DateTime } from 'luxon';

import type { FilterOptions } from './filter-value';

/** A value as an operator takes it, or that it cannot be one. Missing values stay missing. */
export type Converted = { ok: true; value: unknown } | { ok: false };

const failed: Converted = { ok: false };
const converted = (value: unknown): Converted => ({ ok: true, value });

/**
 * Turns a value into the type of an operator, as n8n does it: by its strictness and by the version of the filter.
 *
 * @param type of the operator, e.g. `number`
 */
export function convert(value: unknown, type: string, { typeValidation, version }: FilterOptions): Converted {
	if (type === 'any' || value === null || value === undefined) return converted(value);
	const isStrict = typeValidation === 'strict';
	switch (type) {
		case 'string':
			return isStrict && typeof value !== 'string' ? failed : converted(textOf(value));
		case 'number':
			return toNumber(value, isStrict, version);
		case 'boolean':
			return toBoolean(value, isStrict, version);
		case 'dateTime':
			return toDateTime(value);
		case 'array':
			return isStrict && !Array.isArray(value) ? failed : toArray(value);
		case 'object':
			return isStrict && typeof value !== 'object' ? failed : toObject(value);
		default:
			return converted(value);
	}
}

function textOf(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function toNumber(value: unknown, isStrict: boolean, version: number): Converted {
	if (Number.isNaN(value)) return converted(value);
	const isEmpty =
		(typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0);
	// An empty text is 0 for Number(), which nobody means.
	if (isEmpty && version >= 3) return converted(null);
	if (isStrict && typeof value !== 'number') return failed;
	const number = Number(value);
	return Number.isNaN(number) ? failed : converted(number);
}

function toBoolean(value: unknown, isStrict: boolean, version: number): Converted {
	if (isStrict) return typeof value === 'boolean' ? converted(value) : failed;
	if (typeof value === 'boolean') return converted(value);
	if (version >= 2) {
		const text = typeof value === 'string' ? value.toLowerCase() : undefined;
		if (text === 'true' || text === 'false') return converted(text === 'true');
		if (text?.trim() !== '') {
			const number = Number(value);
			if (number === 0 || number === 1) return converted(number === 1);
		}
	}
	return converted(Boolean(value));
}

function toDateTime(value: unknown): Converted {
	if (DateTime.isDateTime(value) && value.isValid) return converted(value);
	if (value instanceof Date && !Number.isNaN(value.getTime())) return converted(DateTime.fromJSDate(value));
	const text = String(value).trim();
	const readers = [
		() => DateTime.fromISO(text, { setZone: true }),
		() => DateTime.fromHTTP(text, { setZone: true }),
		() => DateTime.fromRFC2822(text, { setZone: true }),
		() => DateTime.fromSQL(text, { setZone: true }),
		() => DateTime.fromMillis(Date.parse(text)),
	];
	for (const read of readers) {
		const time = readOrNothing(read);
		if (time?.isValid) return converted(time);
	}
	return failed;
}

/** luxon throws for a number that is none. */
function readOrNothing(read: () => DateTime): DateTime | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

function toArray(value: unknown): Converted {
	if (Array.isArray(value)) return converted(value);
	const parsed = parseJson(String(value)) ?? parseJson(String(value).replaceAll("'", '"'));
	return Array.isArray(parsed) ? converted(parsed) : failed;
}

function toObject(value: unknown): Converted {
	if (typeof value === 'object' && !Array.isArray(value)) return converted(value);
	const parsed = parseJson(String(value));
	return typeof parsed === 'object' && !Array.isArray(parsed) ? converted(parsed) : failed;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
