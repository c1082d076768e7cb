/** `1 container`, `3 containers`. */
export function count(amount: number, noun: string): string {
	return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Cuts `text` to at most `maxLength` characters and says so with an ellipsis. */
export function shorten(text: string, maxLength: number): string {
	return text.length <= maxLength ? text : `${text.slice(0, Math.max(0, maxLength - 1))}…`;
}
