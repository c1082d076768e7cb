import { intervalMs, type RetentionPolicy } from '../../shared';
import { isFuture } from '../catalogue/clock';
import type { GenerationState } from '../catalogue/entries';
import { byAge, type RetentionPoint } from './point';
import { rulesKeeping } from './rules';

export interface RetentionDecision {
	id: string;
	action: 'keep' | 'drop';
	/** For people. */
	reason: string;
}

/**
 * Decides for each restore point of one destination whether it is kept, and why; newest first.
 *
 * The rules are those of restic's `forget`: `keepLast` keeps the newest; `hourly` … `yearly` keep the newest of each of
 * the last so many periods that have one; `keepWithin` counts back from the newest, not from now, so that nothing is
 * lost when backups stop; what one rule keeps is kept. (https://restic.readthedocs.io/en/stable/060_forget.html; its
 * extra of also keeping the oldest one is left out.)
 *
 * Whatever the rules say: the newest good one and the newest verified one are kept; held ones are; nothing younger than
 * `minimumAge` is dropped; those of the future are neither counted nor dropped; those that are not good are kept until
 * a newer one is good, and those whose manifest cannot be trusted are left to a person.
 */
export function planRetention(
	points: readonly RetentionPoint[],
	policy: RetentionPolicy,
	now: Date,
): RetentionDecision[] {
	const nowMs = now.getTime();
	const newestFirst = [...points].sort(byAge);
	const generations = newestFirst.filter((point) => point.state === 'good' && !isFuture(point, nowMs));
	const kept = rulesKeeping(generations, policy);
	const [newest] = generations;
	const newestVerified = generations.find(({ verified }) => verified);
	const minimumAgeMs = intervalMs(policy.minimumAge ?? '0d');

	const reasonsToKeep = (point: RetentionPoint): string[] => {
		const reasons: string[] = [];
		if (isFuture(point, nowMs))
			reasons.push('it is dated in the future, so it is neither counted nor removed');
		if (point.held !== undefined) reasons.push(point.held);
		if (point.state === 'unusable') {
			reasons.push('its manifest cannot be trusted, so a person has to decide what becomes of it');
		}
		if (point.state === 'foreign') reasons.push('nothing in its folder is ours');
		if (point === newest) reasons.push('the newest good one');
		if (point === newestVerified) reasons.push('the newest verified one');
		reasons.push(...(kept.get(point.id) ?? []));
		if (nowMs - point.startedAtMs < minimumAgeMs && !isFuture(point, nowMs)) {
			reasons.push(`younger than ${policy.minimumAge}`);
		}
		if (point.state !== 'good' && !newerGood(point)) {
			reasons.push(`${described[point.state]}, and no newer one is good`);
		}
		return reasons;
	};
	const newerGood = (point: RetentionPoint): RetentionPoint | undefined =>
		newest && newest.startedAtMs > point.startedAtMs ? newest : undefined;

	return newestFirst.map((point) => {
		const reasons = reasonsToKeep(point);
		if (reasons.length > 0) return { id: point.id, action: 'keep', reason: `kept: ${reasons.join('; ')}` };
		const reason =
			point.state === 'good'
				? `dropped: no rule keeps it (${describePolicy(policy)})`
				: `dropped: ${described[point.state]}, and ${newerGood(point)?.id} is newer and good`;
		return { id: point.id, action: 'drop', reason };
	});
}

const described: Record<Exclude<GenerationState, 'good'>, string> = {
	damaged: 'a verification found it damaged',
	suspicious: 'it is suspicious and nobody has confirmed it',
	partial: 'it is partial',
	unfinished: 'it was never finished',
	unusable: 'its manifest cannot be trusted',
	foreign: 'nothing in its folder is ours',
};

/** `keepLast 3, daily 7, keepWithin 14d` */
export function describePolicy(policy: RetentionPolicy): string {
	const { keepLast, hourly, daily, weekly, monthly, yearly, keepWithin } = policy;
	return Object.entries({ keepLast, hourly, daily, weekly, monthly, yearly, keepWithin })
		.filter(([, value]) => value !== undefined && value !== 0)
		.map(([rule, value]) => `${rule} ${value}`)
		.join(', ');
}
