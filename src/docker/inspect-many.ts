import type { Engine } from './engine';
import { DockerError } from './errors';
import { inspectedContainer, type InspectedContainer } from './summary';

export interface InspectManyOptions {
	/** How many are asked for at the same time; 16 unless given, which a small host and a proxy take with ease. */
	concurrency?: number | undefined;
	/** Limit for each container in milliseconds; the connection's time-out unless given. */
	timeoutMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

const usualConcurrency = 16;
const fullId = /^[0-9a-f]{64}$/;

/**
 * Looks at many containers, some at a time. One that hangs, is gone or is answered with nonsense takes up its own place
 * alone and no longer than the limit; the others are looked at meanwhile. When as many in a row have run into the limit as
 * run at once, the engine itself hangs and the rest is not asked for any more.
 *
 * Names are not checked against the rights here: the caller compares each present name before it shows or acts.
 *
 * @param ids full ids
 * @returns for each id, in the given order, the container or why it is not known
 * @throws DockerError `cancelled`
 */
export async function inspectMany(
	engine: Engine,
	ids: readonly string[],
	{ concurrency = usualConcurrency, timeoutMs, signal }: InspectManyOptions = {},
): Promise<Map<string, InspectedContainer | DockerError>> {
	const found = new Map<string, InspectedContainer | DockerError | undefined>(
		ids.map((id) => [id, undefined]),
	);
	const waiting = found.keys();
	const atOnce = Math.max(1, Math.floor(concurrency));
	let unanswered = 0;
	let hangs: DockerError | undefined;
	const worker = async (): Promise<void> => {
		// All workers draw from the same iterator, so each id is taken once.
		for (const id of waiting) {
			const result = hangs ?? (await inspectOne(engine, id, timeoutMs, signal));
			if (result instanceof DockerError && result.code === 'cancelled') throw result;
			found.set(id, result);
			const timedOut = result instanceof DockerError && result.code === 'timeout';
			unanswered = timedOut ? unanswered + 1 : 0;
			if (timedOut && unanswered > atOnce) hangs = result;
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, found.size) }, worker));
	return found as Map<string, InspectedContainer | DockerError>;
}

async function inspectOne(
	engine: Engine,
	id: string,
	timeoutMs: number | undefined,
	signal: AbortSignal | undefined,
): Promise<InspectedContainer | DockerError> {
	if (!fullId.test(id)) {
		return new DockerError(
			'invalid_reference',
			'One of the containers is not given by its full id.',
			'Take the ids from a list of containers.',
		);
	}
	try {
		const request = { path: `/containers/${id}/json`, signal, ...(timeoutMs !== undefined && { timeoutMs }) };
		const container = await engine.call(request, inspectedContainer);
		return container.Id === id ? container : mixedUp();
	} catch (thrown) {
		if (thrown instanceof DockerError) return thrown;
		throw thrown;
	}
}

function mixedUp(): DockerError {
	return new DockerError(
		'not_an_engine',
		'The engine answered with another container than asked for.',
		'See whether a proxy or cache between n8n and the engine mixes up answers.',
	);
}
