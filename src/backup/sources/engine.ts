import type { BackupContext } from '../context';
import { EnginePathReader } from '../config/engine-reader';
import { inspectAll } from '../config/inspect';
import { engineFor } from '../engine-needed';
import { openConfig } from './config';
import { openContainerSqlite } from './container-sqlite';
import type { EngineSource, OpenedSource } from './source';
import { openHostPath, openVolume } from './tree';

/** A source that only the container engine can read. */
export async function openEngineSource(
	source: EngineSource,
	site: string,
	context: BackupContext,
): Promise<OpenedSource> {
	switch (source.kind) {
		case 'volume': {
			const connection = engineFor(`the volume ${source.definition.volume}`, context);
			return await openVolume(source.definition, site, connection, context.signal);
		}
		case 'directory': {
			const connection = engineFor(`the host path ${source.definition.path}`, context);
			return openHostPath(source.definition, site, connection, context.signal);
		}
		case 'sqlite': {
			const { path, container = '' } = source.definition;
			const connection = engineFor(`the database ${path} in the container ${container}`, context);
			return await openContainerSqlite(source.definition, connection, context);
		}
		case 'config': {
			const { definition, containers } = source;
			const connection = engineFor(`the configuration "${definition.name}"`, context);
			const { signal } = context;
			const { inspect = [], secrets } = definition;
			const masked = secrets === 'plain';
			return openConfig(definition, {
				reader: () => new EnginePathReader(connection, site, signal),
				inspect: async (warnings) =>
					await inspectAll(connection, { inspect, containers, masked, signal }, warnings),
			});
		}
	}
}
