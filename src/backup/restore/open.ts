import type { BackupContext } from '../context';
import type { ManifestArtefact } from '../manifest';
import { DirectoryTarget } from './directory';
import { DirectoryPathsTarget } from './directory-paths';
import { hasNoPlace } from './place';
import type { PathSelection } from './selection';
import { SqliteTarget } from './sqlite';
import type { RestoreTarget } from './target';

export interface TargetOptions {
	/** A path, volume or database other than the one it was made from. */
	to?: string | undefined;
	/** Replace what is there; it is kept beside. */
	overwrite: boolean;
	/** Of the restore point. */
	id: string;
	site: string;
	/** Folders this process sees in which backups are kept; nothing is restored into or over them. */
	keepOut?: readonly string[] | undefined;
	/** Only these paths of an archive; everything else in the target stays as it is. */
	selection?: PathSelection | undefined;
	/** Only these tables of a database, into a new one. */
	tables?: readonly string[] | undefined;
	/** The containers that use it are stopped before the change, and it may be taken back after it. */
	stopContainers?: boolean | undefined;
	/** Nothing may be changed, not even what a killed restore has left. */
	dryRun?: boolean | undefined;
	/** A database counts although pg_restore has told errors, which are listed. */
	allowErrors?: boolean | undefined;
	/** Roles that the same restore would make before the databases, by the server they are made in. */
	promised?: Map<string, Set<string>> | undefined;
}

/** The place an artefact is restored to: where it came from, unless told otherwise. */
export async function openTarget(
	artefact: ManifestArtefact,
	options: TargetOptions,
	context: BackupContext,
): Promise<RestoreTarget> {
	const { path, via } = artefact.source;
	if (hasNoPlace(artefact.kind) || (artefact.kind === 'directory' && via !== 'engine')) {
		const place = options.to ?? path ?? '';
		const { selection } = options;
		return selection
			? new DirectoryPathsTarget(place, artefact, { ...options, selection })
			: new DirectoryTarget(place, artefact, options);
	}
	if (artefact.kind === 'sqlite' && isLocal(artefact, options)) {
		return new SqliteTarget(options.to ?? path ?? '', artefact, options, context.signal);
	}
	const { openEngineTarget } = await import('./engine.js');
	return openEngineTarget(artefact, options, context);
}

/** A database that came from a container goes to a path that this process sees when one is given. */
function isLocal({ source }: ManifestArtefact, { to }: TargetOptions): boolean {
	return to !== undefined || !source['container'];
}
