import type { z } from 'zod';
import { compilePatterns, patternProblem, type PatternLists } from '../patterns';
import { NAME } from './names';
import { isWithin } from './paths';

type Place =
	| { type: 'directory' | 'engine'; path: string }
	| { type: 's3'; bucket: string; prefix: string; endpoint?: string | undefined; credential: string };

interface Places {
	name: string;
	backup: {
		directories: ReadonlyArray<{
			path: string;
			via: 'n8n' | 'engine';
			include: readonly string[];
			exclude: readonly string[];
		}>;
	};
	destinations: readonly Place[];
}

/**
 * Refuses destinations that are the same place and backups that would contain themselves, each run all earlier ones.
 *
 * They are refused and not left out silently, because then a folder somebody named would miss a part without a word;
 * an exclude pattern says the same in the open. The paths are compared as they are written and only within one view
 * (n8n's or the host's): links and mounts are known when the backup runs.
 */
export function checkPlaces(site: Places, context: z.RefinementCtx): void {
	// This also runs when single fields are wrong, so that all faults are reported at once.
	if (!NAME.test(site.name)) return;
	site.destinations.forEach((destination, index) => {
		const at = ['destinations', index, destination.type === 's3' ? 'bucket' : 'path'];
		const twin = site.destinations.findIndex((other) => placeKey(other) === placeKey(destination));
		if (twin < index) {
			context.addIssue({
				code: 'custom',
				path: at,
				message: `is the same place as entry ${twin + 1} of this list; remove one of them`,
			});
			return;
		}
		const message = overlap(site, destination);
		if (message !== undefined) context.addIssue({ code: 'custom', path: at, message });
	});
}

/** The same for two destinations that keep backups in one place, as far as the definition can tell. */
function placeKey(place: Place): string {
	if (place.type !== 's3') return `${place.type} ${place.path}`;
	const { bucket, prefix, endpoint = '', credential } = place;
	const service = endpoint === '' ? credential : endpoint.replace(/\/+$/, '').toLowerCase();
	return `s3 ${service} ${bucket}/${prefix}`;
}

function overlap(site: Places, destination: Place): string | undefined {
	if (destination.type === 's3') return undefined;
	const view = destination.type === 'engine' ? 'engine' : 'n8n';
	const kept = `${destination.path}/${site.name}`;
	for (const [index, source] of site.backup.directories.entries()) {
		if (source.via !== view) continue;
		const field = `backup.directories[${index}]`;
		if (isWithin(source.path, kept)) {
			return `keeps the backups in ${kept}, which holds the source ${field}; choose another folder`;
		}
		if (!isWithin(kept, source.path)) continue;
		const inside = kept.slice(source.path.length + 1);
		if (kept !== source.path && !storesFolder(source, inside)) continue;
		return `keeps the backups in ${kept}, inside the source ${field}, so each backup would hold all earlier ones; choose another folder, or add "/${escapePattern(inside)}/" to the exclude patterns of ${field}`;
	}
	return undefined;
}

function storesFolder({ include, exclude }: PatternLists, folder: string): boolean {
	const [included, excluded] = [include, exclude].map((patterns) =>
		patterns?.filter((pattern) => patternProblem(pattern) === undefined),
	);
	return compilePatterns({ include: included, exclude: excluded })(folder, true);
}

function escapePattern(path: string): string {
	return path.replace(/[\\*?[{}]/g, '\\$&');
}
