import { wholeNumber } from '../../shared';

/** How often and how fast containers are restarted. Times in milliseconds. */
export interface HealPolicy {
	/** Restarts by healing within the window before a container is left to a person. */
	maxRestarts: number;
	windowMs: number;
	/** Wait after the first attempt; doubled with each further one. */
	initialBackoffMs: number;
	maxBackoffMs: number;
	/** The same for containers that ran out of memory: they need longer to fill it again, and a person sooner. */
	initialMemoryBackoffMs: number;
	maxMemoryBackoffMs: number;
	/** After running well for so long, everything before is forgotten. */
	resetAfterMs: number;
	/** How long a container must keep running after an attempt before it counts as running. */
	settleMs: number;
}

const second = 1000;
const minute = 60 * second;

/**
 * As the kubelet restarts containers: 10 s, doubled up to 5 min, forgotten after 10 min of running
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy). The most restarts and the window
 * are as with units of systemd: a limit, then a person (`StartLimitBurst`, `StartLimitIntervalSec`).
 */
export const defaultPolicy: HealPolicy = {
	maxRestarts: 3,
	windowMs: 10 * minute,
	initialBackoffMs: 10 * second,
	maxBackoffMs: 5 * minute,
	initialMemoryBackoffMs: minute,
	maxMemoryBackoffMs: 15 * minute,
	resetAfterMs: 10 * minute,
	settleMs: 10 * second,
};

/** The policy as a person writes it; what is missing is as in `defaultPolicy`. */
export interface PolicyInput {
	maxRestarts?: unknown;
	windowMinutes?: unknown;
	backoffSeconds?: unknown;
	maxBackoffSeconds?: unknown;
	settleSeconds?: unknown;
}

/** @throws OpsdeskError `invalid_input` naming the field */
export function parsePolicy(input: PolicyInput): HealPolicy {
	const { maxRestarts, windowMinutes, backoffSeconds, maxBackoffSeconds, settleSeconds } = input;
	const backoffMs = number('Back-Off', backoffSeconds, 1, 3600, second, defaultPolicy.initialBackoffMs);
	const longest = Math.max(defaultPolicy.maxBackoffMs, backoffMs);
	const maxBackoffMs = number('Longest Back-Off', maxBackoffSeconds, 1, 86_400, second, longest);
	const windowMs = number('Window', windowMinutes, 1, 10_080, minute, defaultPolicy.windowMs);
	return {
		...defaultPolicy,
		maxRestarts: number('Most Restarts', maxRestarts, 0, 100, 1, defaultPolicy.maxRestarts),
		windowMs,
		initialBackoffMs: Math.min(backoffMs, maxBackoffMs),
		maxBackoffMs,
		initialMemoryBackoffMs: Math.max(defaultPolicy.initialMemoryBackoffMs, backoffMs),
		maxMemoryBackoffMs: Math.max(defaultPolicy.maxMemoryBackoffMs, maxBackoffMs),
		settleMs: number('Settle Time', settleSeconds, 0, 600, second, defaultPolicy.settleMs),
	};
}

function number(
	field: string,
	value: unknown,
	min: number,
	max: number,
	unit: number,
	missing: number,
): number {
	if (value === undefined || value === null || value === '') return missing;
	return wholeNumber(field, value, min, max) * unit;
}

/**
 * The wait after an attempt, in milliseconds: doubled with each attempt up to the cap, then a tenth to a half shorter, so
 * that what failed together does not start together and the cap is never exceeded.
 *
 * @param attempts how many were made since it last ran well, this one included
 * @param random from 0 to below 1
 */
export function backoffMs(
	policy: HealPolicy,
	attempts: number,
	outOfMemory: boolean,
	random: () => number,
): number {
	const [initial, cap] = outOfMemory
		? [policy.initialMemoryBackoffMs, policy.maxMemoryBackoffMs]
		: [policy.initialBackoffMs, policy.maxBackoffMs];
	// 2^30 is beyond any cap, and nothing overflows.
	const doubled = initial * 2 ** Math.min(Math.max(attempts - 1, 0), 30);
	return Math.round(Math.min(doubled, cap) * (0.9 - 0.4 * random()));
}

/** No wait is longer, whatever the clock has done since it was stored. */
export function longestWaitMs(policy: HealPolicy): number {
	return Math.max(policy.maxBackoffMs, policy.maxMemoryBackoffMs);
}
