import { z } from 'zod';

import { nameAmong } from '../summary';
import { isBusy, nameOfNew, nameOfOld, planIn } from './marks';
import type { Pair } from './replace';

/** What a list tells of a container that matters for updates. */
export const listedForUpdates = z.object({
	Id: z.string(),
	Names: z.array(z.string()).nullish(),
	Labels: z.record(z.string(), z.string()).nullish(),
	NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
type ListedForUpdates = z.infer<typeof listedForUpdates>;

/**
 * Updates that are under way, or were cut off. Labels are text that anybody may write, and that an image may bring with it:
 * only containers whose names and networks belong together make a pair.
 *
 * @param listed all containers of the engine
 */
export function unfinishedAmong(listed: readonly ListedForUpdates[]): Pair[] {
	const byId = new Map(listed.map((container) => [container.Id, container]));
	return listed.flatMap((fresh): Pair[] => {
		const marks = planIn(fresh.Labels ?? {});
		if (!marks) return [];
		const { replaces, plan } = marks;
		const old = byId.get(replaces);
		const newName = nameAmong(fresh.Names);
		const oldName = nameAmong(old?.Names);
		const isNew = newName === plan.name || newName === nameOfNew(plan.name);
		// Without the old one only a change of names can be left to do.
		const isOld = old ? oldName === plan.name || oldName === nameOfOld(plan.name) : newName !== plan.name;
		const networks = [...networksOf(old), ...networksOf(fresh)];
		const areTheirs = Object.keys(plan.networks).every((name) => networks.includes(name));
		return isNew && isOld && areTheirs ? [{ old: replaces, new: fresh.Id, plan }] : [];
	});
}

/** Ids of those that somebody may be at work on: what is replaced, and what replaces it. */
export function beingUpdated(listed: readonly ListedForUpdates[]): Set<string> {
	const busy = unfinishedAmong(listed).filter((pair) => isBusy({ replaces: pair.old, plan: pair.plan }));
	return new Set(busy.flatMap((pair) => [pair.old, pair.new]));
}

function networksOf(container: ListedForUpdates | undefined): string[] {
	return Object.keys(container?.NetworkSettings?.Networks ?? {});
}
