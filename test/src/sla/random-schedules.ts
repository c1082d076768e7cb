import type { ScheduleDefinition } from '../../../src/sla';

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}

export type Random = () => number;

export const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** Many in the hours in which clocks are changed, most on full and half hours. */
function time(random: Random): string {
	const hour = random() < 0.4 ? below(random, 5) : below(random, 24);
	const minute = random() < 0.6 ? below(random, 2) * 30 : below(random, 60);
	return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function hours(random: Random, most: number): [string, string][] {
	const list = Array.from({ length: below(random, most + 1) }, (): [string, string] => [
		random() < 0.15 ? '00:00' : time(random),
		random() < 0.15 ? '24:00' : time(random),
	]);
	return list.filter(([start, end]) => start !== end);
}

/** @param firstDate and the days after it are those that exceptions fall on, in days since 1970 */
export function randomSchedule(
	random: Random,
	timezone: string,
	firstDate: number,
	dayCount: number,
): ScheduleDefinition {
	const date = (): string =>
		new Date((firstDate + below(random, dayCount)) * 86_400_000).toISOString().slice(0, 10);
	const dated = (most: number) =>
		Object.fromEntries(Array.from({ length: below(random, most) }, () => [date(), hours(random, 2)]));
	return {
		timezone,
		weekly: Object.fromEntries(
			['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, hours(random, 3)]),
		),
		holidays: Array.from({ length: below(random, 4) }, date),
		shifts: dated(4),
		breaks: dated(5),
		always: random() < 0.1,
	};
}
