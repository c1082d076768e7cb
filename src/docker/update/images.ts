import type { Access } from '../access';
import { DockerError } from '../errors';
import { pull as pullImage } from '../images';
import { nameOf } from '../summary';
import type { EngineSteps } from './engine-steps';
import type { ImageDetails, Replaceable } from './shapes';

/** An image as a report tells it. */
export interface ReportedImage {
	/** As a person wrote it, e.g. `shop/web:2`. */
	reference: string;
	id: string;
	/** By which registries know it; null for one that was made on the engine. */
	digest: string | null;
}

/**
 * The reference a container is updated by.
 * @param asked by a person; the container's own when undefined or empty
 * @throws DockerError `invalid_input` for a container that was made from an id, `not_permitted`
 */
export function wantedReference(old: Replaceable, asked: string | undefined, access: Access): string {
	const reference = asked?.trim() || old.Config.Image;
	if (/^(sha256:)?[0-9a-f]{64}$/.test(reference) && !asked?.trim()) {
		throw new DockerError(
			'invalid_input',
			`The container "${nameOf(old.Name)}" was made from an image id, which never gets newer.`,
			'Give the image it shall be updated to, e.g. "shop/web:2".',
		);
	}
	if (!/^[a-z0-9][A-Za-z0-9_./:@-]*$/.test(reference)) {
		throw new DockerError(
			'invalid_input',
			`"${reference.slice(0, 80)}" cannot be the name of an image.`,
			'Give a name with a tag, e.g. "shop/web:2", or with a digest.',
		);
	}
	access.requireImage(reference);
	return reference;
}

/**
 * The image the engine has under the reference, after it was asked for anew when `pull` is set.
 * @throws DockerError `image_missing`
 */
export async function newestImage(
	steps: EngineSteps,
	reference: string,
	pull: boolean,
	signal: AbortSignal | undefined,
): Promise<ImageDetails> {
	const refusal = pull ? await pullImage(steps.engine.connection, reference, signal) : undefined;
	if (refusal !== undefined) {
		throw new DockerError(
			'image_missing',
			`The image "${reference}" cannot be pulled: ${refusal}. Nothing was changed.`,
			'See that the name is right and that the engine reaches the registry and is logged in there. For an image that was made on the engine, switch off "Pull".',
		);
	}
	const image = await steps.image(reference);
	if (image !== undefined) return image;
	throw new DockerError(
		'image_missing',
		`The engine has no image "${reference}". Nothing was changed.`,
		'Correct the name, or switch on "Pull".',
	);
}

export function reported(reference: string, image: ImageDetails | undefined, id: string): ReportedImage {
	const repository = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
	const digests = image?.RepoDigests ?? [];
	const own = digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0];
	return { reference, id, digest: own?.split('@')[1] ?? null };
}
