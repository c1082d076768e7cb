const letter = String.raw`A-Za-z_\u0080-\uffff`;
const dollars = String.raw`\$(?:[${letter}][${letter}0-9]*)?\$`;

/**
 * What psql takes for one piece. What it would read further than this does (a quote or a comment that does not end,
 * comments within comments) fits nothing here.
 */
const piece = new RegExp(
	[
		String.raw`(?<nothing>\s+|--[^\n\r]*|/\*(?:(?!/\*|\*/)[^])*\*/)`,
		// Of all literals a backslash hides the next character only here.
		String.raw`[eE]'(?:\\[^]|''|[^'\\])*'`,
		String.raw`(?<plain>'(?:''|[^'])*')`,
		'"[^"]*"',
		String.raw`(?<tag>${dollars})[^]*?\k<tag>`,
		// As a whole, since the "e" at the end of a name begins no literal.
		String.raw`[${letter}][${letter}0-9$]*`,
		'(?<end>;)',
		String.raw`(?!/\*|${dollars})[^\\;'"]`,
	].join('|'),
	'y',
);

/**
 * What is wrong with a query that is given to psql or SQLite as it is: it may only read, and be a single statement; a
 * check is no place to change anything. Undefined when nothing is.
 */
export function queryProblem(query: string): string | undefined {
	if (!/^\s*(?:select|with|values|table)\b/i.test(query))
		return 'must begin with "select", "with", "values" or "table"';
	let hasEnded = false;
	piece.lastIndex = 0;
	while (piece.lastIndex < query.length) {
		const at = piece.lastIndex;
		const groups = piece.exec(query)?.groups;
		if (!groups) {
			return query[at] === '\\'
				? 'must hold no commands of psql'
				: 'has a quote or a comment that does not end, or one comment within another';
		}
		const { nothing, plain, end } = groups;
		if (hasEnded && nothing === undefined) return 'must be one statement';
		// Where standard_conforming_strings is off, that quote would not end the literal.
		if (plain?.includes("\\'")) return String.raw`must hold no backslash before a quote; write E'\\' for one`;
		hasEnded ||= end !== undefined;
	}
	return undefined;
}
