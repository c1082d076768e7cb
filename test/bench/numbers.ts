/** A number with what it should be. */
export interface Goal {
	value: number;
	goal: string;
	met: boolean;
}

const kinds = {
	atLeast: { sign: '≥', holds: (value: number, limit: number) => value >= limit },
	atMost: { sign: '≤', holds: (value: number, limit: number) => value <= limit },
	exactly: { sign: '=', holds: (value: number, limit: number) => value === limit },
	below: { sign: '<', holds: (value: number, limit: number) => value < limit },
};

/** Sets a number against its goal. */
export const goal = (value: number, kind: keyof typeof kinds, limit: number): Goal => ({
	value,
	goal: `${kinds[kind].sign} ${limit}`,
	met: kinds[kind].holds(value, limit),
});

/** The value below which the given part (0 to 1) of all lies. */
export function quantile(values: number[], part: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
	if (value === undefined) throw new Error('Nothing was measured.');
	return value;
}

export const median = (values: number[]): number => quantile(values, 0.5);

export const rounded = (value: number): number => Math.round(value * 100) / 100;

export const megabytesOf = (bytes: number): number => Math.round(bytes / 1e6);
