import { setTimeout as sleep } from 'node:timers/promises';

import { formatDuration, wholeNumber } from '../../shared';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectContainer } from '../find';
import { plainText } from '../log-lines';
import { nameOf, type InspectedContainer } from '../summary';

const maxSeconds = 600;
export interface WatchOptions {
	/** How long it must keep running. */
	seconds: number;
	/** What was done to it, e.g. `restarted`. */
	done: string;
	/** Whether an end with exit code 0 is no failure: a job that did not run before, and has done its work. */
	mayFinish: boolean;
	signal?: AbortSignal | undefined;
}

/** Between two looks. */
const pollMs = 500;

/** @returns 0 when it is not to be watched @throws OpsdeskError `invalid_input` */
export function watchTime(seconds: unknown): number {
	return seconds === undefined || seconds === null ? 0 : wholeNumber('Watch For', seconds, 0, maxSeconds);
}

/**
 * Looks at a container that was just started until it has kept running for so long. A look that fails tells nothing of the
 * container, so only the last one counts.
 * @throws DockerError `did_not_stay_up` when it has ended, or the engine had to restart it; what made the last look fail;
 *   `cancelled`
 */
export async function watchStarted(
	engine: Engine,
	id: string,
	{ seconds, done, mayFinish, signal }: WatchOptions,
): Promise<void> {
	const began = performance.now();
	for (;;) {
		const seen = await inspectContainer(engine, id, signal).catch(failedLook);
		const ranMs = performance.now() - began;
		const isOver = ranMs >= seconds * 1000;
		if (seen instanceof DockerError) {
			// One that was made with --rm is gone with its end.
			if (seen.code === 'not_found') return;
			if (isOver || seen.code === 'cancelled') throw seen;
		} else {
			if (mayFinish && hasFinished(seen)) return;
			if (!keepsUp(seen)) throw didNotStayUp(seen, done, ranMs);
			if (isOver) return;
		}
		// What is cancelled meanwhile ends with the next look.
		await sleep(Math.min(pollMs, seconds * 1000 - ranMs), undefined, signal && { signal }).catch(() => {});
	}
}

/** A start through the engine sets the count of its own restarts to 0. */
function keepsUp({ State, RestartCount }: InspectedContainer): boolean {
	return ['running', 'paused'].includes(State.Status) && RestartCount === 0;
}

function hasFinished({ State, RestartCount }: InspectedContainer): boolean {
	// One that was made with --rm is removing first and dead for a moment.
	const hasEnded = ['exited', 'removing', 'dead'].includes(State.Status);
	return hasEnded && State.ExitCode === 0 && RestartCount === 0;
}

function didNotStayUp(
	{ Name, State, RestartCount }: InspectedContainer,
	done: string,
	ranMs: number,
): DockerError {
	const memory = State.OOMKilled ? ', because it had too little memory' : '';
	const code = State.Status === 'running' ? '' : ` with exit code ${State.ExitCode}`;
	const words = State.Error ? `: ${plainText(State.Error).trim()}` : '';
	const again = RestartCount > 0 ? ' The engine restarts it by its own policy.' : '';
	return new DockerError(
		'did_not_stay_up',
		`The container "${nameOf(Name)}" was ${done}, but did not stay up: it ended within ${formatDuration(ranMs)}${code}${memory}${words}.${again}`,
		'See its log (operation Get Logs) for the reason. "Watch For" says how long it must keep running.',
	);
}

function failedLook(thrown: unknown): DockerError {
	if (thrown instanceof DockerError) return thrown;
	throw thrown;
}
