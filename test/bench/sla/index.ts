import { compileSchedule, type CompiledSchedule, type ScheduleDefinition } from '../../../src/sla';
import type { Area, Tell } from '../main';
import { goal, median, rounded } from '../numbers';
import { measureClaims } from './claims';
import { peerOf } from './peer';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const begin = Date.UTC(2026, 5, 1);
const roundCount = 15;
const limitMicroseconds = 1;
/** Ten years of nine hours on five days a week. */
const tenYears = 9 * 5 * 52 * 10;

/**
 * How long questions of business time take, and how they compare with moment-business-time; and what claiming due timers
 * takes beside a million open ones.
 */
export const measure: Area = async (scope, tell) => {
	const first = firstQuestions();
	const questions = { first, warm: warm(tell), comparison: compared(tell) };
	return { ...questions, claims: await measureClaims(scope, tell) };
};

const datesFrom = (from: string, count: number, stepDays: number): string[] =>
	Array.from({ length: count }, (_, index) =>
		new Date(Date.parse(from) + index * stepDays * dayMs).toISOString().slice(0, 10),
	);

function office(timezone: string, holidays: string[]): ScheduleDefinition {
	const open = [['09:00', '18:00']] as const;
	return { timezone, weekly: { mon: open, tue: open, wed: open, thu: open, fri: open }, holidays };
}

/** What is paid once: reading a schedule, and the clocks of a zone. Milliseconds. */
function firstQuestions(): object {
	const timed = <Value>(work: () => Value): { ms: number; value: Value } => {
		const begun = performance.now();
		const value = work();
		return { ms: rounded(performance.now() - begun), value };
	};
	const definition = office('Europe/Berlin', datesFrom('2026-01-01', 10, 30));
	const cold = timed(() => compileSchedule(definition));
	const coldDeadline = timed(() => cold.value.deadline(begin, hourMs));
	const compile = Array.from({ length: 20 }, () => timed(() => compileSchedule(definition)));
	const many = office('Europe/Berlin', datesFrom('1990-01-01', 10_000, 4));
	return {
		compileColdMs: cold.ms,
		firstDeadlineInZoneMs: coldDeadline.ms,
		compileMs: median(compile.map(({ ms }) => ms)),
		firstDeadlineMs: median(compile.map(({ value }) => timed(() => value.deadline(begin, hourMs)).ms)),
		compileTenThousandHolidaysMs: median(
			Array.from({ length: 5 }, () => timed(() => compileSchedule(many)).ms),
		),
		firstDeadlineTenYearsMs: timed(() => cold.value.deadline(begin, tenYears * hourMs)).ms,
	};
}

/** Microseconds for one deadline, from starts at all hours of two weeks. */
function microseconds(deadline: (startMs: number) => number, turns: number): number {
	let sum = 0;
	const begun = performance.now();
	for (let turn = 0; turn < turns; turn += 1) sum += deadline(begin + ((turn * 61_000) % (14 * dayMs)));
	const microsecondsEach = ((performance.now() - begun) * 1000) / turns;
	if (!Number.isFinite(sum)) throw new Error('A deadline was none.');
	return microsecondsEach;
}

function warm(tell: Tell): object {
	const few = compileSchedule(office('Europe/Berlin', datesFrom('1990-01-01', 10, 4)));
	const many = compileSchedule(office('Europe/Berlin', datesFrom('1990-01-01', 10_000, 4)));
	const contestants: [name: string, schedule: CompiledSchedule, hours: number][] = [
		['tenMinutes', few, 1 / 6],
		['tenYears', few, tenYears],
		['tenMinutesTenThousandHolidays', many, 1 / 6],
		['tenYearsTenThousandHolidays', many, tenYears],
	];
	const times = new Map(contestants.map(([name]) => [name, [] as number[]]));
	for (let round = 0; round <= roundCount; round += 1) {
		for (const [name, schedule, hours] of contestants) {
			const spent = microseconds((startMs) => schedule.deadline(startMs, hours * hourMs), 50_000);
			// The first round is the engine's own warming up.
			if (round > 0) times.get(name)?.push(spent);
		}
	}
	const medians = contestants.map(([name]) => [name, rounded(median(times.get(name) ?? []))] as const);
	tell(`one deadline: ${medians.map(([name, value]) => `${name} ${value} µs`).join(', ')}`);
	return Object.fromEntries(medians.map(([name, value]) => [name, goal(value, 'atMost', limitMicroseconds)]));
}

function compared(tell: Tell): object {
	const holidays = datesFrom('2026-01-01', 10, 30);
	const peer = peerOf(9, 18, holidays);
	const schedule = compileSchedule(office('UTC', holidays));
	const results: Record<string, object> = {};
	for (const hours of [1, 100]) {
		for (let turn = 0; turn < 2000; turn += 1) {
			const startMs = begin + turn * 601_000;
			const [own, other] = [schedule.deadline(startMs, hours * hourMs), peer(startMs, hours)];
			if (own !== other)
				throw new Error(`The deadlines ${own} and ${other} after ${startMs} are not the same.`);
		}
		const own: number[] = [];
		const other: number[] = [];
		for (let round = 0; round < 5; round += 1) {
			own.push(microseconds((startMs) => schedule.deadline(startMs, hours * hourMs), 50_000));
			other.push(microseconds((startMs) => peer(startMs, hours), 1000));
		}
		const [product, momentBusinessTime] = [median(own), median(other)];
		tell(`${hours} h: ${rounded(product)} µs, moment-business-time ${rounded(momentBusinessTime)} µs`);
		results[`hours${hours}`] = {
			productMicroseconds: rounded(product),
			momentBusinessTimeMicroseconds: rounded(momentBusinessTime),
			timesAsFast: Math.round(momentBusinessTime / product),
		};
	}
	return results;
}
