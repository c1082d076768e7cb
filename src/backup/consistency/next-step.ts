import type { ContainerRecord } from './journal-document';

/** What the engine says of a container now. */
export interface Observation {
	state: string;
	/** The container that was touched is gone, and this one has its name and its place in Compose. */
	isReplacement: boolean;
}

/** How a container that was paused or stopped gets back to running. */
export type NextStep =
	/** It was never touched, or has been looked after. */
	| 'nothing'
	/** It runs; by itself, by its restart policy or by somebody else. */
	| 'running'
	/** The engine may still be stopping it: look again later. */
	| 'wait'
	| 'start'
	| 'unpause'
	/** There is no such container any more, nor one in its place. */
	| 'gone';

/**
 * One step of bringing a container back. Only what ran before was touched, so what was touched has to run again.
 *
 * @param mayStillChange a request to stop or pause it may still be under way at the engine
 */
export function nextStep(
	record: Pick<ContainerRecord, 'touchedAt' | 'closed'>,
	observed: Observation | undefined,
	mayStillChange: boolean,
): NextStep {
	if (record.touchedAt === undefined || record.closed) return 'nothing';
	if (!observed) return 'gone';
	switch (observed.state) {
		case 'running':
			return mayStillChange && !observed.isReplacement ? 'wait' : 'running';
		case 'restarting':
			return 'running';
		case 'paused':
			return 'unpause';
		case 'removing':
		case 'dead':
			return 'gone';
		default:
			return 'start';
	}
}
