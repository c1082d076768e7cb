/** So much two clocks may differ before that means anything: a run may begin this much early. */
export const clockToleranceMs = 5 * 60_000;

/** Whether a restore point is dated in the future of a clock: then that clock or the one of its run is wrong. */
export function isFuture(point: { startedAtMs: number }, nowMs: number): boolean {
	return point.startedAtMs > nowMs + clockToleranceMs;
}

/** Milliseconds in hours, to the hundredth. */
export function hours(durationMs: number): number {
	return Math.round(durationMs / 36_000) / 100;
}
