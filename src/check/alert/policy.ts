/** When a person is told. Times in milliseconds. */
export interface AlertPolicy {
	/** Results in a row that are at least so bad … */
	failures: number;
	/** … or so many among the last `outOf` results, where a part of the requests fails behind a load balancer. */
	outOf: number | null;
	/** Results in a row that say nothing before that is told; as `failures` unless given. */
	unknowns?: number | undefined;
	/** Good results in a row before a trouble counts as over. */
	recoveries: number;
	/** How long the results must have been bad. */
	forMs: number;
	/** Pause between two reminders of a trouble that lasts; null: none. */
	reminderMs: number | null;
	/** Whether a target that changes all the time is told as such, once. */
	flapping: boolean;
}

const minute = 60_000;

/** Thresholds as in Gatus (3 failures, 2 successes), so that one lucky answer behind a load balancer ends nothing. */
export const defaultAlertPolicy: AlertPolicy = {
	failures: 3,
	outOf: null,
	recoveries: 2,
	forMs: 0,
	reminderMs: 4 * 60 * minute,
	flapping: true,
};
