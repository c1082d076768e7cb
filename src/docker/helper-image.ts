import { z } from 'zod';

import type { Engine } from './engine';
import { DockerError } from './errors';
import { digestsOf, namedImage, resolveImage, tagsOf, type NamedImage } from './image-reference';
import { ownContainer, ownTraces, type OwnTraces } from './own-container';

/**
 * Images with a shell that servers commonly have: official ones and those of well-known projects. A foreign image is never
 * given what helpers see, whoever has brought it.
 */
const known = new Set(
	`busybox alpine debian ubuntu bash haproxy nginx httpd caddy traefik redis valkey valkey/valkey memcached postgres mariadb mysql
	mongo rabbitmq node python php wordpress nextcloud ghost docker n8nio/n8n docker.n8n.io/n8nio/n8n ghcr.io/n8n-io/n8n
	tecnativa/docker-socket-proxy ghcr.io/tecnativa/docker-socket-proxy lscr.io/linuxserver/socket-proxy
	pgvector/pgvector postgis/postgis timescale/timescaledb supabase/postgres bitnami/postgresql bitnamilegacy/postgresql`.split(
		/\s+/,
	),
);

const withImage = z.object({ Image: z.string() });
const images = z.array(namedImage.extend({ Size: z.number() }));

/** Trying each of a hundred images would take a minute. */
const maxCandidates = 20;

/** The image that worked last, for each engine. */
const lastGood = new Map<string, string>();

/**
 * Ids of images that are already there: the one that the credential names, else known ones and that of n8n's own
 * container, the one that worked last first and then the smallest first. Nothing is pulled: the host may have no way to a registry.
 *
 * @throws DockerError `no_helper_image` when the engine has not what the credential names
 */
export async function helperImages(
	engine: Engine,
	signal?: AbortSignal,
	traces = ownTraces(),
): Promise<string[]> {
	const { helperImage } = engine.connection;
	if (helperImage !== '') return [await namedByCredential(engine, helperImage, signal)];
	const present = await engine.call({ path: '/images/json', signal }, images);
	const own = await ownImage(engine, traces, signal);
	const smallestFirst = present
		.filter((image) => image.Id === own || isKnownImage(image))
		.sort((a, b) => a.Size - b.Size)
		.map(({ Id }) => Id);
	const worked = lastGood.get(engine.endpoint);
	return worked !== undefined && smallestFirst.includes(worked)
		? [worked, ...smallestFirst.filter((id) => id !== worked)].slice(0, maxCandidates)
		: smallestFirst.slice(0, maxCandidates);
}

/** Id of the image n8n itself runs from: whoever chose it trusts it already. */
async function ownImage(
	engine: Engine,
	traces: OwnTraces,
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	const own = await ownContainer(engine, traces, signal);
	return own && withImage.parse(own).Image;
}

export function rememberImage(engine: Engine, image: string): void {
	lastGood.set(engine.endpoint, image);
}

async function namedByCredential(
	engine: Engine,
	name: string,
	signal: AbortSignal | undefined,
): Promise<string> {
	const found = await resolveImage(engine, name, signal);
	if (found) return found.Id;
	throw new DockerError(
		'no_helper_image',
		`There is no image "${name}" on ${engine.endpoint}, which "Helper Image" of the Docker credential names.`,
		`Get it there, for example with "docker pull ${name}", or correct the credential.`,
	);
}

/** Whether all names of an image are known: a foreign one keeps its own when it is given a known one. */
export function isKnownImage(image: NamedImage): boolean {
	const names = [...tagsOf(image), ...digestsOf(image)];
	return names.length > 0 && names.every(isKnownName);
}

/** @param name without the registry of Docker, e.g. `busybox:1.37` */
export function isKnownName(name: string): boolean {
	// What follows the colon of `redis:5000/web` is no tag.
	return known.has(name.replace(/@.*$/, '').replace(/:[^/]*$/, ''));
}
