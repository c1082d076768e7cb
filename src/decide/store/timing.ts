import { freeTextMs } from '../../channels';
import { readSchedule, SlaError, type CompiledSchedule } from '../../sla';
import type { Decision } from '../decision';
import type { Content } from '../facts/build';
import { hashOf } from '../hash';
import type { DecisionContext } from './context';
import { KnownVersions } from './versions';

/** An answer that is due when its platform is about to take none any more may have to wait for others. */
const queuedMs = 15 * 60_000;
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
 * When the answer is to be sent, or the message looked at again. What is deferred without a time is so until the desk opens. An
 * answer that its platform takes for some time after the message only is sent a quarter of an hour before that is over.
 *
 * @param nowMs milliseconds since 1970
 * @param message where and when it was asked
 * @returns ISO 8601, null for at once; and what is to be noted of it
 */
export function sendAtOf(
	{ outcome, actions }: Decision,
	schedule: CompiledSchedule | undefined,
	nowMs: number,
	{ platform, sentAt }: Pick<Content, 'platform' | 'sentAt'>,
): { sendAt: string | null; note?: string } {
	const timing = actions.timing ?? (outcome === 'defer' ? { kind: 'nextOpening' } : { kind: 'immediate' });
	if (timing.kind === 'immediate') return { sendAt: null };
	const dueMs =
		timing.kind === 'delayed'
			? nowMs + timing.delayMinutes * 60_000
			: schedule && unlessFaulty(() => schedule.nextOpen(nowMs));
	if (dueMs === undefined || dueMs <= nowMs) return { sendAt: null };
	const due = new Date(dueMs).toISOString();
	const askedMs = sentAt === undefined ? nowMs : Date.parse(sentAt);
	const lastMs = askedMs + (freeTextMs(platform) ?? Infinity) - queuedMs;
	// What is deferred is looked at then, by people.
	if (outcome === 'defer' || dueMs <= lastMs) return { sendAt: due };
	const note = `It was to be sent at ${due}, when ${platform} takes no free text any more.`;
	return { sendAt: lastMs > nowMs ? new Date(lastMs).toISOString() : null, note };
}

function unlessFaulty<Value>(read: () => Value): Value | undefined {
	try {
		return read();
	} catch (thrown) {
		if (thrown instanceof SlaError) return undefined;
		throw thrown;
	}
}
