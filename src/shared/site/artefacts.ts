import type { N8nSource } from './n8n';
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

/** The artefacts of an n8n; no other kind begins with `n8n`. */
export const n8nArtefacts = {
	database: 'n8n-database',
	files: 'n8n-files',
	storage: 'n8n-storage',
	workflows: 'n8n-workflows',
} as const;

/** The artefacts an n8n becomes. */
export function n8nArtefactNames({ database, files, storage, workflows }: N8nSource): string[] {
	return [
		...(database === 'none' ? [] : [n8nArtefacts.database]),
		...(files ? [storage === undefined ? n8nArtefacts.files : n8nArtefacts.storage] : []),
		...(workflows ? [n8nArtefacts.workflows] : []),
	];
}

/** The artefact names of all sources of a site: directories, volumes, database servers, databases, configs, each in the order they are listed, then n8n. */
export function artefactNames({ backup }: Pick<Site, 'backup'>): string[] {
	return [
		...backup.directories.map(({ name }) => artefactName('files', name)),
		...backup.volumes.map(({ name }) => artefactName('volume', name)),
		...backup.databases
			.filter((database) => database.type !== 'sqlite' && database.globals)
			.map(({ name }) => artefactName('globals', name)),
		...backup.databases.map(({ name }) => artefactName('db', name)),
		...backup.configs.map(({ name }) => artefactName('config', name)),
		...(backup.n8n ? n8nArtefactNames(backup.n8n) : []),
	];
}
