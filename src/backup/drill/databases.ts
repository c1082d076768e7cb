import { errorMessage } from '../../shared';
import type { BackupContext } from '../context';
import { DumpChecker } from '../dump/check';
import { openDump } from '../dump/contents-reader';
import { DumpDemands } from '../dump/demands';
import { compareFigures } from '../dump/figures-of-dump';
import type { ManifestArtefact } from '../manifest';
import { Database } from '../postgres/database';
import { openPrograms } from '../postgres/open';
import { refuseCancelled } from '../problem';
import { DatabaseTarget } from '../restore/database';
import { figuresOfDatabase } from '../restore/figures-of-database';
import { askChecks } from './checks';
import { imageForDrill, readThrough } from './image';
import { startServer } from './server';
import { queryLimitMs, restore, type DrillTask, type Proof } from './trees';

/** In a server of its own a name cannot meet another one. */
const database = 'opsdesk_drill';

/**
 * Restores a dump into a server of its own, made from the image of the live one, and dumps it again: each table must
 * have the rows it had. Nothing but its image and its libraries is asked of the live server.
 */
export async function drillDatabase(task: DrillTask): Promise<Proof> {
	const { artefact, id, site, workshop, context } = task;
	const { user = 'postgres' } = artefact.source;
	const found = await imageForDrill(task);
	if ('why' in found) return await readThrough(task, found.why);
	const { preloaded, notes } = await librariesOf(task, user);
	const demands = new DumpDemands();
	const dump = await openDump(task.content, demands.see);
	try {
		const { name, connection } = await startServer(workshop, { ...found, preloaded, user }, context.signal);
		const throwaway = { docker: connection, signal: context.signal };
		await makeRoles(demands, artefact.source['owner'], name, user, throwaway);
		// A throwaway server has no folders for tablespaces.
		const options = { id, site, overwrite: false, context: throwaway, noTablespaces: true };
		const target = new DatabaseTarget(onServer(artefact), { ...options, to: `${name}/${database}` });
		const original = new DumpChecker();
		const { restoreMs, errors } = await restore(target, watched(dump.content, original));
		original.end();
		const place = { type: 'postgres', container: name, user } as const;
		const now = await figuresOfDatabase(place, database, throwaway);
		const programs = await openPrograms(place, throwaway);
		const server = new Database(programs, context.signal);
		const checks = await askChecks(task.checks, async (query) => {
			const [row] = await server.rows(query, {}, database, queryLimitMs);
			return row?.split('\t')[0];
		});
		const saved = original.figures();
		// A manifest may hold only some of them.
		const kept = artefact.omittedTables === undefined ? (artefact.tables ?? saved) : saved;
		const isKnown = kept !== undefined && now !== undefined;
		return {
			target: `a throwaway server (${database})`,
			restoreMs,
			...(isKnown && { tables: kept.length, rows: kept.reduce((sum, { rows }) => sum + rows, 0) }),
			differences: isKnown ? compareFigures(kept, now) : [],
			unproved: [
				...errors,
				...(isKnown ? [] : ['Its tables could not be compared, because the dump does not tell their rows.']),
			],
			notes,
			checks,
		};
	} finally {
		await dump.close();
	}
}

/** Restored into a container, wherever it came from. */
function onServer(artefact: ManifestArtefact): ManifestArtefact {
	const { host: _, port: __, ...source } = artefact.source;
	return { ...artefact, source };
}

async function librariesOf(
	{ artefact, context }: DrillTask,
	user: string,
): Promise<{ preloaded: string; notes: string[] }> {
	const { container } = artefact.source;
	if (container === undefined) return { preloaded: '', notes: [] };
	try {
		const programs = await openPrograms({ type: 'postgres', container, user }, context);
		const [preloaded = ''] = await new Database(programs, context.signal).rows(
			'show shared_preload_libraries',
		);
		return { preloaded, notes: [] };
	} catch (thrown) {
		refuseCancelled(context.signal, 'drill');
		return {
			preloaded: '',
			notes: [`The preloaded libraries of the live server are not known: ${errorMessage(thrown)}`],
		};
	}
}

/** Dumps name roles as owners and in rights; that there are such roles is enough. */
async function makeRoles(
	{ owners, grantees }: DumpDemands,
	owner: string | undefined,
	container: string,
	user: string,
	context: BackupContext,
): Promise<void> {
	const programs = await openPrograms({ type: 'postgres', container, user }, context);
	const server = new Database(programs, context.signal);
	const known = new Set(await server.rows('select rolname from pg_roles'));
	for (const role of new Set([...owners, ...grantees, ...(owner === undefined ? [] : [owner])])) {
		if (!known.has(role)) await server.rows('create role :"role" nologin', { role });
	}
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
