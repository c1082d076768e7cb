import { z } from 'zod';

import { shorten } from '../shared';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { engineNetwork, type EngineNetwork } from './network-summary';

const shownCandidates = 5;

/** All networks of the engine, whatever the rights. */
export async function readNetworks(
	engine: Engine,
	filters: Record<string, string[]> = {},
	signal?: AbortSignal,
): Promise<EngineNetwork[]> {
	const query = { filters: JSON.stringify(filters) };
	return await engine.call({ path: '/networks', query, signal }, z.array(engineNetwork));
}

/**
 * Finds the one network that a name, an id or the beginning of an id stands for. A full id wins over a name, an exact name
 * over the beginning of an id. Networks of the same name can exist; which of them is meant only an id says.
 *
 * @returns undefined where the engine has none
 * @throws DockerError `invalid_reference`, `ambiguous`
 */
export async function resolveNetwork(
	engine: Engine,
	reference: string,
	signal?: AbortSignal,
): Promise<EngineNetwork | undefined> {
	const wanted = parseNetworkName(reference);
	const networks = await readNetworks(engine, {}, signal);
	const exact = networks.find(({ Id }) => Id === wanted);
	if (exact) return exact;
	const named = networks.filter(({ Name }) => Name === wanted);
	const isId = /^[0-9a-f]+$/.test(wanted);
	const matches = named.length > 0 ? named : isId ? networks.filter(({ Id }) => Id.startsWith(wanted)) : [];
	if (matches.length > 1) throw ambiguous(wanted, matches, named.length > 0);
	return matches[0];
}

/**
 * Only what the engine itself accepts as a name or id passes, so a reference can never change the path of a request.
 * @throws DockerError `invalid_reference`
 */
export function parseNetworkName(reference: string): string {
	const wanted = reference.trim();
	if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(wanted)) return wanted;
	throw new DockerError(
		'invalid_reference',
		wanted === ''
			? 'No network is given.'
			: `"${shorten(wanted, 80)}" cannot be the name or id of a network.`,
		'Give a name such as "shop_default", or an id. Names hold letters, digits, "_", "." and "-" only.',
	);
}

export function noSuchNetwork(reference: string): DockerError {
	return new DockerError(
		'not_found',
		`There is no network "${reference}".`,
		'Check the name with the operation Get Many. Docker Compose puts the name of the project in front: "shop_default".',
	);
}

function ambiguous(wanted: string, matches: EngineNetwork[], sameName: boolean): DockerError {
	const ids = matches.map(({ Id }) => Id.slice(0, 12)).slice(0, shownCandidates);
	const others = matches.length - ids.length;
	const listed = `${ids.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
	return new DockerError(
		'ambiguous',
		sameName
			? `There are ${matches.length} networks of the name "${wanted}": ${listed}.`
			: `"${wanted}" is the beginning of the ids of ${matches.length} networks: ${listed}.`,
		sameName ? 'Give the id of the one that is meant.' : 'Give more of the id, or the name.',
	);
}
