import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { BackupContext } from '../../../src/backup';
import { artefactName, consistencyOf, n8nArtefacts, type N8nSource, type Site } from '../../../src/shared';

/** A part of a site's definition that only the container engine reaches, for people, e.g. `volume "media"`. */
export interface EngineNeed {
	label: string;
	/** Of a source: the artefact it becomes. */
	artefact?: string;
}

/** The sources of a site that only the engine reaches. */
export function sourceNeeds({ backup }: Site): EngineNeed[] {
	return [
		...backup.directories
			.filter(({ via }) => via === 'engine')
			.map(({ name }) => ({ label: `directory "${name}"`, artefact: artefactName('files', name) })),
		...backup.volumes.map(({ name }) => ({
			label: `volume "${name}"`,
			artefact: artefactName('volume', name),
		})),
		...backup.databases
			.filter((database) =>
				database.type === 'postgres-server' ? database.image !== undefined : database.container !== undefined,
			)
			.map(({ name }) => ({ label: `database "${name}"`, artefact: artefactName('db', name) })),
		...backup.configs
			.filter(({ via, paths, inspect }) => inspect !== undefined || (via === 'engine' && paths.length > 0))
			.map(({ name }) => ({ label: `config "${name}"`, artefact: artefactName('config', name) })),
		...backup.databases
			.filter(
				(database) =>
					database.type !== 'sqlite' &&
					database.globals &&
					(database.type === 'postgres' || database.image !== undefined),
			)
			.map(({ name }) => ({
				label: `roles and tablespaces of "${name}"`,
				artefact: artefactName('globals', name),
			})),
		...(backup.n8n ? n8nNeeds(backup.n8n) : []),
	];
}

function n8nNeeds({ database, container, volume }: N8nSource): EngineNeed[] {
	const isElsewhere = database !== 'none' && (database !== 'sqlite' || container !== undefined);
	return [
		...(isElsewhere ? [{ label: 'the database of n8n', artefact: n8nArtefacts.database }] : []),
		...(volume === undefined ? [] : [{ label: 'the files of n8n', artefact: n8nArtefacts.files }]),
	];
}

/** What keeping the containers of a site quiet needs the engine for. */
export function consistencyNeeds(site: Site): EngineNeed[] {
	const { mode, hooks } = consistencyOf(site);
	return mode === 'none' && hooks.length === 0 ? [] : [{ label: 'its containers (consistency)' }];
}

/**
 * The destinations of a site that only the engine reaches.
 * @param only name of the one destination in use; all are when it is missing
 */
export function destinationNeeds({ destinations }: Site, only: string | undefined): EngineNeed[] {
	return destinations
		.filter(({ name, type }) => type === 'engine' && (only === undefined || only === name))
		.map(({ name }) => ({ label: `destination "${name}"` }));
}

/**
 * The engine of the selected credential, undefined when none is selected and none is needed.
 * @param of whose parts need it; always needed without
 * @throws NodeOperationError naming what needs it; DockerError when the credential is not complete
 */
export async function engineConnection(
	context: IExecuteFunctions,
	itemIndex: number,
	of?: { site: Site; needs: EngineNeed[] },
): Promise<BackupContext['docker']> {
	const node = context.getNode();
	// Asking n8n for a credential that is not selected is an error of its own, with a text that helps nobody here.
	if (node.credentials?.['dockerApi'] !== undefined) {
		const { parseConnection } = await import('../../../src/docker/index.js');
		return parseConnection(await context.getCredentials('dockerApi', itemIndex));
	}
	if (of?.needs.length === 0) return undefined;
	const message = of
		? `The site "${of.site.name}" needs the container engine for ${of.needs.map(({ label }) => label).join(', ')}, and no Docker credential is selected.`
		: 'No Docker credential is selected, so no container can be started.';
	throw new NodeOperationError(node, message, {
		itemIndex,
		description: `Select a credential of the type "Docker API" with the access level "Full" in the node "${node.name}".`,
	});
}
