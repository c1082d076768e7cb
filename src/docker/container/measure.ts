import type { Access } from '../access';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findContainer } from '../find';
import { listContainers, type ContainerFilter } from '../list';
import { containerStats, engineStats, type ContainerStats } from '../stats';
import { nameAmong, nameOf, summarise, type InspectedContainer } from '../summary';

export type NamedStats = ContainerStats & { id: string; name: string };

/** Statistics of one of many containers, or why there are none. */
export type StatsOutcome = { stats: NamedStats } | { failure: unknown; name: string };

/** The engine answers statistics only after its second sample. */
const samplingMs = 2000;
/** Each waits for two samples of the engine and costs it little. */
const atOnce = 24;

/** @throws DockerError */
export async function statsOf(
	engine: Engine,
	container: InspectedContainer,
	signal?: AbortSignal,
): Promise<NamedStats> {
	const path = `/containers/${container.Id}/stats`;
	const timeoutMs = engine.connection.timeoutSeconds * 1000 + samplingMs;
	const stats = await engine.call({ path, query: { stream: 'false' }, timeoutMs, signal }, engineStats);
	const running = ['running', 'paused', 'restarting'].includes(container.State.Status);
	return { name: nameOf(container.Name), ...containerStats(stats, running), id: container.Id };
}

/**
 * Statistics of all containers that a filter fits, some at once, in the order of their names. One that hangs or fails does
 * not hold up the others; one that is removed meanwhile is left out. The engine is not asked about those that do not run.
 */
export async function statsOfMany(
	engine: Engine,
	access: Access,
	filter: ContainerFilter,
	signal?: AbortSignal,
): Promise<StatsOutcome[]> {
	access.requireAction('stats');
	const waiting = await listContainers(engine, access, filter, signal);
	const results = new Map<number, StatsOutcome>();
	let next = 0;
	const work = async (): Promise<void> => {
		for (let at = next++; at < waiting.length && !signal?.aborted; at = next++) {
			const listed = waiting[at];
			if (listed === undefined) return;
			const name = nameAmong(listed.Names) ?? listed.Id.slice(0, 12);
			try {
				const { state } = summarise(listed);
				const runs = ['running', 'paused', 'restarting'].includes(state);
				results.set(at, {
					stats: runs
						? await statsOf(engine, await findContainer(engine, access, 'stats', listed.Id, signal), signal)
						: { name, ...containerStats({}, false), id: listed.Id },
				});
			} catch (failure) {
				if (failure instanceof DockerError && failure.code === 'not_found') continue;
				results.set(at, { failure, name });
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
	return [...results.entries()].sort(([a], [b]) => a - b).map(([, result]) => result);
}
