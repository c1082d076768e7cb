import type { Health } from '../summary';

/**
 * Who ended a container: `person` by stop or kill through the engine, `crash` by itself, `healing` in the middle of a
 * restart of our own. `unknown` where the engine does not remember the end.
 */
export type StoppedBy = 'person' | 'crash' | 'healing' | 'unknown';

/** What is known of a container at one look. Instants are in milliseconds by the engine's own clock. */
export interface Observation {
	id: string;
	name: string;
	imageId: string;
	/** The engine's own word, e.g. `running`, `exited`. */
	state: string;
	health: Health;
	/** What the health check last wrote, readable and short. */
	healthOutput: string | null;
	/** Null while it has never ended. */
	exitCode: number | null;
	outOfMemory: boolean;
	/** What the engine says of a start that failed. */
	error: string | null;
	/** Restarts by the engine's own policy since the last start by hand. */
	restartCount: number;
	restartPolicy: string;
	/** Of the policy `on-failure`; 0 for no end. */
	mostRetries: number;
	startedAt: number | null;
	finishedAt: number | null;
	/** Since its last start, by the engine's own clock; null when it has never been started. */
	ageMs: number | null;
	/** For how long failed checks do not count, as the container itself asks for. */
	startPeriodMs: number;
	/** Whether a check has succeeded since it was started, as far as the engine remembers. */
	wasHealthy: boolean;
	memoryLimitBytes: number | null;
	/** Counts only for what has ended. */
	stoppedBy: StoppedBy;
	/** It carries `opsdesk.heal=false`. */
	ignored: boolean;
}

/** Why nothing may be done to a container for now. */
export interface Hold {
	by: 'backup' | 'maintenance' | 'update';
	/** A clause for messages, e.g. `a backup of "shop" has stopped it`. */
	reason: string;
}

/** What is wrong, or not, with a container. */
export type Condition =
	| 'healthy'
	/** It runs, and nothing checks it. */
	| 'unverified'
	| 'starting'
	| 'unhealthy'
	| 'failed'
	| 'out_of_memory'
	| 'crash_loop'
	/** It runs in a network in which nothing answers any more. */
	| 'cut_off'
	| 'finished'
	| 'stopped'
	| 'stop_unknown'
	| 'never_started'
	| 'paused'
	| 'restarting'
	| 'removing'
	| 'dead';
