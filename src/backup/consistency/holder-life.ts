import { isGone } from '../../shared';
import type { RunRecord } from './journal-document';

/** How holders show that they live, and when what they hold is taken from them. */
export interface JournalTimes {
	/** How often a holder shows that it lives, in milliseconds. */
	heartbeatMs: number;
	/** Without a sign of life for so long, a holder whose process cannot be looked at counts as gone. */
	deadAfterMs: number;
	/** Nothing stays stopped for longer than that, whoever holds it. */
	maxAgeMs: number;
}

export const defaultJournalTimes: JournalTimes = {
	heartbeatMs: 20_000,
	deadAfterMs: 180_000,
	maxAgeMs: 6 * 60 * 60_000,
};

export type HolderLife =
	/** At work. */
	| 'alive'
	/** It has ended and has left something undone. */
	| 'left'
	/** Its process is gone, or has shown no life. */
	| 'gone'
	/** It may be at work, but far too long for containers to be stopped. */
	| 'overdue';

/**
 * Whether what a run holds may be brought back by others. A clock that has jumped makes a living holder look gone: then
 * its containers run early and its backup says so, which is better than a site that stays down.
 */
export function holderLife(
	run: Pick<RunRecord, 'left' | 'holder' | 'since' | 'aliveAt'>,
	now: Date,
	times: JournalTimes,
	processIsGone: typeof isGone = isGone,
): HolderLife {
	if (run.left) return 'left';
	if (processIsGone(run.holder)) return 'gone';
	if (Math.abs(now.getTime() - Date.parse(run.aliveAt)) > times.deadAfterMs) return 'gone';
	return now.getTime() - Date.parse(run.since) > times.maxAgeMs ? 'overdue' : 'alive';
}
