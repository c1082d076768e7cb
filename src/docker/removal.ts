import type { AnswerWithHeaders, Engine, EngineRequest } from './engine';
import { DockerError } from './errors';
import { isUnanswered } from './uncertain';

/**
 * How long the engine may work on its disk before it answers: to remove a big image or volume takes it minutes. Less than
 * the ten minutes that the proxy of the README waits.
 */
export const diskPatienceMs = 9 * 60_000;

/**
 * Sends a removal and waits as long as disks take. Where no answer comes, what was to go is looked for, so that a removal
 * that was carried out is no failure.
 *
 * @param isGone looks for it
 * @returns the answer; undefined where it did not come and the thing is gone
 * @throws DockerError what the engine says; without an answer, that the thing is still there or is not known to be gone
 */
export async function sendRemoval(
	engine: Engine,
	request: EngineRequest,
	isGone: () => Promise<boolean>,
): Promise<AnswerWithHeaders | undefined> {
	try {
		return await engine.send({ method: 'DELETE', timeoutMs: diskPatienceMs, ...request });
	} catch (thrown) {
		if (!isUnanswered(thrown)) throw thrown;
		const gone = await isGone().catch(() => undefined);
		if (gone === true) return undefined;
		// Nothing took it.
		if (gone === undefined && thrown.code === 'engine_stopped') throw thrown;
		throw new DockerError(
			thrown.code,
			gone === false
				? `${thrown.message} What was to be removed is still there; the engine may yet be at it.`
				: `${thrown.message} Whether it was removed is not known.`,
			`Look whether it is gone before you run again. ${thrown.remedy}`,
			{ cause: thrown },
		);
	}
}

/** Whether the engine knows nothing at this path, e.g. `/volumes/shop_media`. @throws DockerError */
export async function isAbsent(engine: Engine, path: string, signal?: AbortSignal): Promise<boolean> {
	return (await engine.send({ path, alsoAccept: [404], signal })).status === 404;
}
