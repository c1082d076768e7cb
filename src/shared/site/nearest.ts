/** The candidate that differs least from `text`, if the difference is small enough to be a slip. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
	const wanted = text.toLowerCase();
	const allowed = Math.max(1, Math.floor(wanted.length / 3));
	let best: { candidate: string; distance: number } | undefined;
	for (const candidate of candidates) {
		if (Math.abs(candidate.length - wanted.length) > allowed) continue;
		const distance = editDistance(wanted, candidate.toLowerCase());
		if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
	}
	return best?.candidate;
}

/** Letters to insert, delete or replace to get from one text to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
	let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
	for (let row = 1; row <= from.length; row++) {
		const current = [row];
		for (let column = 1; column <= to.length; column++) {
			const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
			current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[to.length] ?? 0;
}
