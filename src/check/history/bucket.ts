import { z } from 'zod';

import type { FoundLevel } from '../alert';
import { addLatency, mergeLatencies, quantile } from './latencies';

const amount = z.number().int().min(0);

/** What is known of one target over a stretch of time. Times in milliseconds. */
export const bucketSchema = z.object({
	okMs: amount,
	warningMs: amount,
	criticalMs: amount,
	/** It was looked at, and nothing could be found out. */
	unknownMs: amount,
	/** Whatever it was, in a maintenance window. */
	maintenanceMs: amount,
	checks: amount,
	/** Checks that were critical. */
	failures: amount,
	latencies: z.record(z.string(), amount),
});
export type Bucket = z.infer<typeof bucketSchema>;

export const emptyBucket: Bucket = {
	...{ okMs: 0, warningMs: 0, criticalMs: 0, unknownMs: 0, maintenanceMs: 0, checks: 0, failures: 0 },
	latencies: {},
};

export function merge(one: Bucket, other: Bucket): Bucket {
	return {
		okMs: one.okMs + other.okMs,
		warningMs: one.warningMs + other.warningMs,
		criticalMs: one.criticalMs + other.criticalMs,
		unknownMs: one.unknownMs + other.unknownMs,
		maintenanceMs: one.maintenanceMs + other.maintenanceMs,
		checks: one.checks + other.checks,
		failures: one.failures + other.failures,
		latencies: mergeLatencies(one.latencies, other.latencies),
	};
}

/** One look. */
export function withCheck(bucket: Bucket, level: FoundLevel, latencyMs: number | null): Bucket {
	return {
		...bucket,
		checks: bucket.checks + 1,
		failures: bucket.failures + (level === 'critical' ? 1 : 0),
		latencies: latencyMs === null ? bucket.latencies : addLatency(bucket.latencies, latencyMs),
	};
}

/** Time in which a level was the case. */
export function withTime(bucket: Bucket, level: FoundLevel | 'maintenance', ms: number): Bucket {
	const field = `${level}Ms` as const;
	return { ...bucket, [field]: bucket[field] + Math.round(ms) };
}

/** What a stretch of time was like for one target. */
export interface Availability {
	/**
	 * Share of the time in which the target was up, a warning included, in percent; of the time of which it is known. Time
	 * in maintenance, time in which nothing could be found out and time without checks count for nothing. Null when nothing
	 * is known.
	 */
	uptimePercent: number | null;
	/** Of the whole stretch, time without any check. */
	noDataMs: number;
	downMs: number;
	maintenanceMs: number;
	unknownMs: number;
	checks: number;
	failures: number;
	/** In milliseconds; null without an answer. */
	p50Ms: number | null;
	p95Ms: number | null;
}

/** @param lengthMs of the stretch, as far as it has gone by */
export function availabilityOf(bucket: Bucket, lengthMs: number): Availability {
	const { okMs, warningMs, criticalMs, unknownMs, maintenanceMs, checks, failures, latencies } = bucket;
	const known = okMs + warningMs + criticalMs;
	return {
		uptimePercent: known === 0 ? null : (100 * (okMs + warningMs)) / known,
		noDataMs: Math.max(0, lengthMs - known - unknownMs - maintenanceMs),
		downMs: criticalMs,
		...{ maintenanceMs, unknownMs, checks, failures },
		p50Ms: quantile(latencies, 0.5),
		p95Ms: quantile(latencies, 0.95),
	};
}
