import { compileSchedule, type CompiledSchedule } from '../../../src/sla';
import { below, randomFrom, randomSchedule, type Random } from './random-schedules';
import { openMinutes, ReadClock } from './reference';

const seed = Number(process.env.OPSDESK_TEST_SEED ?? 20261122);
const caseCount = 10_000;
const minuteMs = 60_000;
const dayMinutes = 1440;
const windowDays = 20;

/** Zones, and dates near which their clocks are changed or a date is left out. */
const places = [
	...[
		['Europe/Berlin', '2026-03-29'],
		['Europe/Berlin', '2026-10-25'],
		['America/New_York', '2026-03-08'],
	],
	...[
		['America/New_York', '2026-11-01'],
		['Europe/Moscow', '2011-03-27'],
		['Europe/Moscow', '2026-11-22'],
	],
	...[
		['Australia/Lord_Howe', '2026-04-05'],
		['Australia/Lord_Howe', '2026-10-04'],
		['Asia/Beirut', '2026-03-29'],
	],
	...[
		['America/Santiago', '2026-04-05'],
		['America/Santiago', '2026-09-06'],
		['America/Havana', '2026-03-08'],
	],
	...[
		['America/Havana', '2026-11-01'],
		['Pacific/Apia', '2011-12-30'],
		['Pacific/Apia', '2012-04-01'],
	],
	...[
		['Africa/Casablanca', '2026-02-15'],
		['Africa/Casablanca', '2026-03-22'],
		['Africa/Cairo', '2026-04-24'],
	],
	...[
		['Asia/Kolkata', '2026-01-01'],
		['America/St_Johns', '2007-03-11'],
		['Pacific/Chatham', '2026-04-05'],
	],
	...[
		['Asia/Pyongyang', '2018-05-05'],
		['Europe/Istanbul', '2016-11-06'],
		['America/Recife', '2000-10-11'],
	],
	...[
		['Antarctica/Troll', '2026-03-29'],
		['Pacific/Kwajalein', '1993-08-21'],
		['Europe/London', '1971-10-31'],
	],
	...[
		['Asia/Gaza', '2026-03-28'],
		['UTC', '2028-02-29'],
		['America/Godthab', '2023-03-25'],
		['Asia/Tehran', '2099-12-31'],
	],
] as [string, string][];

const clocks = places.map(([zone, date]) => {
	const middle = Date.parse(date) / minuteMs;
	return {
		zone,
		clock: new ReadClock(zone, middle - (windowDays / 2) * dayMinutes, windowDays * dayMinutes),
	};
});

test(`${caseCount} random schedules and spans agree with counting minute by minute (seed ${seed})`, () => {
	const random = randomFrom(seed);
	const disagreements: object[] = [];
	let openCases = 0;
	for (let number = 0; number < caseCount && disagreements.length < 3; number += 1) {
		const { zone, clock } = clocks[number % clocks.length] ?? {
			zone: 'UTC',
			clock: new ReadClock('UTC', 0, 0),
		};
		const firstDate = Math.floor(clock.start / dayMinutes);
		const definition = randomSchedule(random, zone, firstDate + 3, windowDays - 6);
		// Away from the edges, where the clock that was read knows no times.
		const from = (4 + below(random, windowDays - 9)) * dayMinutes + below(random, dayMinutes);
		const open = openMinutes(definition, clock, from, from + (1 + below(random, 3)) * dayMinutes);
		const originMs = (clock.start + from) * minuteMs;
		if (open.includes(1)) openCases += 1;
		const found = differences(compileSchedule(definition), open, originMs, random);
		if (found.length > 0) disagreements.push({ number, definition, origin: new Date(originMs), found });
	}
	expect(disagreements).toEqual([]);
	expect(openCases).toBeGreaterThan(caseCount * 0.7);
});

/** What the schedule answers otherwise than the minutes say. */
function differences(
	schedule: CompiledSchedule,
	open: Uint8Array,
	originMs: number,
	random: Random,
): object[] {
	const spanMs = open.length * minuteMs;
	const start = originMs + below(random, spanMs);
	const end = start + below(random, originMs + spanMs - start);
	const isOpen = (ms: number): boolean => open[Math.floor((ms - originMs) / minuteMs)] === 1;
	const working = counted(open, originMs, start, end);
	const found: object[] = [];
	const compare = (question: string, answer: unknown, expected: unknown): void => {
		if (answer !== expected) found.push({ question, start, end, answer, expected });
	};
	compare('isOpen', schedule.isOpen(start), isOpen(start));
	compare('workingTime', schedule.workingTime(start, end), working);
	const segments = schedule.segments(start, end);
	compare(
		'segments',
		segments.reduce((sum, segment) => sum + segment.end - segment.start, 0),
		working,
	);
	compare(
		'segments apart',
		segments.every((segment, at) => segment.start > (segments[at - 1]?.end ?? 0)),
		true,
	);
	const closures = schedule.closures(start, end);
	compare(
		'closures',
		closures.reduce((sum, closure) => sum + closure.end - closure.start, 0),
		end - start - working,
	);
	if (working > 0) {
		const wanted = 1 + below(random, working);
		compare(
			`deadline of ${wanted}`,
			schedule.deadline(start, wanted),
			reached(open, originMs, start, wanted),
		);
		compare('deadline of all', schedule.workingTime(start, schedule.deadline(start, working)), working);
	}
	const next = firstOpen(open, originMs, start);
	if (next !== undefined) compare('nextOpen', schedule.nextOpen(start), next);
	return found;
}

function counted(open: Uint8Array, originMs: number, start: number, end: number): number {
	let sum = 0;
	for (
		let minute = Math.floor((start - originMs) / minuteMs);
		originMs + minute * minuteMs < end;
		minute += 1
	) {
		const begins = originMs + minute * minuteMs;
		if (open[minute] === 1) sum += Math.min(begins + minuteMs, end) - Math.max(begins, start);
	}
	return sum;
}

function reached(open: Uint8Array, originMs: number, start: number, wanted: number): number {
	let left = wanted;
	for (let minute = Math.floor((start - originMs) / minuteMs); minute < open.length; minute += 1) {
		if (open[minute] !== 1) continue;
		const begins = Math.max(originMs + minute * minuteMs, start);
		const lasts = originMs + (minute + 1) * minuteMs - begins;
		if (lasts >= left) return begins + left;
		left -= lasts;
	}
	return NaN;
}

function firstOpen(open: Uint8Array, originMs: number, start: number): number | undefined {
	for (let minute = Math.floor((start - originMs) / minuteMs); minute < open.length; minute += 1) {
		if (open[minute] === 1) return Math.max(start, originMs + minute * minuteMs);
	}
	return undefined;
}
