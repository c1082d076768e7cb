import { z } from 'zod';

import { count, shorten } from '../shared';
import type { Access } from './access';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { nameAmong } from './summary';

const fullId = /^[0-9a-f]{64}$/;
/** Names are shorter; a longer text is something that strayed into the field. */
const maxReferenceLength = 512;
const shownCandidates = 5;

const listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish() }));

/**
 * Finds the one container that a name, an id or the beginning of an id stands for. A full id wins over a name,
 * an exact name over the beginning of an id; a beginning that fits several containers is refused.
 *
 * @param access names of containers that it does not cover are not told; none is told without it
 * @returns the full id
 * @throws DockerError `invalid_reference`, `not_found` or `ambiguous`
 */
export async function resolveContainer(
	engine: Engine,
	reference: string,
	signal?: AbortSignal,
	access?: Access,
): Promise<string> {
	const wanted = parseReference(reference);
	if (fullId.test(wanted) && (await find(engine, { id: [wanted] }, signal)).some(({ Id }) => Id === wanted)) {
		return wanted;
	}
	const byName = await find(engine, { name: [`^/?${wanted.replace(/[.]/g, '\\.')}$`] }, signal);
	const named = byName.filter(({ Names }) => Names?.some((name) => name.replace(/^\//, '') === wanted));
	// The engine's own filter by id finds nothing where several fit, so all are compared here.
	const byId = named.length > 0 || !/^[0-9a-f]+$/.test(wanted) ? [] : await find(engine, {}, signal);
	const matches = named.length > 0 ? named : byId.filter(({ Id }) => Id.startsWith(wanted));
	const [match, another] = matches;
	if (match === undefined) {
		throw new DockerError(
			'not_found',
			`There is no container "${wanted}".`,
			'Check the name with the operation Get Many; stopped containers are listed too.',
		);
	}
	if (another !== undefined) {
		throw ambiguous(wanted, matches, access);
	}
	return match.Id;
}

function ambiguous(wanted: string, matches: z.infer<typeof listed>, access: Access | undefined): DockerError {
	const shown = matches
		.flatMap(({ Id, Names }) => {
			const name = nameAmong(Names);
			return name !== undefined && access?.covers(name) ? [`${name} (${Id.slice(0, 12)})`] : [];
		})
		.slice(0, shownCandidates);
	const others = matches.length - shown.length;
	const told =
		shown.length === 0
			? count(others, 'container')
			: `${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
	return new DockerError(
		'ambiguous',
		`"${wanted}" is the beginning of several container ids: ${told}.`,
		'Give more of the id, or the name.',
	);
}

/** Only what the engine itself accepts as a name or id passes, so a reference can never change the path of a request. */
function parseReference(reference: string): string {
	const wanted = reference.trim().replace(/^\//, '');
	if (wanted.length <= maxReferenceLength && /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(wanted)) return wanted;
	throw new DockerError(
		'invalid_reference',
		wanted === ''
			? 'No container is given.'
			: `"${shorten(reference, 80)}" cannot be the name or id of a container.`,
		'Give a name such as "shop-web-1", or an id. Names hold letters, digits, "_", "." and "-" only.',
	);
}

function find(engine: Engine, filters: Record<string, string[]>, signal?: AbortSignal) {
	return engine.call(
		{ path: '/containers/json', query: { all: 'true', filters: JSON.stringify(filters) }, signal },
		listed,
	);
}
