import { z } from 'zod';

import type { Access } from '../access';
import { readDiskUsage, type BuildCacheRecord } from '../disk-usage';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { engineNow } from '../events/read';
import { isUp, readHolders, type Holder } from '../holders';
import { imagePath } from '../image-reference';
import { inspectedImage, listedImage, type ListedImage } from '../image-summary';
import { inspectMany } from '../inspect-many';
import { managedContainer } from '../managed';
import type { EngineNetwork } from '../network-summary';
import { readNetworks } from '../network-reference';
import { protectedContainers } from '../protected';
import { diskPatienceMs } from '../removal';
import type { InspectedContainer } from '../summary';
import { engineVolume, type EngineVolume } from '../volume-summary';
import type { PruneRules } from './things';

export interface StoppedContainer {
	restartPolicy: string;
	/** Null for one that was never started. */
	finishedAtMs: number | null;
	protectedBecause: string | undefined;
}

/** All there is on an engine, as far as the rules ask for it. */
export interface Inventory {
	/** By the engine's clock. */
	nowMs: number;
	holders: Holder[];
	/** By id; missing where the engine did not tell. */
	stopped: Map<string, StoppedContainer>;
	images: (ListedImage & { cameAtMs: number })[];
	networks: EngineNetwork[];
	volumes: EngineVolume[];
	buildCache: BuildCacheRecord[];
}

const listedVolumes = z.looseObject({ Volumes: z.array(engineVolume).nullish() });

/** Reads what a plan needs. Nothing is changed. @throws DockerError */
export async function takeInventory(
	engine: Engine,
	access: Access,
	rules: PruneRules,
	signal?: AbortSignal,
): Promise<Inventory> {
	const nowMs = Number((await engineNow(engine, signal)) / 1_000_000n);
	const holders = await readHolders(engine, rules.containers, signal);
	const stopped = rules.containers ? await lookAtStopped(engine, access, holders, signal) : new Map();
	const sizes = [
		...(rules.volumes === 'none' ? [] : ['volume' as const]),
		...(rules.buildCache ? ['build-cache' as const] : []),
	];
	const usage = sizes.length > 0 ? await readDiskUsage(engine, sizes, signal) : undefined;
	const measured = new Map(usage?.Volumes.map(({ Name, UsageData }) => [Name, UsageData]));
	return {
		nowMs,
		holders,
		stopped,
		images: rules.images === 'none' ? [] : await readImages(engine, holders, signal),
		networks: rules.networks ? await readNetworks(engine, {}, signal) : [],
		volumes:
			rules.volumes === 'none'
				? []
				: (await readVolumes(engine, signal)).map((volume) => ({
						...volume,
						UsageData: measured.get(volume.Name) ?? volume.UsageData,
					})),
		buildCache: rules.buildCache ? (usage?.BuildCache ?? []) : [],
	};
}

async function lookAtStopped(
	engine: Engine,
	access: Access,
	holders: readonly Holder[],
	signal: AbortSignal | undefined,
): Promise<Map<string, StoppedContainer>> {
	const ids = holders.filter(({ name, state }) => !isUp(state) && access.covers(name)).map(({ id }) => id);
	const looked = [...(await inspectMany(engine, ids, { signal })).values()];
	const found = looked.filter((one): one is InspectedContainer => !(one instanceof DockerError));
	const reasons = await protectedContainers(found.map(managedContainer), engine.connection, { signal });
	return new Map(
		found.map(({ Id, State, HostConfig }) => {
			const finishedAtMs = State.FinishedAt.startsWith('0001-') ? NaN : Date.parse(State.FinishedAt);
			const about: StoppedContainer = {
				restartPolicy: HostConfig?.RestartPolicy?.Name || 'no',
				finishedAtMs: Number.isNaN(finishedAtMs) ? null : finishedAtMs,
				protectedBecause: reasons.get(Id),
			};
			return [Id, about];
		}),
	);
}

/** When an image was built says little: one that was got a moment ago may be a year old. */
async function readImages(
	engine: Engine,
	holders: readonly Holder[],
	signal: AbortSignal | undefined,
): Promise<Inventory['images']> {
	const query = { 'shared-size': 'true' };
	const request = { path: '/images/json', query, timeoutMs: diskPatienceMs, signal };
	const images = await engine.call(request, z.array(listedImage));
	const found: Inventory['images'] = [];
	for (const image of images) {
		const builtAtMs = image.Created * 1000;
		const isHeld = holders.some(({ imageId, state }) => imageId === image.Id && isUp(state));
		const cameAtMs = isHeld ? builtAtMs : Math.max(builtAtMs, await taggedAt(engine, image.Id, signal));
		found.push({ ...image, cameAtMs });
	}
	return found;
}

async function taggedAt(engine: Engine, id: string, signal: AbortSignal | undefined): Promise<number> {
	try {
		const image = await engine.call({ path: imagePath(id, 'json'), signal }, inspectedImage);
		return Date.parse(image.Metadata?.LastTagTime ?? '') || 0;
	} catch (thrown) {
		// Gone meanwhile: the removal will tell.
		if (thrown instanceof DockerError && thrown.code === 'not_found') return 0;
		throw thrown;
	}
}

async function readVolumes(engine: Engine, signal: AbortSignal | undefined): Promise<EngineVolume[]> {
	return (await engine.call({ path: '/volumes', signal }, listedVolumes)).Volumes ?? [];
}
