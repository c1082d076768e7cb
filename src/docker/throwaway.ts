import { z } from 'zod';

import { Access } from './access';
import { parseAnswer } from './answer';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { findContainer } from './find';
import { noImage, remove } from './helper-container';
import { helperImages } from './helper-image';
import { throwawayLabel } from './own-labels';

export interface ThrowawayOptions {
	/** Of the container: made by the caller, random, and never that of something else. */
	name: string;
	/** For people who find it in a list. */
	site: string;
	/** Id of an image the engine has; that of helpers when it is missing. */
	image?: string | undefined;
	/** `NAME=value`; visible to whoever may inspect the container, so never a secret. */
	env?: string[] | undefined;
	/** In place of the arguments the image has by itself. */
	command?: string[] | undefined;
	/** A volume without a name of its own at this path. */
	volumeAt?: string | undefined;
	signal?: AbortSignal | undefined;
}

const createdContainer = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });
const mounted = z.object({
	Mounts: z.array(z.object({ Destination: z.string(), Name: z.string().nullish() })).nullish(),
});
const withImage = z.looseObject({ Image: z.string() });
const listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish() }));

/**
 * A container of our own that holds nothing of anybody: no network, no folder of the host, volumes without names that go
 * with it. It is removed by whoever made it, and by the next sweep when that one was killed.
 */
export class Throwaway {
	private constructor(
		private readonly engine: Engine,
		/** Full id. */
		readonly id: string,
		readonly name: string,
		/** Name of the volume that was asked for. */
		readonly volume: string | undefined,
	) {}

	/** Makes it; it does not run yet. @throws DockerError `not_permitted`, `no_helper_image` */
	static async create(connection: EngineConnection, options: ThrowawayOptions): Promise<Throwaway> {
		new Access(connection).requireAction('helper');
		const engine = new Engine(connection);
		const { name, volumeAt, signal } = options;
		const image = options.image ?? (await helperImages(engine, signal))[0];
		if (image === undefined) throw noImage(engine);
		// Without the signal, which could leave a container that nobody knows of.
		const { Id } = await engine.call(
			{ method: 'POST', path: '/containers/create', query: { name }, body: definition(image, options) },
			createdContainer,
		);
		try {
			const { Mounts } = await engine.call({ path: `/containers/${Id}/json`, signal }, mounted);
			const volume = Mounts?.find(({ Destination }) => Destination === volumeAt)?.Name ?? undefined;
			return new Throwaway(engine, Id, name, volume);
		} catch (thrown) {
			await remove(engine, Id).catch(() => {
				// What went wrong before says more; the next sweep removes it.
			});
			throw thrown;
		}
	}

	async start(signal?: AbortSignal): Promise<void> {
		await this.engine.send({ method: 'POST', path: `/containers/${this.id}/start`, signal });
	}

	/** Removes it and its volumes. Never cancelled: it is what a cancelled work does last. */
	async remove(): Promise<void> {
		await remove(this.engine, this.id);
	}
}

/**
 * Removes throwaway containers with their volumes.
 * @param isLeft whether the one of this name is left behind by a process that is gone
 */
export async function sweepThrowaways(
	connection: EngineConnection,
	isLeft: (name: string) => boolean,
	signal?: AbortSignal,
): Promise<void> {
	const engine = new Engine(connection);
	const path = '/containers/json';
	const filters = JSON.stringify({ label: [throwawayLabel] });
	const answer = await engine.send({ path, query: { all: 'true', filters }, signal });
	for (const { Id, Names } of parseAnswer(answer, `GET ${path}`, listed)) {
		const names = (Names ?? []).map((name) => name.replace(/^\//, ''));
		if (names.some((name) => isLeft(name))) await remove(engine, Id);
	}
}

/** Id of the image a container was made from; it need not run. @throws DockerError `not_found`, `not_permitted` */
export async function imageOf(
	connection: EngineConnection,
	container: string,
	signal?: AbortSignal,
): Promise<string> {
	const engine = new Engine(connection);
	const found = await findContainer(engine, new Access(connection), 'exec', container, signal);
	return withImage.parse(found).Image;
}

function definition(image: string, { site, env, command, volumeAt }: ThrowawayOptions): object {
	return {
		Image: image,
		...(command && { Cmd: command }),
		Env: env ?? [],
		NetworkDisabled: true,
		Healthcheck: { Test: ['NONE'] },
		Labels: { [throwawayLabel]: 'drill', 'opsdesk.site': site },
		HostConfig: {
			NetworkMode: 'none',
			RestartPolicy: { Name: 'no' },
			SecurityOpt: ['no-new-privileges'],
			...(volumeAt !== undefined && { Mounts: [{ Type: 'volume', Target: volumeAt }] }),
		},
	};
}
