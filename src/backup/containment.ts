import { realpath } from 'node:fs/promises';

import { compilePatterns, type DirectorySource, type Site } from '../shared';
import { placeOf } from './directory/read-directory';
import { BackupError } from './errors';
import { askDisk, defaultPatienceMs, Patience } from './patience';

/**
 * Refuses a directory that holds the place where its own backups are kept, since each backup would hold all earlier
 * ones, and one that lies in that place. The site definition is checked for that as it is written; this sees links.
 *
 * @throws BackupError `source_contains_backups`
 */
export async function refuseContainment(
	source: DirectorySource,
	site: Site,
	patienceMs = defaultPatienceMs,
): Promise<void> {
	const root = await new Patience(placeOf(source.path), patienceMs).wait(() => resolved(source.path));
	if (root === undefined) return;
	for (const destination of site.destinations) {
		if (destination.type !== 'directory') continue;
		// A destination that does not answer fails by itself, and holds up no source.
		const { path } = destination;
		const kept = await askDisk(path, () => resolved(`${path}/${site.name}`), patienceMs);
		if (kept === undefined) continue;
		if (isWithin(root, kept)) {
			throw refused(source, kept, 'lies in the place where backups are kept', 'Choose another destination.');
		}
		if (!isWithin(kept, root)) continue;
		const inside = kept.slice(root === '/' ? 1 : root.length + 1);
		if (!compilePatterns(source)(inside, true)) continue;
		const pattern = `/${inside.replace(/[\\*?[{}]/g, '\\$&')}/`;
		throw refused(
			source,
			kept,
			'holds the place where its backups are kept, so each backup would hold all earlier ones',
			`Choose another destination, or add "${pattern}" to the exclude patterns of "${source.name}".`,
		);
	}
}

/** Whether `path` is `folder` or lies in it; both absolute and without links. */
export function isWithin(path: string, folder: string): boolean {
	return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** The path without links, undefined when there is none: then whoever uses it says so. */
export async function resolved(path: string): Promise<string | undefined> {
	return await realpath(path).catch(() => undefined);
}

function refused(source: DirectorySource, kept: string, fault: string, remedy: string): BackupError {
	return new BackupError(
		'source_contains_backups',
		`The directory ${source.path} ${fault} (${kept}).`,
		remedy,
	);
}
