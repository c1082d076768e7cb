import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { parseImageName } from './image-reference';
import { pullImage } from './pull';

const image = z.looseObject({ Id: z.string() });
const listed = z.array(z.looseObject({ Id: z.string(), RepoTags: z.array(z.string()).nullish() }));

/** Id of an image the engine has, undefined when it has none of this name. @throws DockerError */
export async function findImage(
	connection: EngineConnection,
	reference: string,
	signal?: AbortSignal,
): Promise<string | undefined> {
	const engine = new Engine(connection);
	const path = `/images/${reference.split('/').map(encodeURIComponent).join('/')}/json`;
	const answer = await engine.send({ path, alsoAccept: [404], signal });
	return answer.status === 404 ? undefined : image.parse(JSON.parse(answer.body.toString('utf8'))).Id;
}

/** Names with tags of all images the engine has, e.g. `postgres:15`. @throws DockerError */
export async function imageNames(connection: EngineConnection, signal?: AbortSignal): Promise<string[]> {
	const found = await new Engine(connection).call({ path: '/images/json', signal }, listed);
	return found.flatMap(({ RepoTags }) => RepoTags ?? []);
}

/**
 * Id of an image, which the engine gets from its registry when it has not.
 * @throws DockerError `not_permitted`, `image_missing` with what the engine says
 */
export async function getImage(
	connection: EngineConnection,
	reference: string,
	signal?: AbortSignal,
): Promise<string> {
	const access = new Access(connection);
	access.requireAction('helper');
	access.requireImage(parseImageName(reference).text);
	const present = await findImage(connection, reference, signal);
	if (present !== undefined) return present;
	const refusal = await pull(connection, reference, signal);
	const pulled = refusal === undefined ? await findImage(connection, reference, signal) : undefined;
	if (pulled !== undefined) return pulled;
	throw new DockerError(
		'image_missing',
		`The engine has no image "${reference}" and cannot get it: ${refusal ?? 'it came under another name'}.`,
		`Get it there, for example with "docker pull ${reference}", or correct the name.`,
	);
}

/** @returns why it did not come */
export async function pull(
	connection: EngineConnection,
	reference: string,
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	try {
		await pullImage(new Engine(connection), parseImageName(reference), { signal });
		return undefined;
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code !== 'cancelled')
			return thrown.message.replace(/\.$/, '');
		throw thrown;
	}
}
