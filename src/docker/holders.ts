import { z } from 'zod';

import type { Engine } from './engine';
import { diskPatienceMs } from './removal';
import { nameAmong } from './summary';

/** A container, running or not, and what it holds: such things are in use. */
export interface Holder {
	/** Full id. */
	id: string;
	name: string;
	state: string;
	labels: Record<string, string>;
	/** Its image as it was asked for, e.g. `nginx:1.27`. */
	image: string;
	/** Full id of that image, with `sha256:`. */
	imageId: string;
	/** Names. */
	volumes: string[];
	/** Names, and ids of those it has been connected to. */
	networks: string[];
	/** In milliseconds since 1970. */
	createdAtMs: number;
	/** What it has written into its own layer; null where it was not asked for. */
	sizeBytes: number | null;
}

const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');

const listed = z.looseObject({
	Id: z.string(),
	Names: z.array(z.string()).nullish(),
	Image: text,
	ImageID: text,
	State: text,
	Created: z.number(),
	SizeRw: z.number().nullish(),
	Labels: z.record(z.string(), z.string()).nullish(),
	Mounts: z.array(z.looseObject({ Type: text, Name: text })).nullish(),
	NetworkSettings: z
		.looseObject({
			Networks: z.record(z.string(), z.looseObject({ NetworkID: text }).nullish()).nullish(),
		})
		.nullish(),
});

/**
 * All containers of the engine, whatever the rights: what one of them uses is in use. Names of those that the rights do not
 * cover are for no output.
 *
 * @param sizes asks for what each has written, which takes the engine time
 */
export async function readHolders(engine: Engine, sizes = false, signal?: AbortSignal): Promise<Holder[]> {
	const query = { all: 'true', ...(sizes && { size: 'true' }) };
	const request = { path: '/containers/json', query, signal, ...(sizes && { timeoutMs: diskPatienceMs }) };
	const containers = await engine.call(request, z.array(listed));
	return containers.map((container) => ({
		id: container.Id,
		name: nameAmong(container.Names) ?? container.Id.slice(0, 12),
		state: container.State,
		labels: container.Labels ?? {},
		image: container.Image,
		imageId: container.ImageID,
		volumes: (container.Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
		networks: Object.entries(container.NetworkSettings?.Networks ?? {}).flatMap(([name, settings]) => [
			name,
			...(settings?.NetworkID ? [settings.NetworkID] : []),
		]),
		createdAtMs: container.Created * 1000,
		sizeBytes: sizes ? (container.SizeRw ?? 0) : null,
	}));
}

/** Whether a container in this state runs, or is about to; the words of Docker and of Podman. */
export function isUp(state: string): boolean {
	return !['created', 'exited', 'dead', 'configured', 'stopped'].includes(state);
}
