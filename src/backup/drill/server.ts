import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerPrograms, type EngineConnection } from '../../docker';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import type { Workshop } from './workshop';

/** A server makes its cluster first, on a disk that may be busy. */
const readyPatienceMs = 3 * 60_000;
const pauseMs = 200;

export interface ThrowawayServer {
	/** Of the container. */
	name: string;
	/** Covers that container alone. */
	connection: EngineConnection;
}

/**
 * A PostgreSQL of a drill, ready to be used.
 * @param options image of the live one, its superuser, and its `shared_preload_libraries`
 * @throws BackupError `restore_failed`; DockerError
 */
export async function startServer(
	workshop: Workshop,
	{ image, user, preloaded = '' }: { image: string; user: string; preloaded?: string },
	signal: AbortSignal | undefined,
): Promise<ThrowawayServer> {
	const { container, connection } = await workshop.container({
		image,
		// No network: only who is in the container gets to its socket.
		env: ['POSTGRES_HOST_AUTH_METHOD=trust', `POSTGRES_USER=${user}`, 'POSTGRES_DB=postgres'],
		...(preloaded !== '' && { command: ['-c', `shared_preload_libraries=${preloaded}`] }),
	});
	await container.start(signal);
	await waitUntilReady(connection, container.name, user, signal);
	return { name: container.name, connection };
}

async function waitUntilReady(
	connection: EngineConnection,
	container: string,
	user: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	let said = '';
	for (const endsAt = performance.now() + readyPatienceMs; performance.now() < endsAt; await sleep(pauseMs)) {
		refuseCancelled(signal, 'drill');
		const programs = await ContainerPrograms.of(connection, container, signal);
		// Over TCP: while the cluster is being made, the server listens on its socket alone.
		const command = ['pg_isready', '-h', '127.0.0.1', '-U', user];
		const { exitCode, stdout, stderr } = await programs.run(command, { signal });
		if (exitCode === 0) return;
		said = `${stdout.toString('utf8')} ${stderr}`.trim();
	}
	throw new BackupError(
		'restore_failed',
		`The throwaway server did not get ready within ${readyPatienceMs / 60_000} minutes: ${said}`,
		'See whether the image of the database starts without its own configuration, network and volumes.',
	);
}
