import { createHash } from 'node:crypto';

/** JSON with the keys of each object in order: the same content is the same text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_, part: unknown) =>
		typeof part === 'object' && part !== null && !Array.isArray(part)
			? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
			: part,
	);
}

/** SHA-256 of content, in hexadecimal digits. */
export const hashOf = (value: unknown): string =>
	createHash('sha256').update(canonicalJson(value)).digest('hex');
