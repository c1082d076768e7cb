import { SlaError } from '../errors';
import { happenedAt } from '../instant';
import type { Interval } from '../schedule/interval';
import { compileSchedule, type CompiledSchedule } from '../schedule/schedule';
import { clockOf, reachedAt } from './clock';
import { mostLevels, type Metric, type QuietHours, type Warning } from './definition';
import type { Policy } from './resolve';

/** One instant at which somebody is told. */
export interface Step {
	kind: 'warning' | 'breach' | 'escalation';
	/** From 1 on, within its kind. */
	level: number;
	/** Milliseconds since 1970. */
	atMs: number;
	notify: readonly string[];
}

/** From when on something counts, and when it does not. */
export interface Course {
	startMs: number;
	/** In order, each after the one before. */
	pauses: readonly Interval[];
}

/**
 * The instants of a promise: warnings, the breach, and escalations until their maximum, in order of time. A level that is for
 * nobody is none.
 *
 * @returns none when the policy promises nothing for this metric
 * @throws SlaError `no-working-time` when it is never breached because it is never open; `invalid_input` for a start
 * that is not in milliseconds since 1970
 */
export function planSteps(
	schedule: CompiledSchedule,
	policy: Policy,
	metric: Metric,
	{ startMs: saidMs, pauses }: Course,
): Step[] {
	const startMs = happenedAt(saidMs, 'startMs');
	const targetMinutes = policy.targetMinutes[metric];
	if (targetMinutes === null) return [];
	const clock = clockOf(policy.clock, schedule);
	const at = (minutes: number): number => reachedAt(clock, startMs, Math.round(minutes * 60_000), pauses);
	const warnings = policy.warnings
		.map((warning) => at(warningMinutes(warning, targetMinutes)))
		.sort((one, other) => one - other)
		.map((atMs, index): Step => ({ kind: 'warning', level: index + 1, atMs, notify: policy.notify.warning }));
	const breachMs = at(targetMinutes);
	return [
		...warnings,
		{ kind: 'breach', level: 1, atMs: breachMs, notify: policy.notify.breach },
		...escalations(schedule, policy, breachMs, pauses),
	];
}

/** Where layers together ask for a warning before the start, it comes at the start. */
const warningMinutes = (warning: Warning, targetMinutes: number): number =>
	'percent' in warning
		? (targetMinutes * warning.percent) / 100
		: Math.max(0, targetMinutes - warning.minutesBefore);

function escalations(
	schedule: CompiledSchedule,
	{ escalation, notify }: Policy,
	breachMs: number,
	pauses: readonly Interval[],
): Step[] {
	const clock = clockOf(escalation.clock, schedule);
	const mayRing = ringing(escalation, schedule);
	const steps: Step[] = [];
	let atMs = breachMs;
	for (let level = 1; level <= Math.min(escalation.most, mostLevels); level += 1) {
		try {
			atMs = reachedAt(clock, atMs, Math.round(escalation.everyMinutes * 60_000), pauses);
			// The next interval begins then: after a quiet night they come one by one, and not all in the morning.
			atMs = mayRing(atMs);
		} catch (thrown) {
			// A schedule that ends after the breach has nobody left to call.
			if (thrown instanceof SlaError && thrown.code === 'no-working-time') break;
			throw thrown;
		}
		const recipients = forLevel(notify.escalation, level);
		if (recipients.length > 0) steps.push({ kind: 'escalation', level, atMs, notify: recipients });
	}
	return steps;
}

const forLevel = (lists: readonly (readonly string[])[], level: number): readonly string[] =>
	lists[Math.min(level, lists.length) - 1] ?? [];

/** The same instant when it may ring then, else the first one at which it may. */
function ringing(
	{ quietHours, clock }: Policy['escalation'],
	schedule: CompiledSchedule,
): (atMs: number) => number {
	if (quietHours === null) return (atMs) => atMs;
	const awake = outside(quietHours, schedule.timezone);
	if (clock === 'calendar') return (atMs) => awake.nextOpen(atMs);
	return (atMs) => {
		// The closing instant is one at which working time ends, and it rings.
		if (awake.isOpen(atMs)) return atMs;
		const limitMs = atMs + twoYearsMs;
		for (let fromMs = atMs; fromMs <= limitMs;) {
			const openMs = schedule.nextOpen(fromMs);
			fromMs = awake.nextOpen(openMs);
			if (fromMs === openMs) return openMs;
		}
		throw new SlaError(
			'no-working-time',
			`From ${new Date(atMs).toISOString()} on, all working time of two years lies in the quiet hours.`,
			'Shorten the quiet hours, or let escalations count calendar time.',
		);
	};
}

const twoYearsMs = 2 * 366 * 86_400_000;

function outside({ from, to, timezone }: QuietHours, otherwise: string): CompiledSchedule {
	const hours = [[to, from]] as const;
	const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, hours]);
	return compileSchedule({ timezone: timezone ?? otherwise, weekly: Object.fromEntries(days) });
}
