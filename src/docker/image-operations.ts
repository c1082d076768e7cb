import { z } from 'zod';

import { matchesGlob } from '../shared';
import { Access, type ContainerAction } from './access';
import { parseAnswer } from './answer';
import type { ChangeOptions } from './change-options';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { isKnownImage, isKnownName } from './helper-image';
import { isUp, readHolders, type Holder } from './holders';
import {
	imagePath,
	namesOf,
	noSuchImage,
	parseImageName,
	resolveImage,
	type NamedImage,
} from './image-reference';
import {
	describeImage,
	imageWithoutSecrets,
	inspectedImage,
	listedImage,
	summariseImage,
	withCoveredNames,
	type ImageDetails,
	type ImageSummary,
	type ImageUsers,
	type InspectedImage,
	type ListedImage,
} from './image-summary';
import type { ImageFilter, PullResult, RemoveImageResult, TagResult } from './image-results';
import { presentImage, pullImage } from './pull';
import { isAbsent, sendRemoval } from './removal';

const removals = z.array(z.looseObject({ Untagged: z.string().nullish(), Deleted: z.string().nullish() }));

/**
 * The images of one engine, within the rights of one credential. An image may be shown when one of its names is covered;
 * it may be removed when all of them are. Images without any name are covered by `*` alone.
 */
export class Images {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/** All images that the rights cover and the filter fits; sorted by name, those without one last. */
	async list(filter: ImageFilter = {}, signal?: AbortSignal): Promise<ImageSummary[]> {
		return (await this.find(filter, signal)).map(({ summary }) => summary);
	}

	/** As `list`, in the engine's own shape. */
	async listRaw(filter: ImageFilter = {}, signal?: AbortSignal): Promise<ListedImage[]> {
		return (await this.find(filter, signal)).map(({ image }) => withCoveredNames(image, this.covers));
	}

	/** @throws DockerError `not_found`, `ambiguous`, `invalid_reference`, `not_permitted` */
	async get(reference: string, signal?: AbortSignal): Promise<ImageDetails> {
		const image = await this.inspect('inspect image', reference, signal);
		const holders = await readHolders(this.engine, false, signal);
		return describeImage(image, this.usersOf(image.Id, holders), this.covers);
	}

	/** As `get`, in the engine's own shape, with the values of environment variables masked. */
	async getRaw(reference: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
		return imageWithoutSecrets(await this.inspect('inspect image', reference, signal), this.covers);
	}

	/**
	 * Gets an image from its registry, with the login the engine itself has there.
	 * @throws DockerError see `pullImage`
	 */
	async pull(
		reference: string,
		options: ChangeOptions & { platform?: string | undefined } = {},
	): Promise<PullResult> {
		const { dryRun, signal } = options;
		this.access.requireAction('pull image');
		const name = parseImageName(reference);
		this.access.requireImage(name.text);
		const previousId = (await presentImage(this.engine, name, signal)) ?? null;
		if (dryRun) {
			const changed = previousId === null ? true : null;
			return { changed, name: name.text, id: previousId, previousId, durationMs: 0, dryRun: true };
		}
		const startedAt = Date.now();
		const report = await pullImage(this.engine, name, options);
		const durationMs = Date.now() - startedAt;
		const id = (await presentImage(this.engine, name, signal)) ?? null;
		return { changed: id !== previousId, name: name.text, id, previousId, ...report, durationMs };
	}

	/**
	 * Gives an image a further name; another image that has it loses it. A name that helpers are made from is given only to an
	 * image that is known by such names already.
	 * @throws DockerError `not_found`, `ambiguous`, `invalid_reference`, `not_permitted`
	 */
	async tag(reference: string, newName: string, { dryRun, signal }: ChangeOptions = {}): Promise<TagResult> {
		const name = parseImageName(newName);
		if (name.tag === undefined) throw digestAsName(newName);
		this.access.requireAction('tag image');
		this.access.requireImage(name.text);
		const image = await this.inspect('tag image', reference, signal);
		if (isKnownName(name.text) && !isKnownImage(image)) throw trustedName(name.text);
		const previousId = (await presentImage(this.engine, name, signal)) ?? null;
		const changed = previousId !== image.Id;
		const result = { changed, name: name.text, id: image.Id, previousId };
		if (dryRun) return { ...result, dryRun: true };
		if (changed) {
			const query = { repo: name.repository, tag: name.tag };
			await this.engine.send({ method: 'POST', path: imagePath(image.Id, 'tag'), query, signal });
		}
		return result;
	}

	/**
	 * Removes one name of an image, and the image itself with its last name; by id the image with all its names.
	 *
	 * @param options `force` also where stopped containers were made from it; they cannot be started any more
	 * @throws DockerError `conflict` while a container uses it, `ambiguous`, `invalid_reference`, `not_permitted`
	 */
	async remove(
		reference: string,
		options: ChangeOptions & { force?: boolean | undefined } = {},
	): Promise<RemoveImageResult> {
		const { dryRun, force, signal } = options;
		this.access.requireAction('remove image');
		const listed = await resolveImage(this.engine, reference, signal);
		if (listed === undefined) return this.goneAlready(reference);
		const image = await this.look(listed.Id, signal);
		const all = namesOf(image);
		const named = all.find((name) => isName(name, reference));
		const going = named === undefined ? all : [named];
		for (const name of going.length > 0 ? going : ['']) this.access.requireImage(name, reference);
		const deleted = going.length === all.length;
		if (deleted) this.refuseUsed(image, await readHolders(this.engine, false, signal), force === true);
		const result = { changed: true, deleted, name: named ?? all[0] ?? image.Id, id: image.Id };
		if (dryRun) return { ...result, untagged: going, layersDeleted: 0, dryRun: true };
		return { ...result, ...(await this.carryOut(image, going, deleted, force === true, signal)) };
	}

	/** Names go one by one: by its id, the engine removes an image of several repositories only by force. */
	private async carryOut(
		image: InspectedImage,
		names: string[],
		deleted: boolean,
		force: boolean,
		signal: AbortSignal | undefined,
	): Promise<Pick<RemoveImageResult, 'deleted' | 'untagged' | 'layersDeleted'>> {
		const untagged: string[] = [];
		let layersDeleted = 0;
		let isUnanswered = false;
		// The only name goes with the id, so that an image that has got this name meanwhile is left alone.
		const targets = names.length <= 1 && deleted ? [image.Id] : names;
		for (const target of targets) {
			const path = imagePath(target);
			const query = force ? { force: 'true' } : {};
			const answer = await sendRemoval(this.engine, { path, query, signal }, () =>
				this.hasLost(image.Id, target, signal),
			);
			if (answer === undefined) {
				untagged.push(...(target === image.Id ? names : [target]));
				isUnanswered = true;
				continue;
			}
			const gone = parseAnswer(answer, `DELETE ${path}`, removals);
			untagged.push(...gone.flatMap(({ Untagged }) => Untagged ?? []));
			layersDeleted += gone.filter(({ Deleted }) => Deleted).length;
		}
		if (!isUnanswered) return { deleted: layersDeleted > 0, untagged, layersDeleted };
		const isGone = await isAbsent(this.engine, imagePath(image.Id, 'json'), signal);
		return { deleted: isGone, untagged, layersDeleted: null };
	}

	/** @param target the id of the image, or one of its names, which may have gone to another one */
	private async hasLost(id: string, target: string, signal: AbortSignal | undefined): Promise<boolean> {
		if (await isAbsent(this.engine, imagePath(id, 'json'), signal)) return true;
		return target !== id && !namesOf(await this.look(id, signal)).includes(target);
	}

	private goneAlready(reference: string): RemoveImageResult {
		const isId = /^(?:sha256:)?[0-9a-f]{12,64}$/.test(reference.trim());
		const name = isId ? reference.trim() : parseImageName(reference).text;
		if (!isId) this.access.requireImage(name);
		return { changed: false, deleted: false, name, id: null, untagged: [], layersDeleted: 0 };
	}

	private refuseUsed(image: InspectedImage, holders: readonly Holder[], force: boolean): void {
		const users = holders.filter(({ imageId }) => imageId === image.Id);
		const inTheWay = force ? users.filter(({ state }) => isUp(state)) : users;
		if (inTheWay.length === 0) return;
		const names = inTheWay.map(({ name }) => name).filter((name) => this.access.covers(name));
		throw new DockerError(
			'conflict',
			`The image "${namesOf(image)[0] ?? image.Id}" is in use by ${names.join(', ') || 'a container'}.`,
			inTheWay.some(({ state }) => isUp(state))
				? 'Remove those containers first.'
				: 'Remove those containers first, or switch on "Force": they cannot be started any more then.',
		);
	}

	private async find(
		filter: ImageFilter,
		signal: AbortSignal | undefined,
	): Promise<{ image: ListedImage; summary: ImageSummary }[]> {
		this.access.requireAction('list images');
		const filters = JSON.stringify({ ...(filter.labels?.length && { label: filter.labels }) });
		const request = { path: '/images/json', query: { filters }, signal };
		const images = await this.engine.call(request, z.array(listedImage));
		const holders = await readHolders(this.engine, false, signal);
		return images
			.filter((image) => this.coversSome(image))
			.map((image) => ({
				image,
				summary: summariseImage(image, this.usersOf(image.Id, holders), this.covers),
			}))
			.filter(({ summary }) => fits(summary, filter))
			.sort((a, b) => order(a.summary, b.summary));
	}

	private async inspect(
		action: ContainerAction,
		reference: string,
		signal: AbortSignal | undefined,
	): Promise<InspectedImage> {
		this.access.requireAction(action);
		const listed = await resolveImage(this.engine, reference, signal);
		if (listed === undefined) throw noSuchImage(reference);
		const image = await this.look(listed.Id, signal);
		if (!this.coversSome(image)) this.access.requireImage(namesOf(image)[0] ?? '', reference);
		return image;
	}

	private async look(id: string, signal: AbortSignal | undefined): Promise<InspectedImage> {
		return await this.engine.call({ path: imagePath(id, 'json'), signal }, inspectedImage);
	}

	private coversSome(image: NamedImage): boolean {
		const names = namesOf(image);
		// Only a pattern that fits everything fits the empty name.
		return (names.length > 0 ? names : ['']).some(this.covers);
	}

	private readonly covers = (name: string): boolean => this.access.coversImage(name);

	private usersOf(id: string, holders: readonly Holder[]): ImageUsers {
		const users = holders.filter(({ imageId }) => imageId === id).map(({ name }) => name);
		return { inUse: users.length > 0, names: users.filter((name) => this.access.covers(name)).sort() };
	}
}

function isName(name: string, reference: string): boolean {
	if (/^sha256:/.test(reference.trim())) return false;
	return parseImageName(reference).text === name;
}

function fits(image: ImageSummary, { name, dangling, inUse }: ImageFilter): boolean {
	return (
		(!name || image.names.some((own) => matchesGlob(name, own))) &&
		(dangling === undefined || image.dangling === dangling) &&
		(inUse === undefined || image.inUse === inUse)
	);
}

function order(a: ImageSummary, b: ImageSummary): number {
	if (a.name === null || b.name === null) return a.name === b.name ? 0 : a.name === null ? 1 : -1;
	return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function digestAsName(given: string): DockerError {
	return new DockerError(
		'invalid_reference',
		`"${given}" cannot be given to an image as a name: a digest comes from a registry.`,
		'Give a name with a tag, such as "shop/web:stable".',
	);
}

function trustedName(name: string): DockerError {
	return new DockerError(
		'not_permitted',
		`"${name}" is a name of images that helper containers are made from, and this image is not one of those.`,
		'Give another name, such as "shop/web:stable". To have helpers made from this image, name it in "Helper Image" of the Docker credential.',
	);
}
