import type { RetentionPolicy } from '../../shared';
import { periodOf, periods, timeBefore } from './calendar';
import type { RetentionPoint } from './point';

/**
 * The rules that keep each generation, by its id, e.g. `daily 2026-11-20 (3 of 7)`.
 * @param generations newest first
 */
export function rulesKeeping(
	generations: readonly RetentionPoint[],
	policy: RetentionPolicy,
): Map<string, string[]> {
	const kept = new Map<string, string[]>();
	const keep = ({ id }: RetentionPoint, rule: string): void => {
		kept.set(id, [...(kept.get(id) ?? []), rule]);
	};
	const { keepLast = 0, keepWithin, timezone } = policy;
	for (const [index, point] of generations.slice(0, keepLast).entries()) {
		keep(point, `last ${index + 1} of ${keepLast}`);
	}
	for (const period of periods) {
		const most = policy[period] ?? 0;
		for (const [index, { point, name }] of newestOfEach(generations, most, (generation) =>
			periodOf(period, generation.startedAtMs, timezone),
		).entries()) {
			keep(point, `${period} ${name} (${index + 1} of ${most})`);
		}
	}
	if (keepWithin !== undefined) {
		for (const point of within(generations, keepWithin, timezone)) {
			keep(point, `within ${keepWithin} of the newest`);
		}
	}
	return kept;
}

/** The newest of each of the first `most` groups. */
function newestOfEach(
	generations: readonly RetentionPoint[],
	most: number,
	nameOf: (point: RetentionPoint) => string,
): { point: RetentionPoint; name: string }[] {
	const newest: { point: RetentionPoint; name: string }[] = [];
	for (const point of generations) {
		if (newest.length >= most) break;
		const name = nameOf(point);
		if (newest.at(-1)?.name !== name) newest.push({ point, name });
	}
	return newest;
}

/**
 * What was made within a span before the newest. When the newest stands alone there, the span counts from the one
 * before it: one backup after a long pause, or one made while the clock was far ahead, does not take all others away.
 */
function within(generations: readonly RetentionPoint[], span: string, timezone: string): RetentionPoint[] {
	const [newest, second] = generations;
	if (!newest) return [];
	const begin = timeBefore(newest.startedAtMs, span, timezone);
	const isAlone = second !== undefined && second.startedAtMs < begin;
	const from = isAlone ? timeBefore(second.startedAtMs, span, timezone) : begin;
	return generations.filter(({ startedAtMs }) => startedAtMs >= from);
}
