/** A span of time in milliseconds since 1970; the end is not included. */
export interface Interval {
	start: number;
	end: number;
}

/** Sorted, with those that overlap or touch made one, and empty ones left out. */
export function merge(intervals: readonly Interval[]): Interval[] {
	const merged: Interval[] = [];
	for (const { start, end } of sorted(intervals)) {
		if (end <= start) continue;
		const last = merged.at(-1);
		if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
		else merged.push({ start, end });
	}
	return merged;
}

/** Those of a schedule are in order but for nights in which clocks are changed. */
function sorted(intervals: readonly Interval[]): readonly Interval[] {
	const inOrder = intervals.every(({ start }, index) => start >= (intervals[index - 1]?.start ?? -Infinity));
	return inOrder ? intervals : intervals.toSorted((one, other) => one.start - other.start);
}

/** What is left of `intervals` without `cuts`; both merged. */
export function subtract(intervals: readonly Interval[], cuts: readonly Interval[]): Interval[] {
	if (cuts.length === 0) return [...intervals];
	const left: Interval[] = [];
	let next = 0;
	for (const { start, end } of intervals) {
		let from = start;
		while (next < cuts.length && (cuts[next]?.end ?? 0) <= from) next += 1;
		for (let index = next; index < cuts.length; index += 1) {
			const cut = cuts[index];
			if (cut === undefined || cut.start >= end) break;
			if (cut.start > from) left.push({ start: from, end: cut.start });
			from = Math.max(from, cut.end);
		}
		if (from < end) left.push({ start: from, end });
	}
	return left;
}

/** What two merged lists have in common. */
export const intersect = (one: readonly Interval[], other: readonly Interval[]): Interval[] =>
	subtract(one, subtract(one, other));

/** What of `intervals` lies within `span`. */
export const clip = (intervals: readonly Interval[], span: Interval): Interval[] =>
	intervals
		.filter(({ start, end }) => start < span.end && end > span.start)
		.map(({ start, end }) => ({ start: Math.max(start, span.start), end: Math.min(end, span.end) }));
