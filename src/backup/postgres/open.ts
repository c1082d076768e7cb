import type { PostgresContainerSource, PostgresServerSource } from '../../shared';
import type { BackupContext } from '../context';
import type { PostgresPrograms, ServerPlace } from './programs';

/** What is needed to reach the server of a database. */
export type PostgresPlace =
	| Pick<PostgresContainerSource, 'type' | 'container' | 'user'>
	| Pick<
			PostgresServerSource,
			'type' | 'name' | 'host' | 'port' | 'user' | 'tls' | 'caFile' | 'image' | 'network'
	  >;

export function placeOf(source: PostgresPlace): ServerPlace {
	if (source.type === 'postgres')
		return { kind: 'container', where: `in the container "${source.container}"` };
	const { host, port } = source;
	return { kind: 'server', where: `at ${host.includes(':') ? `[${host}]` : host}:${port}` };
}

/**
 * The programs for the server of a database; to be closed.
 * @throws BackupError `engine_missing`, `programs_missing` and what the server refuses; DockerError
 */
export async function openPrograms(source: PostgresPlace, context: BackupContext): Promise<PostgresPrograms> {
	if (source.type === 'postgres-server') {
		const { openServer } = await import('./server.js');
		return await openServer(source, context);
	}
	const { openContainer } = await import('./in-container.js');
	return await openContainer(source, context);
}
