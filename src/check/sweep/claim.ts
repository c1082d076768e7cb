import { isGone, type ProcessIdentity } from '../../shared';
import { remembered, type Memory, type TargetMemory } from './memory';
import type { Target } from './targets';

export interface ClaimOptions {
	run: string;
	/** The process of the run. */
	by: ProcessIdentity;
	/** How long a run may take before it ends, without what is still being looked at then. In milliseconds. */
	longestRunMs: number;
}

/** A look may end, and be judged, so much later than it should. */
const graceMs = 10_000;

const skewMs = 60_000;

/**
 * Notes that a run looks at targets, so that no other one does so at the same time.
 *
 * @param targets parents first
 * @returns those that nobody else looks at now, whatever was looked at longest ago first
 */
export function claim(
	memory: Memory,
	targets: readonly Target[],
	{ run, by, longestRunMs }: ClaimOptions,
): { memory: Memory; result: Target[] } {
	// Not when the run has begun: others may have claimed since.
	const now = Date.now();
	const after = new Map(memory);
	const claimed: Target[] = [];
	const slowest = new Map<string, number>();
	const isOver = overWhen(now);
	for (const target of targets) {
		// What depends on a target may have to wait for it.
		const timeouts = target.parents.map((key) => slowest.get(key) ?? 0);
		slowest.set(target.key, Math.max(target.check.timeoutSeconds * 1000, ...timeouts));
		const kept = remembered(memory, target, now);
		if (!isOver(kept.busy)) continue;
		claimed.push(target);
		const until = Math.ceil(now + longestRunMs + (slowest.get(target.key) ?? 0) + graceMs);
		after.set(target.key, { ...kept, busy: { run, from: now, until, by } });
	}
	return { memory: after, result: longestAgoFirst(claimed, memory) };
}

/** Tells claims that hold no longer: they have run out, or their process has ended without an end of its looks. */
export function overWhen(now: number): (busy: TargetMemory['busy']) => boolean {
	const gone = new Map<string, boolean>();
	return (busy) => {
		// What begins after now was claimed before the clock was set back, or by a machine whose clock is a little ahead.
		if (busy === null || busy.from > now + skewMs || busy.until <= now) return true;
		const known = gone.get(busy.run) ?? isGone(busy.by);
		gone.set(busy.run, known);
		return known;
	};
}

/** Gives targets free that were not looked at. @param keys all of the run unless given */
export function release(memory: Memory, run: string, keys?: ReadonlySet<string>): Memory {
	return new Map(
		[...memory].map(([key, kept]) => {
			const isMeant = kept.busy?.run === run && (keys?.has(key) ?? true);
			return [key, isMeant ? { ...kept, busy: null } : kept];
		}),
	);
}

/** Where a run has no time for all, none has to wait forever. What others depend on comes before them. */
function longestAgoFirst(targets: readonly Target[], memory: Memory): Target[] {
	const seenAt = new Map<string, number>();
	for (const { key, parents } of targets.toReversed()) {
		const record = memory.get(key)?.record;
		const own = record === undefined || record.last.reason === 'not_checked' ? 0 : record.last.at;
		const at = Math.min(own, seenAt.get(key) ?? Infinity);
		seenAt.set(key, at);
		for (const parent of parents) seenAt.set(parent, Math.min(at, seenAt.get(parent) ?? Infinity));
	}
	return targets.toSorted((one, other) => (seenAt.get(one.key) ?? 0) - (seenAt.get(other.key) ?? 0));
}
