import type {
	ConfigSource,
	DirectorySource,
	N8nSource,
	PostgresSource,
	Site,
	SqliteSource,
	VolumeSource,
} from '../../shared';
import { artefactName, n8nArtefacts } from '../../shared';
import type { ArtefactSource } from '../artefact';
import type { ManifestArtefact } from '../manifest';
import { n8nFolders } from '../n8n';

/** One entry of a site's `backup`, with the artefact it becomes. */
export type SiteSource = { artefact: string } & (
	| { kind: 'directory'; definition: DirectorySource }
	| { kind: 'volume'; definition: VolumeSource }
	| { kind: 'postgres'; definition: PostgresSource }
	| { kind: 'globals'; definition: PostgresSource }
	| { kind: 'sqlite'; definition: SqliteSource }
	| { kind: 'config'; definition: ConfigSource; containers: Site['containers'] }
	| { kind: 'workflows' }
);

/** Of those, what the container engine may have to read. */
export type EngineSource = Exclude<SiteSource, { kind: 'postgres' | 'globals' | 'workflows' }>;

/** A source that is ready to be read. Nothing is held until the first block is asked for. */
export interface OpenedSource extends ArtefactSource {
	format: ManifestArtefact['format'];
	/** What it is made from, for the manifest: enough to restore to the same place. */
	origin: Record<string, string>;
}

/**
 * All sources of a site: directories, volumes, what belongs to whole database servers, databases, configs, each in
 * the order they are listed, then n8n. Roles come before the databases that need them.
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
		...(backup.n8n
			? [...databaseOfN8n(backup.n8n), ...filesOfN8n(backup.n8n), ...workflowsOfN8n(backup.n8n)]
			: []),
	];
}

/** Its database is one like any other. */
function databaseOfN8n({ database, folder, container }: N8nSource): SiteSource[] {
	const [artefact, name] = [n8nArtefacts.database, 'n8n'];
	if (database === 'none') return [];
	if (database !== 'sqlite')
		return [{ kind: 'postgres', artefact, definition: { ...database, name, globals: false } }];
	const path = `${folder}/database.sqlite`;
	return [{ kind: 'sqlite', artefact, definition: { name, type: 'sqlite', path, container } }];
}

/** Only these folders: beside them lie the encryption key, the database that is in use, and what n8n makes by itself. */
function filesOfN8n({ files, folder, volume, storage }: N8nSource): SiteSource[] {
	if (!files) return [];
	const common = { name: 'n8n', include: n8nFolders.map((name) => `/${name}/`), exclude: [] };
	if (volume !== undefined) {
		return [{ kind: 'volume', artefact: n8nArtefacts.files, definition: { ...common, volume } }];
	}
	if (storage === undefined) {
		const definition: DirectorySource = { ...common, path: folder, via: 'n8n' };
		return [{ kind: 'directory', artefact: n8nArtefacts.files, definition }];
	}
	const definition: DirectorySource = { ...common, path: storage, via: 'n8n', include: [] };
	return [{ kind: 'directory', artefact: n8nArtefacts.storage, definition }];
}

function workflowsOfN8n({ workflows }: N8nSource): SiteSource[] {
	return workflows ? [{ kind: 'workflows', artefact: n8nArtefacts.workflows }] : [];
}

/** Whether a restore point is good without it: what it holds is in another artefact too, in another form. */
export function isBesides({ kind }: SiteSource): boolean {
	return kind === 'workflows';
}
