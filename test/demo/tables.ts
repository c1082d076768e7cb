import type { Comparison } from './fingerprint';

export interface FinishedStep {
	name: string;
	/** e.g. `241 MB`; empty for a step without data. */
	size: string;
	seconds: number;
	result: string;
}

/** The steps as a table for people. */
export function stepTable(steps: FinishedStep[]): string {
	const rows = steps.map(({ name, size, seconds, result }) => [
		name,
		size,
		`${seconds.toFixed(1)} s`,
		result,
	]);
	return table(['step', 'size', 'time', 'result'], rows, [1, 2]);
}

/** What was before and what is after the restore, as a table for people. */
export function comparisonTable(comparisons: Comparison[]): string {
	const rows = comparisons.map(({ part, before, after, equal }) => [
		part,
		before.count.toLocaleString('en'),
		before.hash.slice(0, 12),
		after === undefined ? 'missing' : after.count.toLocaleString('en'),
		after === undefined ? '' : after.hash.slice(0, 12),
		equal ? 'yes' : 'NO',
	]);
	return table(['part of the site', 'before', 'hash', 'after', 'hash', 'equal'], rows, [1, 3]);
}

/** Bytes in the unit people use, e.g. `241 MB`. */
export function megabytes(bytes: number): string {
	const value = bytes / 1_000_000;
	return `${value < 10 ? value.toFixed(1) : Math.round(value)} MB`;
}

function table(heads: string[], rows: string[][], toTheRight: number[]): string {
	const all = [heads, ...rows];
	const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
	const line = (row: string[]): string =>
		row
			.map((cell, column) => {
				const width = widths[column] ?? 0;
				return toTheRight.includes(column) ? cell.padStart(width) : cell.padEnd(width);
			})
			.join('  ')
			.trimEnd();
	const rule = widths.map((width) => '─'.repeat(width)).join('──');
	return [line(heads), rule, ...rows.map(line)].join('\n');
}
