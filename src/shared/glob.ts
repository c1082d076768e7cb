/**
 * Whether a name pattern with `*` (any run of characters) and `?` (one character) fits the whole text,
 * case-sensitive. Nothing else is special. A loop and not a regular expression, whose time grows without bounds
 * with the number of stars.
 */
export function matchesGlob(pattern: string, text: string): boolean {
	let inPattern = 0;
	let inText = 0;
	let lastStar = -1;
	let takenByStar = 0;
	while (inText < text.length) {
		if (pattern[inPattern] === '*') {
			lastStar = inPattern++;
			takenByStar = inText;
		} else if (pattern[inPattern] === '?' || pattern[inPattern] === text[inText]) {
			inPattern += 1;
			inText += 1;
		} else if (lastStar !== -1) {
			inPattern = lastStar + 1;
			inText = ++takenByStar;
		} else {
			return false;
		}
	}
	while (pattern[inPattern] === '*') inPattern += 1;
	return inPattern === pattern.length;
}
