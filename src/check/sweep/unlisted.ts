import { groupNotice, nextNotice, type AlertRecord } from '../alert';
import type { Told } from './alerts';
import { asTold, type JudgeOptions } from './judge';
import type { Memory } from './memory';
import type { JudgedTarget } from './targets';

/** Whoever tries out a part of a list shall not lose what is remembered of the rest. */
const keptMs = 24 * 60 * 60_000;

/**
 * What is no longer in the list, and was not looked at for a day, is forgotten; what was told of it as failing is told as
 * no longer checked first. What others look at who make checks of the set is left to them.
 *
 * @param others who they are
 */
export function dropUnlisted(
	memory: Memory,
	targets: readonly JudgedTarget[],
	{ now, newId, set, countAsTold }: JudgeOptions,
	others: ReadonlySet<string> = new Set(),
): { memory: Memory; result: Told[] } {
	const listed = new Set(targets.map(({ key }) => key));
	const after = new Map(memory);
	const told: Told[] = [];
	for (const [key, kept] of memory) {
		if (listed.has(key) || others.has(kept.user)) continue;
		after.set(key, { ...kept, listed: false });
		if (now - kept.record.last.at < keptMs) continue;
		const record = ended(kept.record, now);
		const policy = { failures: 1, outOf: null, recoveries: 1, forMs: 0, reminderMs: null, flapping: false };
		const next = nextNotice(record, { now, policy, isHeld: false, newId });
		if (next.notice === null && next.record.offered === null) {
			after.delete(key);
			continue;
		}
		const group = next.notice?.group === '' ? `check:${set}:${key}` : (next.notice?.group ?? '');
		const grouped = next.notice ? groupNotice(next.record, group) : next.record;
		after.set(key, { ...kept, listed: false, record: countAsTold ? asTold(grouped, now) : grouped });
		if (next.notice)
			told.push({ key, about: kept.about, record: grouped, notice: { ...next.notice, group } });
	}
	return { memory: after, result: told };
}

function ended(record: AlertRecord, now: number): AlertRecord {
	if (record.last.reason === 'not_listed') return record;
	return {
		...record,
		...{ condition: 'ok', since: now, better: null, blindSince: null, flappingSince: null },
		...{ acknowledged: null, silenced: null, bad: { warning: null, critical: null } },
		last: {
			at: record.last.at,
			level: 'unknown',
			found: 'unknown',
			reason: 'not_listed',
			message: 'It is no longer checked.',
		},
	};
}
