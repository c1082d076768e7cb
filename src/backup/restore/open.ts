import type { BackupContext } from '../context';
import type { ManifestArtefact } from '../manifest';
import { DirectoryTarget } from './directory';
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
}

/** The place an artefact is restored to: where it came from, unless told otherwise. */
export async function openTarget(
	artefact: ManifestArtefact,
	options: TargetOptions,
	context: BackupContext,
): Promise<RestoreTarget> {
	const { path, via } = artefact.source;
	if (artefact.kind === 'directory' && via !== 'engine') {
		return new DirectoryTarget(options.to ?? path ?? '', artefact, options);
	}
	const { openEngineTarget } = await import('./engine.js');
	return openEngineTarget(artefact, options, context);
}
