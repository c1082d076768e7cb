import { createTwoFilesPatch } from 'diff';

/** JSON with texts of several lines shown line by line, so that a change in a script is one line of the diff. */
function readable(value: unknown): string {
	const lines = (_key: string, entry: unknown): unknown =>
		typeof entry === 'string' && entry.includes('\n') ? entry.split('\n') : entry;
	return `${JSON.stringify(value, lines, 2)}\n`;
}

/** Unified diff of two canonical forms; empty when they are the same. */
export function unifiedDiff(
	installed: Record<string, unknown>,
	shipped: Record<string, unknown>,
	names: { installed: string; shipped: string },
): string {
	const [before, after] = [readable(installed), readable(shipped)];
	if (before === after) return '';
	return createTwoFilesPatch(names.installed, names.shipped, before, after, undefined, undefined, {
		context: 3,
	});
}
