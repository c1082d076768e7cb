/** Buckets grow by two percent, so what is read from them is at most one percent off, as with DDSketch. */
const growth = 1.02;
const step = Math.log(growth);

/** How many answers took about how long: bucket number to count. Mergeable, and small however many answers. */
export type Latencies = Record<string, number>;

/** @param latencyMs in milliseconds; less than a tenth counts as a tenth */
export function addLatency(to: Latencies, latencyMs: number): Latencies {
	const bucket = String(Math.ceil(Math.log(Math.max(latencyMs, 0.1)) / step));
	return { ...to, [bucket]: (to[bucket] ?? 0) + 1 };
}

export function mergeLatencies(one: Latencies, other: Latencies): Latencies {
	const merged = { ...one };
	for (const [bucket, count] of Object.entries(other)) merged[bucket] = (merged[bucket] ?? 0) + count;
	return merged;
}

/**
 * @param share such as 0.95
 * @returns milliseconds, at most one percent off the nearest-rank value; null without any answer
 */
export function quantile(of: Latencies, share: number): number | null {
	const buckets = Object.entries(of)
		.map(([bucket, count]) => ({ bucket: Number(bucket), count }))
		.sort((one, other) => one.bucket - other.bucket);
	const total = buckets.reduce((sum, { count }) => sum + count, 0);
	if (total === 0) return null;
	let left = Math.max(1, Math.ceil(share * total));
	for (const { bucket, count } of buckets) {
		left -= count;
		if (left <= 0) return (2 * growth ** bucket) / (growth + 1);
	}
	return null;
}
