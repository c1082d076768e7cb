import type { Condition } from './observation';

export type HealAction = 'leave' | 'wait' | 'start' | 'restart' | 'quarantine' | 'release';

/** Why a container was let out of quarantine. */
export type ReleaseReason = 'manual_start' | 'new_image' | 'new_container' | 'by_hand' | 'recovered';

/** Why something is decided; stable. */
export type HealReason =
	| ReleaseReason
	// Nothing to do
	| 'well'
	| 'starting'
	| 'finished'
	| 'never_started'
	| 'paused'
	| 'removing'
	| 'stopped_by_person'
	// Something to do, but not by healing, or not now
	| 'ignored'
	| 'held_by_backup'
	| 'held_by_update'
	| 'maintenance'
	| 'protected'
	| 'start_period'
	| 'engine_restarts'
	| 'back_off'
	| 'another_run'
	| 'changed_meanwhile'
	| 'stop_unknown'
	| 'cannot_be_restarted'
	| 'quarantined'
	// Something is done
	| 'unhealthy'
	| 'failed'
	| 'out_of_memory'
	| 'namespace_of_restarted'
	| 'dependency_restarted'
	// Nothing can be said, or done
	| 'gone'
	| 'not_inspected'
	| 'state_unusable'
	// A person is needed
	| 'too_many_restarts'
	| 'crash_loop';

export const alertKinds = [
	'quarantine',
	'stop_unknown',
	'dead',
	'out_of_memory',
	'protected',
	'state_unusable',
] as const;
export type AlertKind = (typeof alertKinds)[number];

export interface Decision {
	action: HealAction;
	condition: Condition | 'unknown';
	reason: HealReason;
	/** A sentence for people. */
	message: string;
	/** Set when a person is to be called, which is said once for each trouble. */
	alert: AlertKind | null;
	/** The trouble of an earlier alert has ended; said once. */
	resolved: boolean;
	/** Restarts and starts by healing that count, this one included. */
	attempt: number;
	/** In milliseconds; when another look is due at the earliest, null when nothing is awaited. */
	nextAttemptAt: number | null;
	quarantined: boolean;
	/** For how long it was not well, once it is well again; else null. In milliseconds. */
	downMs: number | null;
	/** Set when it was let out of quarantine at this look. */
	released: ReleaseReason | null;
}
