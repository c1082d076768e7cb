import { ClusterDumpReader, type ClusterDump } from '../globals/cluster-dump';
import { GlobalsTarget } from '../restore/globals';
import { openGlobals } from '../sources/globals';
import { imageForDrill, readThrough } from './image';
import { startServer, type ThrowawayServer } from './server';
import { restore, type DrillTask, type Proof } from './trees';

/**
 * Makes the roles of a dump in a server of its own, made from the image of the live one, and saves them again: each
 * must be as it was. Of the live server nothing but its image is asked.
 */
export async function drillGlobals(task: DrillTask): Promise<Proof> {
	const { artefact, id, site, workshop, context, content } = task;
	const { user = 'postgres' } = artefact.source;
	const found = await imageForDrill(task);
	if ('why' in found) return await readThrough(task, found.why);
	const server = await startServer(workshop, { ...found, user }, context.signal);
	const throwaway = { docker: server.connection, signal: context.signal };
	const options = { id, site, to: server.name, overwrite: false, context: throwaway, rolesOnly: true };
	const original = new ClusterDumpReader();
	const { restoreMs } = await restore(new GlobalsTarget(artefact, options), watched(content, original));
	const saved = original.end();
	const now = await globalsOf(server, user, context.signal);
	const { tablespaces } = saved;
	return {
		target: 'a throwaway server (roles)',
		restoreMs,
		entries: saved.roles.length,
		differences: differencesOf(saved, now, user),
		unproved:
			tablespaces.length > 0
				? ['Its tablespaces were not made, because a throwaway server has no folders for them.']
				: [],
		notes: [],
		checks: [],
	};
}

async function globalsOf(
	{ connection, name }: ThrowawayServer,
	user: string,
	signal: AbortSignal | undefined,
): Promise<ClusterDump> {
	const source = {
		name: 'drill',
		type: 'postgres',
		container: name,
		database: 'postgres',
		user,
		globals: true,
	} as const;
	const opened = await openGlobals(source, { docker: connection, signal }, { withPasswords: true });
	const reader = new ClusterDumpReader();
	for await (const block of opened.blocks) {
		reader.push(block);
		opened.release?.(block);
	}
	await opened.finish();
	return reader.end();
}

/** Roles that came out otherwise; the one that makes the others was there before them. */
function differencesOf(saved: ClusterDump, found: ClusterDump, user: string): string[] {
	const now = described(found);
	return [...described(saved)]
		.filter(([name, statements]) => name !== user && now.get(name) !== statements)
		.map(([name]) => `role "${name}" is ${now.has(name) ? 'another' : 'missing'}`);
}

/** Each role with all that is said of it. */
function described({ roles, memberships, parameterRights }: ClusterDump): Map<string, string> {
	return new Map(
		roles.map(({ name, statements }) => [
			name,
			[
				...statements,
				...memberships.filter(({ member }) => member === name).map(({ sql }) => sql),
				...parameterRights.filter(({ to }) => to === name).map(({ sql }) => sql),
			].join(';\n'),
		]),
	);
}

async function* watched(
	content: AsyncIterable<Buffer>,
	reader: ClusterDumpReader,
): AsyncGenerator<Buffer, void, undefined> {
	for await (const chunk of content) {
		reader.push(chunk);
		yield chunk;
	}
}
