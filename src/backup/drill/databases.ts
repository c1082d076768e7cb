import { imageOf, type EngineConnection } from '../../docker';
import { errorMessage } from '../../shared';
import { DumpChecker } from '../dump/check';
import { compareFigures } from '../dump/figures-of-dump';
import { engineFor } from '../engine-needed';
import { Database } from '../postgres/database';
import { openPrograms } from '../postgres/open';
import { refuseCancelled } from '../problem';
import { DatabaseTarget } from '../restore/database';
import { openPostgres } from '../sources/postgres';
import { startServer } from './server';
import { restore, type DrillTask, type Proof } from './trees';

/** In a server of its own a name cannot meet another one. */
const database = 'opsdesk_drill';
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
	const { name, connection } = await startServer(workshop, { ...live, user }, context.signal);
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
	const source = { name: 'drill', type: 'postgres', container, database, user, globals: false } as const;
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
