import type { Site } from './schema';

/** What kind of source an artefact was made from; the first part of its name. */
export type ArtefactKind = 'files' | 'volume' | 'globals' | 'db' | 'config';

/**
 * The name of a source's artefact without its endings, e.g. `files-www`. No kind holds a `-`, so two sources share a
 * name only when they share kind and name, which the schema refuses.
 */
export function artefactName(kind: ArtefactKind, sourceName: string): string {
	return `${kind}-${sourceName}`;
}

/** The artefact names of all sources of a site: directories, volumes, database servers, databases, configs, each in the order they are listed. */
export function artefactNames({ backup }: Pick<Site, 'backup'>): string[] {
	return [
		...backup.directories.map(({ name }) => artefactName('files', name)),
		...backup.volumes.map(({ name }) => artefactName('volume', name)),
		...backup.databases
			.filter((database) => database.type !== 'sqlite' && database.globals)
			.map(({ name }) => artefactName('globals', name)),
		...backup.databases.map(({ name }) => artefactName('db', name)),
		...backup.configs.map(({ name }) => artefactName('config', name)),
	];
}
