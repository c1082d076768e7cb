import { findImage, getImage, imageOf } from '../../docker';
import { engineFor } from '../engine-needed';
import { presentImage } from '../postgres/in-temporary-container';
import { refuseCancelled } from '../problem';
import { sourcesOf } from '../sources/source';
import type { DrillTask, Proof } from './trees';

/** The image of a throwaway server, or why there is none. */
export type DrillImage = { image: string } | { why: string };

/**
 * The image a throwaway PostgreSQL is made from: that of the live container; for one that is reached over the network the one
 * its definition names, or the official one of its version if the engine has it.
 * @throws BackupError `engine_missing` for a container; DockerError
 */
export async function imageForDrill({ artefact, of, context }: DrillTask): Promise<DrillImage> {
	const { container, serverVersion = '' } = artefact.source;
	const { docker, signal } = context;
	if (container !== undefined) {
		const connection = engineFor(`a drill of PostgreSQL in the container ${container}`, context);
		return { image: await imageOf(connection, container, signal) };
	}
	if (!docker) return { why: 'a throwaway server needs a container engine, and none is configured' };
	const named = imageOfDefinition(artefact.name, of);
	if (named !== undefined) return { image: await getImage(docker, named, signal) };
	const major = Number.parseInt(serverVersion, 10);
	const present = await presentImage(major, context);
	const image = present?.startsWith(`postgres:${major}`)
		? await findImage(docker, present, signal)
		: undefined;
	if (image !== undefined) return { image };
	return {
		why: `no image postgres:${major} is in reach for a throwaway server (get it there and see that "Allowed Images" of the Docker credential covers it, or name another as "image" of the database)`,
	};
}

/** Of the site definition alone: what a manifest names is not run. */
function imageOfDefinition(artefact: string, site: DrillTask['of']): string | undefined {
	const source = sourcesOf(site).find(({ artefact: name }) => name === artefact);
	if (source?.kind !== 'postgres' && source?.kind !== 'globals') return undefined;
	return source.definition.type === 'postgres-server' ? source.definition.image : undefined;
}

/** Reads the content to its end, so that it is held against the manifest at least. */
export async function readThrough({ content, context, checks }: DrillTask, why: string): Promise<Proof> {
	const started = performance.now();
	for await (const chunk of content) {
		void chunk;
		refuseCancelled(context.signal, 'drill');
	}
	return {
		target: '',
		restoreMs: Math.round(performance.now() - started),
		differences: [],
		unproved: [
			`It was read and is what was stored, but it was not restored: ${why}.`,
			...(checks.length > 0 ? ['So its checks were not made.'] : []),
		],
		notes: [],
		checks: [],
	};
}
