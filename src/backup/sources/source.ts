import type {
	ConfigSource,
	DirectorySource,
	PostgresSource,
	Site,
	SqliteSource,
	VolumeSource,
} from '../../shared';
import { artefactName } from '../../shared';
import type { ArtefactSource } from '../artefact';
import type { ManifestArtefact } from '../manifest';

/** One entry of a site's `backup`, with the artefact it becomes. */
export type SiteSource = { artefact: string } & (
	| { kind: 'directory'; definition: DirectorySource }
	| { kind: 'volume'; definition: VolumeSource }
	| { kind: 'postgres'; definition: PostgresSource }
	| { kind: 'globals'; definition: PostgresSource }
	| { kind: 'sqlite'; definition: SqliteSource }
	| { kind: 'config'; definition: ConfigSource; containers: Site['containers'] }
);

/** A source that is ready to be read. Nothing is held until the first block is asked for. */
export interface OpenedSource extends ArtefactSource {
	format: ManifestArtefact['format'];
	/** What it is made from, for the manifest: enough to restore to the same place. */
	origin: Record<string, string>;
}

/**
 * All sources of a site: directories, volumes, what belongs to whole database servers, databases, configs, each in
 * the order they are listed. Roles come before the databases that need them.
 */
export function sourcesOf({ backup, containers }: Pick<Site, 'backup' | 'containers'>): SiteSource[] {
	return [
		...backup.directories.map((definition): SiteSource => {
			return { kind: 'directory', artefact: artefactName('files', definition.name), definition };
		}),
		...backup.volumes.map((definition): SiteSource => {
			return { kind: 'volume', artefact: artefactName('volume', definition.name), definition };
		}),
		...backup.databases.flatMap((definition): SiteSource[] => {
			if (definition.type === 'sqlite' || !definition.globals) return [];
			return [{ kind: 'globals', artefact: artefactName('globals', definition.name), definition }];
		}),
		...backup.databases.map((definition): SiteSource => {
			const artefact = artefactName('db', definition.name);
			return definition.type === 'sqlite'
				? { kind: 'sqlite', artefact, definition }
				: { kind: 'postgres', artefact, definition };
		}),
		...backup.configs.map((definition): SiteSource => {
			return { kind: 'config', artefact: artefactName('config', definition.name), definition, containers };
		}),
	];
}
