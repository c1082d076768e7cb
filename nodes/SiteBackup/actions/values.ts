/** A row of a fixed collection. */
export type Row = Record<string, unknown>;

/** Entries of a fixed collection, which has no field at all while it is empty. */
export function rowsOf(value: unknown, group: string): Row[] {
	const rows: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, group) : undefined;
	return Array.isArray(rows) ? (rows as Row[]) : [];
}

/** The one entry of a fixed collection that is no list; undefined while it is empty. */
export function groupOf(value: unknown, group: string): Row | undefined {
	const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, group) : undefined;
	return typeof found === 'object' && found !== null ? (found as Row) : undefined;
}

/** An expression may give a number where a text is meant; blanks around a value are never meant. */
export function text(value: unknown): unknown {
	if (value === undefined || value === null) return '';
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' ? value.trim() : value;
}

/** Values separated by commas or line breaks, or the list that an expression gives in their place. */
export function listOf(value: unknown): unknown {
	const whole = text(value);
	if (typeof whole !== 'string') return whole;
	return whole
		.split(/[,\n]/)
		.map((part) => part.trim())
		.filter(Boolean);
}
