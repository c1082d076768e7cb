/** Text of a field; an expression may give a number where the field is for text. */
export function asText(value: unknown): string {
	return value === undefined || value === null ? '' : String(value).trim();
}

/** A list, or what an expression gives in its place: values separated by commas or line breaks. */
export function asList(value: unknown): string[] {
	const values: unknown[] = Array.isArray(value) ? value : asText(value).split(/[,\n]/);
	return values.map(asText).filter(Boolean);
}

/** A text from a field or an expression; undefined when it is empty. */
export function textOf(value: unknown): string | undefined {
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const text = String(value).trim();
	return text === '' ? undefined : text;
}
