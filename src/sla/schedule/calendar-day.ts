/** Days since 1970-01-01, of whatever calendar hangs on the wall; no instants. */
export type CalendarDay = number;

export const dayMs = 86_400_000;

/** The day that `2026-12-25` names; undefined for what is no date, such as `2025-02-29`. */
export function parseDay(text: string): CalendarDay | undefined {
	if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
	const day = Date.parse(`${text}T00:00:00Z`) / dayMs;
	// Some engines let 31 June become 1 July.
	return Number.isInteger(day) && formatDay(day) === text ? day : undefined;
}

/** `2026-12-25` */
export const formatDay = (day: CalendarDay): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** 0 for Monday to 6 for Sunday. */
export const weekdayIndex = (day: CalendarDay): number => (((day + 3) % 7) + 7) % 7;
