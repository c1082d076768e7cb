/**
 * The beginning of a text, with a sign that there is more.
 *
 * @param most of UTF-16 units, as JavaScript counts; the sign comes on top
 */
export const cut = (text: string, most: number): string =>
	text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
