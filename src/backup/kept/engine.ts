import type { Site } from '../../shared';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import type { SiteSource } from '../sources/source';
import { KeptInContainer } from './container-database';
import { KeptDatabases } from './database';
import type { KeptPlace } from './kept-place';
import { KeptInTree } from './tree';

/** A place of kept copies that this process does not see; undefined for what is never replaced. */
export function openKeptElsewhere(
	source: SiteSource,
	site: Site,
	context: BackupContext,
): KeptPlace | undefined {
	const through = (what: string) => ({
		connection: engineFor(what, context),
		site: site.name,
		signal: context.signal,
	});
	switch (source.kind) {
		case 'directory': {
			const { path } = source.definition;
			return new KeptInTree({ type: 'hostPath', path }, through(`the host path ${path}`));
		}
		case 'volume': {
			const { volume } = source.definition;
			return new KeptInTree({ type: 'volume', volume }, through(`the volume ${volume}`));
		}
		case 'postgres':
			return new KeptDatabases(source.definition, source.definition.database, context);
		case 'sqlite': {
			const { path, container = '' } = source.definition;
			return new KeptInContainer({ container, path }, through(`the database in the container ${container}`));
		}
		case 'globals':
		case 'config':
		case 'workflows':
			return undefined;
	}
}
