/** How bad what a check has found is, from the best to the worst. */
export const levels = ['ok', 'warning', 'critical'] as const;

export type Level = (typeof levels)[number];

/** Unknown: nothing could be found out, which says nothing good and nothing bad of the target. */
export type FoundLevel = Level | 'unknown';

/** @returns below zero when the first is better */
export function compareLevels(one: Level, other: Level): number {
	return levels.indexOf(one) - levels.indexOf(other);
}

export function worst(of: readonly Level[]): Level {
	return of.reduce<Level>((found, level) => (compareLevels(level, found) > 0 ? level : found), 'ok');
}
