import { z } from 'zod';

import { summarise, type ListedContainer } from '../summary';
import type { Observation } from './observation';

/** Why a container is to be restarted because of another one. */
export interface Cause {
	reason: 'namespace_of_restarted' | 'dependency_restarted';
	/** When that other one was started, by the engine's clock, where it was not this run that has restarted it. */
	leaderStartedAt: number | null;
}

/** A container that is to be restarted because another one was. */
export interface Follower extends Cause {
	id: string;
	name: string;
}

/** A running container that shares the network of another one. */
export interface Sharing {
	id: string;
	name: string;
	leaderId: string;
}

const hostConfig = z.looseObject({
	HostConfig: z.looseObject({ NetworkMode: z.string().nullish() }).nullish(),
});

/**
 * Running containers that need a restart once another was restarted. A container that shares the network of another
 * (`network_mode: container:x`, `service:x`) keeps the network of before, in which nothing answers any more; one whose
 * Compose file says `depends_on: {x: {restart: true}}` has asked for it.
 */
export function followersOf(restartedId: string, listed: readonly ListedContainer[]): Follower[] {
	const restarted = listed.find(({ Id }) => Id === restartedId);
	if (!restarted) return [];
	const { project, service } = summarise(restarted);
	return listed.flatMap((container): Follower[] => {
		const { id, name, state, labels, project: ownProject } = summarise(container);
		if (id === restartedId || state !== 'running') return [];
		const shared = sharedBy(container);
		if (shared !== undefined && isCalled(restarted, shared))
			return [{ id, name, reason: 'namespace_of_restarted', leaderStartedAt: null }];
		const asks = (labels['com.docker.compose.depends_on'] ?? '').split(',').some((entry) => {
			const [on, , restart] = entry.trim().split(':');
			return on === service && restart === 'true';
		});
		return asks && project !== null && project === ownProject
			? [{ id, name, reason: 'dependency_restarted', leaderStartedAt: null }]
			: [];
	});
}

/** All pairs of running containers that share a network. */
export function sharingAmong(listed: readonly ListedContainer[]): Sharing[] {
	const running = listed.filter((container) => summarise(container).state === 'running');
	return running.flatMap((container) => {
		const wanted = sharedBy(container);
		const leader = wanted === undefined ? undefined : running.find((other) => isCalled(other, wanted));
		return leader ? [{ id: container.Id, name: summarise(container).name, leaderId: leader.Id }] : [];
	});
}

/**
 * Those that were started before the container whose network they share, and so are in the network of before, whoever has
 * restarted that one.
 */
export function cutOffAmong(
	pairs: readonly Sharing[],
	seen: ReadonlyMap<string, Pick<Observation, 'state' | 'startedAt'>>,
): Follower[] {
	return pairs.flatMap(({ id, name, leaderId }): Follower[] => {
		const [own, leader] = [seen.get(id), seen.get(leaderId)];
		const bothRun = own?.state === 'running' && leader?.state === 'running';
		if (!bothRun || own.startedAt === null || leader.startedAt === null) return [];
		if (leader.startedAt <= own.startedAt) return [];
		return [{ id, name, reason: 'namespace_of_restarted', leaderStartedAt: leader.startedAt }];
	});
}

/** Ids of all that may be restarted because of these. */
export function mayFollow(leaders: readonly string[], all: readonly ListedContainer[]): string[] {
	const found = new Set<string>();
	const open = [...leaders];
	for (let id = open.pop(); id !== undefined; id = open.pop()) {
		for (const follower of followersOf(id, all)) {
			if (found.has(follower.id)) continue;
			found.add(follower.id);
			open.push(follower.id);
		}
	}
	return [...found];
}

/** Id or name of the container whose network it has. */
function sharedBy(container: ListedContainer): string | undefined {
	const mode = hostConfig.parse(container).HostConfig?.NetworkMode ?? '';
	return /^container:(.+)$/.exec(mode)?.[1];
}

function isCalled(container: ListedContainer, reference: string): boolean {
	return reference === container.Id || reference === summarise(container).name;
}
