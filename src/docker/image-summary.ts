import { z } from 'zod';

import { digestsOf, namedImage, namesOf, tagsOf } from './image-reference';
import { maskedConfig } from './masking';

/** What an operator wants to know of an image in a list. */
export interface ImageSummary {
	/** The first of its names; null where it has none. */
	name: string | null;
	/** All its names that the credential covers. */
	names: string[];
	/** It has no name with a tag: usually what an update has left. */
	dangling: boolean;
	/** A container, running or not, was made from it. */
	inUse: boolean;
	/** Names of those containers, as far as the credential covers them. */
	usedBy: string[];
	sizeBytes: number;
	createdAt: string | null;
	labels: Record<string, string>;
	id: string;
}

/** What an operator wants to know of one image. */
export interface ImageDetails extends ImageSummary {
	/** By which registries know it, e.g. `nginx@sha256:…`. */
	digests: string[];
	platform: string;
	user: string | null;
	command: string[];
	entrypoint: string[];
	workingDirectory: string | null;
	exposedPorts: string[];
	volumes: string[];
	/** Names of the environment variables it sets. */
	environment: string[];
	hasHealthCheck: boolean;
	layers: number;
}

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});
const list = z
	.array(z.string())
	.nullish()
	.transform((value) => value ?? []);
const keys = z
	.record(z.string(), z.unknown())
	.nullish()
	.transform((value) => Object.keys(value ?? {}));
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');

export const listedImage = namedImage.extend({
	Created: z.number(),
	Size: z.number(),
	/** -1 or missing: not known. */
	SharedSize: z.number().nullish(),
	ParentId: text,
	Labels: texts,
});
export type ListedImage = z.infer<typeof listedImage>;

export const inspectedImage = namedImage.extend({
	Created: z.string().nullish(),
	Size: z.number(),
	Os: text,
	Architecture: text,
	Variant: text,
	Metadata: z.looseObject({ LastTagTime: text }).nullish(),
	RootFS: z.looseObject({ Layers: list }).nullish(),
	Config: z
		.looseObject({
			User: text,
			Cmd: list,
			Entrypoint: list,
			WorkingDir: text,
			Env: list,
			Labels: texts,
			ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
			Volumes: z.record(z.string(), z.unknown()).nullish(),
			Healthcheck: z.looseObject({ Test: list }).nullish(),
		})
		.nullish(),
});
export type InspectedImage = z.infer<typeof inspectedImage>;

/** Who uses an image, as far as that may be told. */
export interface ImageUsers {
	inUse: boolean;
	names: string[];
}

/** @param covers whether a name may be shown */
export function summariseImage(
	image: ListedImage,
	users: ImageUsers,
	covers: (name: string) => boolean,
): ImageSummary {
	return {
		...common(image, users, covers),
		sizeBytes: image.Size,
		createdAt: new Date(image.Created * 1000).toISOString(),
		labels: image.Labels,
		id: image.Id,
	};
}

/** @param covers whether a name may be shown */
export function describeImage(
	image: InspectedImage,
	users: ImageUsers,
	covers: (name: string) => boolean,
): ImageDetails {
	const { Config: config } = image;
	const test = config?.Healthcheck?.Test ?? [];
	return {
		...common(image, users, covers),
		sizeBytes: image.Size,
		createdAt: image.Created || null,
		digests: digestsOf(image).filter(covers),
		platform: [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/'),
		user: config?.User || null,
		command: config?.Cmd ?? [],
		entrypoint: config?.Entrypoint ?? [],
		workingDirectory: config?.WorkingDir || null,
		exposedPorts: keys.parse(config?.ExposedPorts),
		volumes: keys.parse(config?.Volumes),
		environment: (config?.Env ?? []).map((entry) => entry.split('=', 1)[0] ?? ''),
		hasHealthCheck: test.length > 0 && test[0] !== 'NONE',
		layers: image.RootFS?.Layers.length ?? 0,
		labels: config?.Labels ?? {},
		id: image.Id,
	};
}

/**
 * The engine's own description with the values of environment variables masked, and without names that are not covered.
 * @param covers whether a name may be shown
 */
export function imageWithoutSecrets(
	image: InspectedImage,
	covers: (name: string) => boolean,
): Record<string, unknown> {
	const masked = (config: unknown): unknown =>
		typeof config === 'object' && config !== null ? maskedConfig({ ...config }) : config;
	return {
		...withCoveredNames(image, covers),
		Config: masked(image.Config),
		// What classic builds leave there holds the same variables.
		...('ContainerConfig' in image && { ContainerConfig: masked(image['ContainerConfig']) }),
	};
}

/** The same image with only the names that may be shown. */
export function withCoveredNames<T extends z.infer<typeof namedImage>>(
	image: T,
	covers: (name: string) => boolean,
): T {
	return {
		...image,
		RepoTags: tagsOf(image).filter(covers),
		RepoDigests: digestsOf(image).filter(covers),
	};
}

function common(
	image: z.infer<typeof namedImage>,
	users: ImageUsers,
	covers: (name: string) => boolean,
): Pick<ImageSummary, 'name' | 'names' | 'dangling' | 'inUse' | 'usedBy'> {
	const names = namesOf(image).filter(covers);
	return {
		name: names[0] ?? null,
		names,
		dangling: tagsOf(image).length === 0,
		inUse: users.inUse,
		usedBy: users.names,
	};
}
