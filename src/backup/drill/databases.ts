import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerPrograms, imageOf, type EngineConnection } from '../../docker';
import { errorMessage } from '../../shared';
import { DumpChecker } from '../dump/check';
import { compareFigures } from '../dump/figures-of-dump';
import { engineFor } from '../engine-needed';
import { BackupError } from '../errors';
import { Database } from '../postgres/database';
import { openPrograms } from '../postgres/open';
import { refuseCancelled } from '../problem';
import { DatabaseTarget } from '../restore/database';
import { openPostgres } from '../sources/postgres';
import { restore, type DrillTask, type Proof } from './trees';

/** In a server of its own a name cannot meet another one. */
const database = 'opsdesk_drill';
/** A server makes its cluster first, on a disk that may be busy. */
const readyPatienceMs = 3 * 60_000;
const pauseMs = 200;

/** What a server needs to know before a dump can be restored into it. */
interface LiveServer {
	image: string;
	roles: string[];
	preloaded: string;
	notes: string[];
}

/**
 * Restores a dump into a server of its own, made from the image of the live one, and dumps it again: each table must
 * have the rows it had. Nothing but its image, the names of its roles and its libraries is asked of the live server.
 */
export async function drillDatabase(task: DrillTask): Promise<Proof> {
	const { artefact, id, site, workshop, context } = task;
	const { user = 'postgres' } = artefact.source;
	const live = await lookAtLive(task, user);
	const { container, connection } = await workshop.container({
		image: live.image,
		// No network: only who is in the container gets to its socket.
		env: ['POSTGRES_HOST_AUTH_METHOD=trust', `POSTGRES_USER=${user}`, 'POSTGRES_DB=postgres'],
		...(live.preloaded !== '' && { command: ['-c', `shared_preload_libraries=${live.preloaded}`] }),
	});
	await container.start(context.signal);
	const { name } = container;
	await waitUntilReady(connection, name, user, context.signal);
	await makeRoles(connection, name, user, live.roles);
	const { signal } = context;
	const throwaway = { docker: connection, signal };
	const options = { id, site, to: `${name}/${database}`, overwrite: false, context: throwaway };
	const original = new DumpChecker();
	const restoreMs = await restore(new DatabaseTarget(artefact, options), watched(task.content, original));
	original.end();
	const saved = original.figures();
	const found = await figuresOf(connection, name, user, signal);
	// A manifest may hold only some of them.
	const kept = artefact.omittedTables === undefined ? (artefact.tables ?? saved) : saved;
	const isKnown = kept !== undefined && found !== undefined;
	return {
		target: `a throwaway server (${database})`,
		restoreMs,
		...(isKnown && { tables: kept.length, rows: kept.reduce((sum, { rows }) => sum + rows, 0) }),
		differences: isKnown ? compareFigures(kept, found) : [],
		unproved: isKnown ? [] : ['Its tables could not be compared, because the dump does not tell their rows.'],
		notes: live.notes,
	};
}

async function lookAtLive({ artefact, context }: DrillTask, user: string): Promise<LiveServer> {
	const { container = '' } = artefact.source;
	const docker = engineFor(`a drill of the database in the container ${container}`, context);
	const image = await imageOf(docker, container, context.signal);
	try {
		const programs = await openPrograms({ type: 'postgres', container, user }, context);
		const server = new Database(programs, context.signal);
		const roles = await server.rows(`select rolname from pg_roles where rolname !~ '^pg_'`);
		const [preloaded = ''] = await server.rows('show shared_preload_libraries');
		return { image, roles, preloaded, notes: [] };
	} catch (thrown) {
		refuseCancelled(context.signal, 'drill');
		const note = `The roles of the live server are not known: ${errorMessage(thrown)}`;
		return { image, roles: [], preloaded: '', notes: [note] };
	}
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

/** Dumps name roles as owners and in rights; that there are such roles is enough. */
async function makeRoles(
	connection: EngineConnection,
	container: string,
	user: string,
	roles: string[],
): Promise<void> {
	const programs = await openPrograms({ type: 'postgres', container, user }, { docker: connection });
	const server = new Database(programs);
	const known = new Set(await server.rows('select rolname from pg_roles'));
	for (const role of roles) {
		if (!known.has(role)) await server.rows('create role :"role" nologin', { role });
	}
}

async function figuresOf(
	connection: EngineConnection,
	container: string,
	user: string,
	signal: AbortSignal | undefined,
) {
	const source = { name: 'drill', type: 'postgres', container, database, user } as const;
	const opened = await openPostgres(source, { docker: connection, signal });
	for await (const block of opened.blocks) opened.release?.(block);
	return (await opened.finish()).tables;
}

async function* watched(
	content: AsyncIterable<Buffer>,
	checker: DumpChecker,
): AsyncGenerator<Buffer, void, undefined> {
	for await (const chunk of content) {
		checker.push(chunk);
		yield chunk;
	}
}
