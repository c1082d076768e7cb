import { n8nArtefacts } from '../../shared';
import { BackupError } from '../errors';
import type { Manifest, ManifestArtefact } from '../manifest';
import { hasNoPlace } from './place';
import { n8nFolders } from '../n8n';
import { PathSelection } from './selection';

/** What of a restore point is restored, and where to. */
export interface RestoreChoice {
	/** Names of artefacts; without it those that `paths` names, or else all of the restore point. */
	artefacts?: readonly string[] | undefined;
	/** Only these files and folders of an archive, by the name of the artefact. */
	paths?: Readonly<Record<string, readonly string[]>> | undefined;
	/** Only these tables of a PostgreSQL database, into a new one, by the name of the artefact; e.g. `public.orders`. */
	tables?: Readonly<Record<string, readonly string[]>> | undefined;
	/** Other targets than where it came from, by the name of the artefact. */
	to?: Readonly<Record<string, string>> | undefined;
}

/**
 * The artefacts that were asked for.
 * @throws BackupError `artefact_unknown` naming those there are
 */
export function chooseArtefacts(
	manifest: Manifest,
	{ artefacts, paths = {}, tables = {}, to = {} }: RestoreChoice,
): ManifestArtefact[] {
	const known = manifest.artefacts.map(({ name }) => name);
	const parts = [...Object.keys(paths), ...Object.keys(tables)];
	const leftOut = leftOutOf(manifest, { artefacts, paths, tables, to });
	const chosen = new Set(
		artefacts ?? (parts.length > 0 ? parts : known.filter((name) => !leftOut.includes(name))),
	);
	const unknown = [...chosen, ...parts, ...Object.keys(to)].find((name) => !known.includes(name));
	if (unknown !== undefined) {
		const failure = [...manifest.failures, ...(manifest.leftOut ?? [])].find(({ name }) => name === unknown);
		throw new BackupError(
			'artefact_unknown',
			`The restore point ${manifest.id} holds no artefact "${unknown}"${failure ? `: ${failure.message}` : '.'}`,
			`It holds: ${known.join(', ')}.`,
		);
	}
	refuseUnused(chosen, Object.keys(to), 'A target is');
	refuseUnused(chosen, Object.keys(paths), 'Paths are');
	refuseUnused(chosen, Object.keys(tables), 'Tables are');
	return manifest.artefacts.filter(({ name }) => chosen.has(name));
}

/**
 * Names of artefacts that a restore of everything leaves out: they hold files of many places and are put into a
 * folder when one is given.
 */
export function leftOutOf(
	manifest: Manifest,
	{ artefacts, paths = {}, tables = {}, to = {} }: RestoreChoice,
): string[] {
	if (artefacts !== undefined || Object.keys({ ...paths, ...tables }).length > 0) return [];
	const found = manifest.artefacts.filter(({ name, kind }) => hasNoPlace(kind) && !(name in to));
	return found.length < manifest.artefacts.length ? found.map(({ name }) => name) : [];
}

/**
 * The parts of archives that were asked for, by the name of the artefact.
 * @throws BackupError `path_unknown`
 */
export function choosePaths(
	artefacts: ManifestArtefact[],
	{ paths = {} }: RestoreChoice,
): Map<string, PathSelection> {
	const selections = new Map<string, PathSelection>();
	for (const { name, format } of artefacts) {
		const given = paths[name];
		if (given === undefined && name === n8nArtefacts.files) {
			// Around them lie the encryption key and the database, which are to stay where they are.
			selections.set(name, new PathSelection(name, n8nFolders, { mayMiss: true }));
		}
		if (given === undefined) continue;
		if (format !== 'tar') {
			throw new BackupError(
				'path_unknown',
				`${name} is no archive of files, so there are no paths in it.`,
				'Leave out its paths to restore all of it.',
			);
		}
		selections.set(name, new PathSelection(name, given));
	}
	return selections;
}

/**
 * The tables that were asked for, by the name of the artefact.
 * @throws BackupError `table_unknown`
 */
export function chooseTables(
	artefacts: ManifestArtefact[],
	{ tables = {} }: RestoreChoice,
): ReadonlyMap<string, readonly string[]> {
	for (const { name, kind } of artefacts) {
		if (tables[name] === undefined || kind === 'postgres') continue;
		throw new BackupError(
			'table_unknown',
			`${name} is no database of PostgreSQL, so its tables cannot be restored one by one.`,
			'Leave out its tables to restore all of it.',
		);
	}
	return new Map(Object.entries(tables));
}

function refuseUnused(chosen: Set<string>, given: string[], what: string): void {
	const unused = given.find((name) => !chosen.has(name));
	if (unused === undefined) return;
	throw new BackupError(
		'artefact_unknown',
		`${what} given for "${unused}", which is not among the artefacts to restore.`,
		`Add it to the artefacts, or leave out ${what.startsWith('A') ? 'its target' : `its ${what.split(' ')[0]?.toLowerCase()}`}.`,
	);
}
