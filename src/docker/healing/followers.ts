import { z } from 'zod';

import { summarise, type ListedContainer } from '../summary';

/** A container that is to be restarted because another one was. */
export interface Follower {
	id: string;
	name: string;
	reason: 'namespace_of_restarted' | 'dependency_restarted';
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
	const { name: restartedName, project, service } = summarise(restarted);
	return listed.flatMap((container): Follower[] => {
		const { id, name, state, labels, project: ownProject } = summarise(container);
		if (id === restartedId || state !== 'running') return [];
		const shared = /^container:(.+)$/.exec(hostConfig.parse(container).HostConfig?.NetworkMode ?? '')?.[1];
		if (shared === restartedId || shared === restartedName)
			return [{ id, name, reason: 'namespace_of_restarted' }];
		const asks = (labels['com.docker.compose.depends_on'] ?? '').split(',').some((entry) => {
			const [on, , restart] = entry.trim().split(':');
			return on === service && restart === 'true';
		});
		return asks && project !== null && project === ownProject
			? [{ id, name, reason: 'dependency_restarted' }]
			: [];
	});
}
