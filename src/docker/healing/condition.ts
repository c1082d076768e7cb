import type { Condition, Observation } from './observation';

/** A container that ran for less has hardly been tried. */
export const youngMs = 10_000;

/**
 * What is wrong with a container at one look. A crash loop cannot be seen in one look, since half of them find the
 * container running: see `judge`.
 */
export function conditionOf(seen: Observation): Condition {
	switch (seen.state) {
		case 'running':
			return seen.health === 'none' ? 'unverified' : seen.health;
		case 'exited':
			return endedAs(seen);
		case 'created':
			return 'never_started';
		case 'paused':
		case 'restarting':
		case 'removing':
		case 'dead':
			return seen.state;
		default:
			// A state of an engine to come: nothing is done about what nobody understands.
			return 'stop_unknown';
	}
}

function endedAs(seen: Observation): Condition {
	if (seen.stoppedBy === 'person') return 'stopped';
	// A job that has done its work; other policies would have kept it running.
	if (seen.exitCode === 0 && !keepsRunning(seen.restartPolicy)) return 'finished';
	if (seen.stoppedBy === 'unknown') return 'stop_unknown';
	return seen.outOfMemory ? 'out_of_memory' : 'failed';
}

/** Whether the engine itself would start it again, whatever its exit code. */
export function keepsRunning(restartPolicy: string): boolean {
	return restartPolicy === 'always' || restartPolicy === 'unless-stopped';
}

/** Whether it may be on its way through a loop: half of all looks find such a container running. */
export function mayBeLooping(seen: Observation): boolean {
	if (seen.state === 'restarting') return true;
	if (seen.state !== 'running' || seen.restartCount === 0) return false;
	return seen.ageMs !== null && seen.ageMs < youngMs;
}

/**
 * For how long an unhealthy container may still be on its way up: half as long again as the start period it asks for,
 * which is what a start takes on a bad day. 0 where it has been healthy since, or asks for none.
 */
export function stillStartingMs(seen: Observation): number {
	if (seen.ageMs === null || seen.startPeriodMs === 0 || seen.wasHealthy) return 0;
	return Math.max(0, 1.5 * seen.startPeriodMs - seen.ageMs);
}
