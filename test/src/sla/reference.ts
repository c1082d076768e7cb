import type { Hours, ScheduleDefinition } from '../../../src/sla';

const minuteMs = 60_000;
const dayMinutes = 1440;
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** The clock of a zone over some weeks, read from Intl at every quarter of an hour; knows no rule of summer time. */
export class ReadClock {
	/** What the clock shows at each minute, as minutes since 1970. */
	private readonly shown: Int32Array;
	/** The first minute at which the clock shows a time. */
	private readonly first = new Map<number, number>();

	/** @param start in minutes since 1970, at a full hour */
	constructor(
		zone: string,
		readonly start: number,
		readonly length: number,
	) {
		const format = new Intl.DateTimeFormat('en-GB', {
			...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
			...{ hour: 'numeric', minute: 'numeric' },
		});
		this.shown = new Int32Array(length);
		for (let minute = 0; minute < length; minute += 15) {
			const parts = format.formatToParts((start + minute) * minuteMs);
			const part = (name: string): number => Number(parts.find(({ type }) => type === name)?.value);
			const wall =
				Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) / minuteMs;
			for (let more = 0; more < 15; more += 1) this.shown[minute + more] = wall + more;
		}
		this.shown.forEach((wall, minute) => {
			if (!this.first.has(wall)) this.first.set(wall, minute);
		});
	}

	/** Whether any minute of a date was there. */
	has(date: number): boolean {
		for (let minute = 0; minute < dayMinutes; minute += 15)
			if (this.first.has(date * dayMinutes + minute)) return true;
		return false;
	}

	/** The minute of a wall time, from the start of the clock; one that is left out by as much later as is left out. */
	minuteOf(wall: number): number {
		const shown = this.first.get(wall);
		if (shown !== undefined) return shown;
		let before = wall;
		while (!this.first.has(before)) before -= 1;
		return (this.first.get(before) ?? 0) + wall - before;
	}

	dateAt(minute: number): number {
		return Math.floor((this.shown[minute] ?? 0) / dayMinutes);
	}
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/**
 * Which minutes are open, found by asking for each one whether any hours of its date or of the day before hold it.
 *
 * @param from and to as minutes from the start of the clock
 */
export function openMinutes(
	definition: ScheduleDefinition,
	clock: ReadClock,
	from: number,
	to: number,
): Uint8Array {
	const spansOf = new Map<number, { open: [number, number][]; closed: [number, number][] }>();
	const spans = (date: number) => {
		const known = spansOf.get(date);
		if (known) return known;
		const text = new Date(date * dayMinutes * minuteMs).toISOString().slice(0, 10);
		const isHoliday = definition.holidays?.includes(text) === true;
		const weekday = weekdays[new Date(text).getUTCDay()] ?? 'sun';
		const usual =
			definition.always === true ? ([['00:00', '24:00']] as const) : (definition.weekly?.[weekday] ?? []);
		const hours = definition.shifts?.[text] ?? usual;
		const inMinutes = (list: Hours): [number, number][] =>
			list.map(([start, end]) => {
				const until = minutesOf(end) <= minutesOf(start) ? date + 1 : date;
				return [
					clock.minuteOf(date * dayMinutes + minutesOf(start)),
					clock.minuteOf(until * dayMinutes + minutesOf(end)),
				];
			});
		const isThere = clock.has(date);
		const found = {
			open: !isThere || isHoliday ? [] : inMinutes(hours),
			closed: isThere ? inMinutes(definition.breaks?.[text] ?? []) : [],
		};
		spansOf.set(date, found);
		return found;
	};
	const open = new Uint8Array(to - from);
	let known = NaN;
	let [hours, breaks]: [number, number][][] = [];
	const isIn = (list: readonly [number, number][] = [], minute: number): boolean => {
		for (const span of list) if (span[0] <= minute && minute < span[1]) return true;
		return false;
	};
	for (let minute = from; minute < to; minute += 1) {
		const date = clock.dateAt(minute);
		if (date !== known) {
			const near = [spans(date), spans(date - 1), spans(date - 2)];
			[hours, breaks] = [near.flatMap((day) => day.open), near.flatMap((day) => day.closed)];
			known = date;
		}
		if (isIn(hours, minute) && !isIn(breaks, minute)) open[minute - from] = 1;
	}
	return open;
}
