import type { Level } from '../../alert';

export interface Thresholds {
	warning?: number | undefined;
	critical?: number | undefined;
}

/** Both thresholds are good themselves: only more than that is too much. */
export function judge(amount: number, limits: Thresholds | undefined): Level {
	if (limits?.critical !== undefined && amount > limits.critical) return 'critical';
	return limits?.warning !== undefined && amount > limits.warning ? 'warning' : 'ok';
}

/** `, more than 90 %`, or nothing where all is well. */
export function exceeded(level: Level, limits: Thresholds | undefined, unit = ' %'): string {
	const limit = level === 'ok' ? undefined : limits?.[level];
	return limit === undefined ? '' : `, more than ${limit}${unit}`;
}

/** A share in percent, to a tenth. */
export function percent(part: number, whole: number): number {
	return Math.round((part / whole) * 1000) / 10;
}
