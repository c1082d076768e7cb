const minute = 60_000;

/** How long there usually is between two looks: the median of the pauses; five minutes until there are some. */
export function usualSpacing(instants: readonly number[]): number {
	const pauses = instants
		.slice(1)
		.map((at, index) => at - (instants[index] ?? at))
		.filter((pause) => pause > 0)
		.sort((one, other) => one - other);
	return pauses[Math.floor(pauses.length / 2)] ?? 5 * minute;
}

/** So long a pause is a late look only; after a longer one nobody has looked in between. */
export const longestPause = (usualMs: number): number => Math.max(2.5 * usualMs, 2 * minute);
