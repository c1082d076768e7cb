import { z } from 'zod';

import type { Engine } from './engine';

const images = z.array(z.object({ Id: z.string(), Size: z.number() }));

/** Trying each of a hundred images would take a minute. */
const maxCandidates = 20;

/** The image that worked last, for each engine. */
const lastGood = new Map<string, string>();

/**
 * Images that are already there, the one that worked last first and then the smallest first. Nothing is pulled:
 * the host may have no way to a registry, and nobody has agreed to a foreign image.
 */
export async function helperImages(engine: Engine, signal?: AbortSignal): Promise<string[]> {
	const present = await engine.call({ path: '/images/json', signal }, images);
	const smallestFirst = present.sort((a, b) => a.Size - b.Size).map(({ Id }) => Id);
	const known = lastGood.get(engine.endpoint);
	return known !== undefined && smallestFirst.includes(known)
		? [known, ...smallestFirst.filter((id) => id !== known)].slice(0, maxCandidates)
		: smallestFirst.slice(0, maxCandidates);
}

export function rememberImage(engine: Engine, image: string): void {
	lastGood.set(engine.endpoint, image);
}
