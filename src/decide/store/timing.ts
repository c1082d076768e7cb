import { readSchedule, SlaError, type CompiledSchedule } from '../../sla';
import type { Decision } from '../decision';
import { hashOf } from '../hash';
import type { DecisionContext } from './context';
import { KnownVersions } from './versions';

const compiled = new KnownVersions<CompiledSchedule>(50);

/** The working hours of the desk. Undefined where there are none, or none that can be read: then nothing is said of them. */
export function scheduleOf({ schedule }: DecisionContext): CompiledSchedule | undefined {
	if (!schedule) return undefined;
	const version = hashOf(schedule.definition);
	const known = compiled.get(version);
	if (known) return known;
	const read = unlessFaulty(() => readSchedule(schedule.definition));
	if (read) compiled.keep(version, read);
	return read;
}

/** Whether it is closed then because the date is a holiday. */
export const isHoliday = (schedule: CompiledSchedule, atMs: number): boolean =>
	schedule.closures(atMs, atMs + 1).some(({ reason }) => reason.kind === 'holiday');

/**
 * When the answer is to be sent, or the message looked at again. What is deferred without a time is so until the desk opens.
 *
 * @param nowMs milliseconds since 1970
 * @returns ISO 8601; null for at once
 */
export function sendAtOf(
	{ outcome, actions }: Decision,
	schedule: CompiledSchedule | undefined,
	nowMs: number,
): string | null {
	const timing = actions.timing ?? (outcome === 'defer' ? { kind: 'nextOpening' } : { kind: 'immediate' });
	if (timing.kind === 'immediate') return null;
	if (timing.kind === 'delayed') return new Date(nowMs + timing.delayMinutes * 60_000).toISOString();
	const opensMs = schedule && unlessFaulty(() => schedule.nextOpen(nowMs));
	return opensMs === undefined || opensMs <= nowMs ? null : new Date(opensMs).toISOString();
}

function unlessFaulty<Value>(read: () => Value): Value | undefined {
	try {
		return read();
	} catch (thrown) {
		if (thrown instanceof SlaError) return undefined;
		throw thrown;
	}
}
