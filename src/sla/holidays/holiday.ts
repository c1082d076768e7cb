/** A date on which nobody works, as a schedule takes it. */
export interface Holiday {
	/** e.g. `2026-12-25` */
	date: string;
	name: string;
}

/** What a source of holidays has given. */
export interface ImportedHolidays {
	/** In order of their dates, each date once. */
	holidays: Holiday[];
	/** What is no holiday of a whole day, and why; nothing of it is in the list. */
	skipped: { name: string; date: string; why: string }[];
}

/** In order; names of the same date are joined. */
export function inOrder(holidays: readonly Holiday[]): Holiday[] {
	const names = new Map<string, string[]>();
	for (const { date, name } of holidays) {
		const known = names.get(date) ?? [];
		if (!known.includes(name)) names.set(date, [...known, name]);
	}
	return [...names]
		.map(([date, list]) => ({ date, name: list.join(', ').slice(0, 500) }))
		.sort((one, other) => (one.date < other.date ? -1 : 1));
}
