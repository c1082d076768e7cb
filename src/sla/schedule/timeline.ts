import { dayMs } from './calendar-day';
import type { ParsedSchedule } from './definition';
import type { Interval } from './interval';
import { closures, openings, type Closure } from './opening';
import { Zone, type WallClock } from './zone';

/** Blocks of whole weeks, so that the one of an instant is found by a division. */
const blockMs = 364 * dayMs;
const originMs = Date.UTC(1968, 0, 1);
const blockCount = Math.ceil((Date.UTC(2104, 0, 1) - originMs) / blockMs);

/** The opening hours of one block. */
interface Block {
	starts: Float64Array;
	ends: Float64Array;
	/** Working time from the beginning of the block to each start. */
	before: Float64Array;
	workingMs: number;
}

/** Where an instant stands: the last interval that has begun, or -1, and the working time until the instant. */
export interface Position {
	block: number;
	index: number;
	workedMs: number;
}

/**
 * The opening hours of a schedule as sums: the working time from some beginning to each opening. Any question is then
 * a search by halves, however long the span is and however many exceptions there are. Blocks are made when the first
 * question comes to them, and those made are always neighbours.
 */
export class Timeline {
	static readonly endMs = originMs + blockCount * blockMs;
	private readonly zone: Zone;
	private readonly blocks: Block[] = new Array<Block>(blockCount);
	/** Working time from the beginning of the first block that was made to that of each; may be negative. */
	private readonly before = new Float64Array(blockCount + 1);
	private first = 0;
	private last = -1;

	constructor(private readonly schedule: ParsedSchedule) {
		this.zone = Zone.named(schedule.timezone);
	}

	/** @param ms from 1970 to 2102 */
	positionOf(ms: number): Position {
		const number = Math.floor((ms - originMs) / blockMs);
		const block = this.block(number);
		const index = atMost(block.starts, ms);
		const base = this.before[number] ?? 0;
		if (index < 0) return { block: number, index, workedMs: base };
		const start = block.starts[index] ?? 0;
		const until = Math.min(ms, block.ends[index] ?? 0);
		return { block: number, index, workedMs: base + (block.before[index] ?? 0) + until - start };
	}

	isOpen({ block, index }: Position, ms: number): boolean {
		return index >= 0 && (this.block(block).ends[index] ?? 0) > ms;
	}

	/** Whether another opening follows in the same block, which is less than a year. */
	opensSoon({ block, index }: Position): boolean {
		return index + 1 < this.block(block).starts.length;
	}

	/** The interval an instant at this position lies in, or the next one after it; undefined when there is none until then. */
	openingFrom(position: Position, ms: number, untilMs: number): Interval | undefined {
		let { block: number, index } = position;
		for (let block = this.block(number); ; block = this.block(number)) {
			if (index >= 0 && (block.ends[index] ?? 0) > ms) break;
			index += 1;
			if (index < block.starts.length) break;
			number += 1;
			index = -1;
			if (number >= blockCount || originMs + number * blockMs > untilMs) return undefined;
		}
		return this.interval(number, index);
	}

	/**
	 * The first instant until which so much was worked.
	 *
	 * @param workedMs as in a position; above that of `from`
	 * @returns undefined when it is not reached until the end of the timeline
	 */
	reach(workedMs: number, from: number): number | undefined {
		let low = from;
		while ((this.before[this.last + 1] ?? 0) < workedMs) {
			low = this.last + 1;
			if (low >= blockCount || !this.opensAfter(low)) return undefined;
			this.block(low);
		}
		let high = this.last;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.before[middle + 1] ?? 0) >= workedMs) high = middle;
			else low = middle + 1;
		}
		const block = this.block(low);
		const within = workedMs - (this.before[low] ?? 0);
		const index = below(block.before, within);
		return (block.starts[index] ?? 0) + within - (block.before[index] ?? 0);
	}

	/** The opening hours between two instants; neighbours are one. */
	*intervals(start: number, end: number): Generator<Interval> {
		let open: Interval | undefined;
		let { block: number, index } = this.positionOf(start);
		for (; number < blockCount && originMs + number * blockMs < end; number += 1, index = 0) {
			const { starts } = this.block(number);
			for (let at = Math.max(index, 0); at < starts.length && (starts[at] ?? 0) < end; at += 1) {
				const next = this.interval(number, at);
				if (next.end <= start) continue;
				if (open?.end === next.start) open.end = next.end;
				else {
					if (open) yield open;
					open = next;
				}
			}
		}
		if (open) yield open;
	}

	/** The times between two instants that do not count, in order. */
	closures(start: number, end: number): Closure[] {
		const found: Closure[] = [];
		for (let from = start; from < end;) {
			const number = Math.floor((from - originMs) / blockMs);
			const until = Math.min(end, originMs + (number + 1) * blockMs);
			found.push(...closures(this.schedule, this.clock(number), { start: from, end: until }));
			from = until;
		}
		return found;
	}

	private interval(number: number, index: number): Interval {
		const { starts, ends } = this.block(number);
		return { start: starts[index] ?? 0, end: ends[index] ?? 0 };
	}

	private block(number: number): Block {
		const known = this.blocks[number];
		if (known) return known;
		if (this.last < this.first) {
			this.first = number;
			this.last = number - 1;
		}
		while (this.last < number) {
			const block = this.make((this.last += 1));
			this.before[this.last + 1] = (this.before[this.last] ?? 0) + block.workingMs;
		}
		while (this.first > number) {
			const block = this.make((this.first -= 1));
			this.before[this.first] = (this.before[this.first + 1] ?? 0) - block.workingMs;
		}
		return this.block(number);
	}

	private make(number: number): Block {
		const start = originMs + number * blockMs;
		const block = blockOf(openings(this.schedule, this.clock(number), { start, end: start + blockMs }));
		this.blocks[number] = block;
		return block;
	}

	/** It is asked about days outside of the block too: nights reach into it. */
	private clock(number: number): WallClock {
		const start = originMs + number * blockMs;
		return this.zone.clockIn({ start: start - 5 * dayMs, end: start + blockMs + 5 * dayMs });
	}

	/** Without weekly hours it is the dates alone that can be open, so there is an end to looking for them. */
	private opensAfter(number: number): boolean {
		const { weekly, shifts } = this.schedule;
		if (weekly.some((hours) => hours.length > 0)) return true;
		const afterMs = originMs + number * blockMs - 4 * dayMs;
		return [...shifts.keys()].some((day) => day * dayMs >= afterMs);
	}
}

function blockOf(open: readonly Interval[]): Block {
	const starts = Float64Array.from(open, ({ start }) => start);
	const ends = Float64Array.from(open, ({ end }) => end);
	const before = new Float64Array(open.length);
	let workingMs = 0;
	for (const [index, { start, end }] of open.entries()) {
		before[index] = workingMs;
		workingMs += end - start;
	}
	return { starts, ends, before, workingMs };
}

/** The place of the last value that is at most `limit`; -1 when there is none. */
function atMost(values: Float64Array, limit: number): number {
	let [low, high] = [0, values.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((values[middle] ?? 0) <= limit) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

/** The place of the last value that is below `limit`. */
function below(values: Float64Array, limit: number): number {
	let [low, high] = [0, values.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((values[middle] ?? 0) < limit) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
