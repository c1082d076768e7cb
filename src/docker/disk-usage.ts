import { z } from 'zod';

import type { Engine } from './engine';
import { listedImage } from './image-summary';
import { diskPatienceMs } from './removal';
import { engineVolume } from './volume-summary';

export type UsageKind = 'container' | 'image' | 'volume' | 'build-cache';

const buildCacheRecord = z.looseObject({
	ID: z.string(),
	Type: z.string().nullish(),
	Description: z.string().nullish(),
	InUse: z.boolean(),
	Shared: z.boolean(),
	Size: z.number(),
	CreatedAt: z.string().nullish(),
	LastUsedAt: z.string().nullish(),
});
export type BuildCacheRecord = z.infer<typeof buildCacheRecord>;

const none = <T>(value: T[] | null | undefined): T[] => value ?? [];

const engineDiskUsage = z.looseObject({
	/** Of all layers of all images, each counted once. */
	LayersSize: z
		.number()
		.nullish()
		.transform((value) => value ?? 0),
	Images: z
		.array(listedImage.extend({ Containers: z.number().nullish(), VirtualSize: z.number().nullish() }))
		.nullish()
		.transform(none),
	Containers: z
		.array(
			z.looseObject({
				Id: z.string(),
				Names: z.array(z.string()).nullish(),
				State: z.string(),
				SizeRw: z.number().nullish(),
			}),
		)
		.nullish()
		.transform(none),
	Volumes: z.array(engineVolume).nullish().transform(none),
	BuildCache: z.array(buildCacheRecord).nullish().transform(none),
});
export type EngineDiskUsage = z.infer<typeof engineDiskUsage>;

/** From this API version on, single kinds can be asked for. */
const kindsSince = 42;

/**
 * What the engine's data take on its disk. An engine before 23 (API 1.42) always answers with everything, which takes it
 * longer.
 *
 * @param kinds only these are surely there in the answer; all when absent
 */
export async function readDiskUsage(
	engine: Engine,
	kinds?: readonly UsageKind[],
	signal?: AbortSignal,
): Promise<EngineDiskUsage> {
	const version = Number((await engine.apiVersion(signal))?.split('.')[1] ?? kindsSince);
	// The same name several times, as the engine has it.
	const asked = version >= kindsSince ? (kinds ?? []) : [];
	const query = new URLSearchParams(asked.map((kind): [string, string] => ['type', kind])).toString();
	const path = `/system/df${query && `?${query}`}`;
	// The engine walks all volumes for it.
	return await engine.call({ path, timeoutMs: diskPatienceMs, signal }, engineDiskUsage);
}
