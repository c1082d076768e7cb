import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedFolder } from '../../src/workflows';

/** Rows of the table in workflows/README.md: name of the workflow → its other cells. */
export function indexRows(): Map<string, string[]> {
	const text = readFileSync(join(shippedFolder, 'README.md'), 'utf8');
	const rows = [...text.matchAll(/^\| \[([a-z0-9-]+)\]\(\1\.json\) *\|(.*)\|$/gm)];
	return new Map(
		rows.map(([, name = '', cells = '']) => [name, cells.split('|').map((cell) => cell.trim())]),
	);
}

/** Versions per workflow in workflows/CHANGELOG.md, newest first; only entries that say something. */
export function changelogVersions(): Map<string, string[]> {
	const text = readFileSync(join(shippedFolder, 'CHANGELOG.md'), 'utf8');
	const sections = text.split(/^## /m).slice(1);
	return new Map(
		sections.map((section) => {
			const [name = '', ...rest] = section.split('\n');
			const versions = [...rest.join('\n').matchAll(/^### (\S+)\n+- \S/gm)].map(
				([, version = '']) => version,
			);
			return [name.trim(), versions];
		}),
	);
}
