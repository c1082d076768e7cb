import { z } from 'zod';

import type { Access } from '../access';
import { control } from '../control';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectContainer } from '../find';
import { remove } from '../helper-container';
import { imagePath, parseImageName, resolveImage } from '../image-reference';
import { inspectedImage } from '../image-summary';
import { getImage } from '../images';
import { joinableNetwork, networkMode, requireUsualNetwork } from '../joinable';
import { planLabel, replacesLabel } from '../own-labels';
import { resolveContainer } from '../reference';
import { describeContainer, type ContainerDetails, type InspectedContainer } from '../summary';
import { requireFolder } from '../volume-options';
import { parseNewContainer, type NewContainer } from './definition';
import { definitionLabel, fingerprint, isMadeBy } from './fingerprint';
import { creationRequest } from './request';

export interface CreateOptions {
	/** Starts it afterwards. */
	start?: boolean | undefined;
	/** Gets the image from its registry when the engine has not. */
	pull?: boolean | undefined;
	/** Check everything, create nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

export interface CreateResult extends Partial<ContainerDetails> {
	name: string;
	changed: boolean;
	/** False when a container made by the same definition was there already. */
	created: boolean;
	started: boolean;
	/** What the engine has to say. */
	warnings: string[];
	dryRun?: true;
}

const created = z.object({
	Id: z.string().regex(/^[0-9a-f]{64}$/),
	Warnings: z.array(z.string()).nullish(),
});

/**
 * Makes a container by its definition. One of the same name that was made by the same definition is left as it is (and
 * started where that is asked for); any other is a conflict. Values of its environment are in no result and no error.
 *
 * @throws DockerError `invalid_input`, `not_permitted`, `conflict`, `image_missing`, `not_found` for a network …
 */
export async function createContainer(
	engine: Engine,
	access: Access,
	input: unknown,
	options: CreateOptions = {},
): Promise<CreateResult> {
	const { signal } = options;
	const wanted = parseNewContainer(input);
	requireRights(access, wanted);
	const networks = await networkIds(engine, access, wanted, signal);
	const present = await presentContainer(engine, wanted.name, signal);
	if (present) return await leave(engine, access, present, wanted, options);
	const image = await imageFor(engine, access, wanted.image, options);
	const name = wanted.name;
	if (options.dryRun) {
		const started = options.start === true;
		return { name, changed: true, created: true, started, warnings: [], dryRun: true };
	}
	const labels = {
		...wanted.labels,
		...(await blankMarks(engine, image, signal)),
		[definitionLabel]: fingerprint(wanted),
	};
	const body = creationRequest(wanted, labels, networks[0]);
	// Without the signal, which could leave a container that nobody knows of.
	const { Id, Warnings } = await engine
		.call({ method: 'POST', path: '/containers/create', query: { name }, body }, created)
		.catch((thrown: unknown) => {
			throw taken(thrown, name);
		});
	try {
		if (image !== undefined) await requireImage(engine, Id, image);
		for (const [index, network] of networks.entries()) {
			if (index === 0) continue;
			const EndpointConfig = { Aliases: wanted.networks[index]?.aliases ?? [] };
			const connect = { method: 'POST' as const, path: `/networks/${network}/connect` };
			await engine.send({ ...connect, body: { Container: Id, EndpointConfig }, signal });
		}
	} catch (thrown) {
		await remove(engine, Id).catch(() => {
			// What went wrong before says more.
		});
		throw thrown;
	}
	const started = options.start === true;
	if (started) await startNew(engine, access, Id, name, signal);
	const made = describeContainer(await inspectContainer(engine, Id, signal));
	return { ...made, changed: true, created: true, started, warnings: Warnings ?? [] };
}

function requireRights(access: Access, wanted: NewContainer): void {
	access.requireAction('create');
	access.requireContainer(wanted.name);
	for (const mount of wanted.mounts) {
		if (mount.type === 'volume' && mount.source !== undefined) access.requireVolume(mount.source);
		if (mount.type === 'hostPath') requireFolder(access, mount.source);
	}
}

/** Of none given, the engine's usual one must be covered, because the container gets that. */
async function networkIds(
	engine: Engine,
	access: Access,
	{ networks }: NewContainer,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	if (networks.length === 0) await requireUsualNetwork(engine, access, signal);
	const ids: string[] = [];
	for (const { name } of networks) {
		ids.push(networkMode(await joinableNetwork(engine, access, name, signal)));
	}
	return ids;
}

/** @returns the id of the image; undefined in a dry run that would have to get it */
async function imageFor(
	engine: Engine,
	access: Access,
	reference: string,
	{ pull, dryRun, signal }: CreateOptions,
): Promise<string | undefined> {
	const name = parseImageName(reference);
	access.requireImage(name.text);
	const found = await resolveImage(engine, name.text, signal);
	if (found) return found.Id;
	if (!pull) {
		throw new DockerError(
			'image_missing',
			`The engine has no image "${name.text}".`,
			'Get it with the operation Pull of the resource Image, or switch on "Pull Image If Missing".',
		);
	}
	access.requireAction('pull image');
	return dryRun ? undefined : await getImage(engine.connection, name.text, signal);
}

/** An image may bring labels with it by which this package knows the containers of its updates again. */
async function blankMarks(
	engine: Engine,
	image: string | undefined,
	signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
	if (image === undefined) return {};
	const { Config } = await engine.call({ path: imagePath(image, 'json'), signal }, inspectedImage);
	const marks = [replacesLabel, planLabel].filter((label) => Config?.Labels[label] !== undefined);
	return Object.fromEntries(marks.map((label) => [label, '']));
}

/** The name may have gone to another image between the check and the creation. */
async function requireImage(engine: Engine, id: string, image: string): Promise<void> {
	const { Image } = z.looseObject({ Image: z.string() }).parse(await inspectContainer(engine, id));
	if (Image === image) return;
	throw new DockerError(
		'conflict',
		'The name of the image went to another image while the container was made; it was removed again.',
		'Run again.',
	);
}

async function presentContainer(
	engine: Engine,
	name: string,
	signal: AbortSignal | undefined,
): Promise<InspectedContainer | undefined> {
	try {
		const found = await inspectContainer(engine, await resolveContainer(engine, name, signal), signal);
		// A name of digits may be the beginning of an id.
		return found.Name === `/${name}` || found.Name === name ? found : undefined;
	} catch (thrown) {
		if (thrown instanceof DockerError && ['not_found', 'ambiguous'].includes(thrown.code)) return undefined;
		throw thrown;
	}
}

async function leave(
	engine: Engine,
	access: Access,
	present: InspectedContainer,
	wanted: NewContainer,
	{ start, dryRun, signal }: CreateOptions,
): Promise<CreateResult> {
	if (!isMadeBy(present.Config.Labels?.[definitionLabel], wanted)) {
		throw new DockerError(
			'conflict',
			`There is a container "${wanted.name}" already, and it was not made by this definition.`,
			'Remove or rename it first, or use the operation Update for a newer image.',
		);
	}
	const base = { created: false, warnings: [], ...(dryRun && { dryRun }) };
	if (start !== true) return { ...describeContainer(present), ...base, changed: false, started: false };
	const { changed } = await control(engine, access, 'start', present.Id, { dryRun, signal });
	const now = describeContainer(await inspectContainer(engine, present.Id, signal));
	return { ...now, ...base, changed, started: changed };
}

async function startNew(
	engine: Engine,
	access: Access,
	id: string,
	name: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	try {
		await control(engine, access, 'start', id, { signal });
	} catch (thrown) {
		if (!(thrown instanceof DockerError)) throw thrown;
		throw new DockerError(
			thrown.code,
			`The container "${name}" was created, but did not start. ${thrown.message}`,
			`${thrown.remedy} The same operation again starts it; to change its definition remove it first.`,
			{ cause: thrown },
		);
	}
}

function taken(thrown: unknown, name: string): unknown {
	if (!(thrown instanceof DockerError) || thrown.code !== 'conflict') return thrown;
	return new DockerError(
		'conflict',
		`The name "${name}" went to another container meanwhile.`,
		'Look at the list of containers, then run again.',
		{ cause: thrown },
	);
}
