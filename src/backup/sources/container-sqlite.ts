import { ContainerPrograms, type EngineConnection } from '../../docker';
import type { SqliteSource } from '../../shared';
import type { BackupContext } from '../context';
import { ContainerDatabase } from '../sqlite/container';
import { explainFault, workOnSqlite } from '../sqlite/in-thread';
import type { OpenedSource } from './source';
import { fromSnapshot } from './sqlite';

/**
 * A SQLite database in a running container, copied by a program of the container and proved here.
 * @throws BackupError `source_missing`, `source_unreadable`; DockerError
 */
export async function openContainerSqlite(
	{ path, container = '' }: SqliteSource,
	connection: EngineConnection,
	context: BackupContext,
): Promise<OpenedSource> {
	const { signal } = context;
	const programs = await ContainerPrograms.of(connection, container, signal);
	const database = await ContainerDatabase.find(programs, path, signal);
	const { sizeBytes, mode, owner } = database;
	return fromSnapshot(
		{
			sizeBytes,
			origin: { container, path, ...(mode && { mode }), ...(owner && { owner }) },
			copyTo: async (file) => {
				await database.copyTo(file);
				return await workOnSqlite({ file, patienceMs: 0 }, signal).catch((thrown: unknown) => {
					throw explainFault(thrown, `database ${path} in the container ${container}`);
				});
			},
		},
		context,
	);
}
