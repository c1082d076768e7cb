import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import { DockerError } from '../errors';
import type { PruneRules } from './things';

/** What goes unless told otherwise: stopped containers, images without a name, networks, build cache; no volume. */
export const usualPrune: PruneRules = {
	containers: true,
	images: 'dangling',
	networks: true,
	volumes: 'none',
	buildCache: true,
	olderThanHours: 24,
	services: false,
	keep: [],
	holds: [],
};

const flag = z.boolean().optional();
/** Names of single things are left to who gives them. */
const choices = z.looseObject({
	containers: flag,
	images: z.enum(['none', 'dangling', 'unused']).optional(),
	networks: flag,
	volumes: z.enum(['none', 'anonymous', 'all']).optional(),
	buildCache: flag,
	services: flag,
});

/**
 * The rules with what is missing as in `usualPrune`. A value that is not understood removes nothing.
 * @throws DockerError `invalid_input` naming every faulty field
 */
export function parseRules(given: Partial<PruneRules>): PruneRules {
	const isGiven = ([, value]: [string, unknown]): boolean =>
		value !== undefined && value !== null && value !== '';
	const wanted = Object.fromEntries(Object.entries(given).filter(isGiven)) as Partial<PruneRules>;
	const parsed = parseInput(choices, wanted);
	if (parsed.ok) return { ...usualPrune, ...wanted };
	throw new DockerError(
		'invalid_input',
		`What shall be removed is not clear: ${describeFaults(parsed.faults)}.`,
		'Correct the named fields; nothing was removed.',
	);
}
