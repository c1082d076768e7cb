import { readFile } from 'node:fs/promises';

import { isWithin } from '../containment';

/** The mount points at a path and below it, as this process sees them. */
export async function mountPointsWithin(path: string): Promise<string[]> {
	return mountPointsIn(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''), path);
}

/** @param table as it stands in `/proc/self/mountinfo` of whoever sees the path */
export function mountPointsIn(table: string, path: string): string[] {
	return table
		.split('\n')
		.map((line) => unescapePath(line.split(' ')[4] ?? ''))
		.filter((point) => point !== '' && isWithin(point, path));
}

/** Blanks, tabs, line breaks and backslashes are written as `\` and three octal digits. */
function unescapePath(text: string): string {
	return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
