import type { Site } from '../../shared';
import type { BackupContext } from '../context';
import type { SiteSource } from '../sources/source';
import { KeptBeside } from './directory';
import type { KeptPlace } from './kept-place';

/**
 * The place in which restores of a source keep what was there; to be closed. Undefined for what is never replaced.
 * @throws BackupError `engine_missing`
 */
export async function openKeptPlace(
	source: SiteSource,
	site: Site,
	context: BackupContext,
): Promise<KeptPlace | undefined> {
	if (source.kind === 'directory' && source.definition.via !== 'engine') {
		return new KeptBeside(source.definition.path, 'directory');
	}
	if (source.kind === 'sqlite' && source.definition.container === undefined) {
		return new KeptBeside(source.definition.path, 'database');
	}
	const { openKeptElsewhere } = await import('./engine.js');
	return openKeptElsewhere(source, site, context);
}
