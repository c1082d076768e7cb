/**
 * A name pattern with `*` (any run of characters) and `?` (one character), matched against the whole name,
 * case-sensitive. Nothing else is special.
 */
export function globToRegExp(pattern: string): RegExp {
	const source = pattern
		.replace(/[.+^${}()|[\]\\]/g, '\\$&')
		.replace(/\*+/g, '.*')
		.replace(/\?/g, '.');
	return new RegExp(`^${source}$`, 's');
}
