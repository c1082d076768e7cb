import { z } from 'zod';

import { shorten } from '../shared';
import type { Engine } from './engine';
import { DockerError } from './errors';

/** The name of an image as the engine shows it: the registry of Docker and its folder `library` are left out. */
export interface ImageName {
	/** `nginx`, `ghcr.io/shop/web` */
	repository: string;
	/** `latest` unless given; undefined where a digest says more. */
	tag: string | undefined;
	digest: string | undefined;
	/** The whole: `nginx:latest`, `nginx@sha256:…`. */
	text: string;
}

/** What is needed to find an image, and to tell its names. */
export const namedImage = z.looseObject({
	Id: z.string(),
	RepoTags: z.array(z.string()).nullish(),
	RepoDigests: z.array(z.string()).nullish(),
});
export type NamedImage = z.infer<typeof namedImage>;

/** Names are shorter; a longer text is something that strayed into the field. */
const maxReferenceLength = 512;
const shownCandidates = 5;
const domain = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?`;
const component = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const grammar = new RegExp(
	String.raw`^(?<repository>(?:${domain}/)?${component}(?:/${component})*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);
const idText = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * Reads the name of an image by the grammar that registries and engines use.
 * @throws DockerError `invalid_reference`
 */
export function parseImageName(given: string): ImageName {
	const name = given.trim();
	const parts = name.length <= maxReferenceLength ? grammar.exec(name)?.groups : undefined;
	if (parts?.['repository'] === undefined) throw invalidImage(name);
	const repository = withoutDefaultRegistry(parts['repository']);
	const digest = parts['digest'];
	// Where both are given, the engine goes by the digest alone.
	const tag = digest === undefined ? (parts['tag'] ?? 'latest') : undefined;
	const text = digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
	return { repository, tag, digest, text };
}

/** Whether `resolveImage` can look for it: a name, an id or the beginning of one. */
export function isImageReference(text: string): boolean {
	return text.length <= maxReferenceLength && (idText.test(text) || grammar.test(text));
}

/**
 * Finds the one image that a name, an id or the beginning of an id stands for. A full id wins over a name, a name over the
 * beginning of an id; a beginning that fits several images is refused.
 *
 * @returns undefined where the engine has none
 * @throws DockerError `invalid_reference`, `ambiguous`
 */
export async function resolveImage(
	engine: Engine,
	reference: string,
	signal?: AbortSignal,
): Promise<NamedImage | undefined> {
	const wanted = reference.trim();
	const digits = idText.exec(wanted)?.[1];
	const name = digits !== undefined && wanted.startsWith('sha256:') ? undefined : parseImageName(wanted);
	const images = await engine.call({ path: '/images/json', signal }, z.array(namedImage));
	const exact = images.find(({ Id }) => digits !== undefined && bareId(Id) === digits);
	if (exact) return exact;
	const named = images.find((image) => name !== undefined && allNames(image).includes(name.text));
	if (named || digits === undefined) return named;
	const matches = images.filter(({ Id }) => bareId(Id).startsWith(digits));
	if (matches.length > 1) {
		const candidates = matches
			.slice(0, shownCandidates)
			.map(({ Id }) => bareId(Id).slice(0, 12))
			.join(', ');
		throw new DockerError(
			'ambiguous',
			`"${wanted}" is the beginning of the ids of ${matches.length} images: ${candidates}${matches.length > shownCandidates ? ' and more' : ''}.`,
			'Give more of the id, or the name.',
		);
	}
	return matches[0];
}

/** The names by which an image is known: those with tags or, where it has none, those with digests. */
export function namesOf(image: NamedImage): string[] {
	const tags = tagsOf(image);
	return tags.length > 0 ? tags : digestsOf(image);
}

/** Names with tags, e.g. `nginx:1.25`; none for a dangling image. */
export function tagsOf({ RepoTags }: NamedImage): string[] {
	return (RepoTags ?? []).filter((name) => !name.includes('<none>')).map(shown);
}

/** Names with digests, e.g. `nginx@sha256:…`, by which registries know it. */
export function digestsOf({ RepoDigests }: NamedImage): string[] {
	return (RepoDigests ?? []).filter((name) => !name.includes('<none>')).map(shown);
}

/** The path of requests about an image. @param reference name or id that this file has read */
export function imagePath(reference: string, action?: string): string {
	const segments = reference.split('/').map(encodeURIComponent).join('/');
	return `/images/${segments}${action === undefined ? '' : `/${action}`}`;
}

export function noSuchImage(reference: string): DockerError {
	return new DockerError(
		'not_found',
		`There is no image "${shorten(reference, 200)}" on the engine.`,
		'Check the name with the operation Get Many, or get it with Pull.',
	);
}

function allNames(image: NamedImage): string[] {
	return [...tagsOf(image), ...digestsOf(image)];
}

/** Podman shows names in full. */
function shown(name: string): string {
	return withoutDefaultRegistry(name);
}

function withoutDefaultRegistry(name: string): string {
	return name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '');
}

function bareId(id: string): string {
	return id.replace(/^sha256:/, '');
}

function invalidImage(name: string): DockerError {
	return new DockerError(
		'invalid_reference',
		name === '' ? 'No image is given.' : `"${shorten(name, 80)}" cannot be the name or id of an image.`,
		'Give a name such as "nginx:1.27" or "ghcr.io/shop/web:2.1", or an id. Names are lower case.',
	);
}
