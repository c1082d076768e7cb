import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import type { ManifestArtefact } from '../manifest';
import { ContainerSqliteTarget } from './container-sqlite';
import { DatabaseTarget } from './database';
import { GlobalsTarget } from './globals';
import type { TargetOptions } from './open';
import type { RestoreTarget } from './target';
import { TablesTarget } from './tables';
import { TreeTarget } from './tree';

/** A target that only the container engine can reach. */
export function openEngineTarget(
	artefact: ManifestArtefact,
	options: TargetOptions,
	context: BackupContext,
): RestoreTarget {
	const { source } = artefact;
	switch (artefact.kind) {
		case 'volume': {
			const volume = options.to ?? source['volume'] ?? '';
			return new TreeTarget({ type: 'volume', volume }, artefact, {
				...options,
				connection: engineFor(`the volume ${volume}`, context),
				signal: context.signal,
			});
		}
		case 'config':
		case 'workflows':
		case 'directory': {
			const path = options.to ?? source['path'] ?? '';
			return new TreeTarget({ type: 'hostPath', path }, artefact, {
				...options,
				connection: engineFor(`the host path ${path}`, context),
				signal: context.signal,
			});
		}
		case 'postgres':
			return options.tables
				? new TablesTarget(artefact, options.tables, { ...options, context })
				: new DatabaseTarget(artefact, { ...options, context });
		case 'globals':
			return new GlobalsTarget(artefact, { ...options, context });
		case 'sqlite':
			return new ContainerSqliteTarget(artefact, {
				...options,
				connection: engineFor(`the database in the container ${source['container'] ?? ''}`, context),
				signal: context.signal,
				stateFolder: context.stateFolder,
			});
	}
}
