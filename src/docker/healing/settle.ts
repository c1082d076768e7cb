import { setTimeout as sleep } from 'node:timers/promises';

import type { Looker } from './look';
import type { Observation } from './observation';

/** Between two looks. */
const pollMs = 500;
/** How long dependents wait for what they depend on. */
const longestUpMs = 60_000;

/** Waits until what was restarted has run for so long, or until it is seen that it does not. */
export async function untilSettled(
	ids: ReadonlySet<string>,
	looker: Looker,
	settleMs: number,
	signal: AbortSignal | undefined,
): Promise<void> {
	const starts = new Map<string, number | null>();
	await watch(ids, looker, settleMs, signal, ({ id, state, startedAt }) => {
		const before = starts.get(id);
		starts.set(id, startedAt);
		// Another start means that it has ended meanwhile.
		return state !== 'running' || (before !== undefined && before !== startedAt);
	});
}

/**
 * Waits until what others depend on is healthy, or will not be, and for the settle time at least: those others may get
 * well by that alone.
 */
export async function untilUp(
	ids: ReadonlySet<string>,
	looker: Looker,
	settleMs: number,
	signal: AbortSignal | undefined,
): Promise<void> {
	await watch(ids, looker, Math.max(settleMs, longestUpMs), signal, (seen, sinceMs) => {
		return seen.state !== 'running' || (seen.health !== 'starting' && sinceMs >= settleMs);
	});
}

async function watch(
	ids: ReadonlySet<string>,
	looker: Looker,
	limitMs: number,
	signal: AbortSignal | undefined,
	isSeenEnough: (seen: Observation, sinceMs: number) => boolean,
): Promise<void> {
	const began = performance.now();
	let left = [...ids];
	for (;;) {
		const sinceMs = performance.now() - began;
		if (left.length === 0 || sinceMs >= limitMs || signal?.aborted) return;
		await sleep(Math.min(pollMs, limitMs - sinceMs), undefined, { signal }).catch(() => {});
		if (signal?.aborted) return;
		const found = await looker.at(left, false);
		left = left.filter((id) => {
			const seen = found.get(id);
			// Whoever cannot be looked at is not waited for.
			if (seen === undefined || seen instanceof Error) return false;
			return !isSeenEnough(seen.observation, performance.now() - began);
		});
	}
}
