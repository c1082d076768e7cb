import { setTimeout as sleep } from 'node:timers/promises';

import { count } from '../../shared';
import { DockerError } from '../errors';
import { plainText } from '../log-lines';
import type { EngineSteps } from './engine-steps';
import type { Replaceable } from './shapes';

export interface GateOptions {
	/** How long a health check may take to say healthy. */
	healthTimeoutSeconds: number;
	/** How long a container without one has to run. */
	settleSeconds: number;
	signal?: AbortSignal | undefined;
	/** Only a check that began after this one counts; the start time of a check as the engine tells it. */
	after?: string | undefined;
}

const pollMs = 100;
const maxShownOutput = 300;

/**
 * Waits until a container that was started is well: healthy where it has a health check, else running without a restart
 * for the settle time.
 *
 * @returns `healthy`, or `none` where nobody checks
 * @throws Error with a sentence that says why it is not well; DockerError `cancelled`
 */
export async function passGate(
	steps: EngineSteps,
	id: string,
	options: GateOptions,
): Promise<'healthy' | 'none'> {
	const startedAt = performance.now();
	let first: Replaceable | undefined;
	for (;;) {
		const seen = await steps.look(id);
		if (options.signal?.aborted) throw cancelled();
		if (seen === undefined) throw new Error('It was removed while it was waited for.');
		first ??= seen;
		refuseEnded(seen, first);
		const waitedSeconds = (performance.now() - startedAt) / 1000;
		const health = seen.State.Health?.Status ?? 'none';
		if (health === 'none' || health === '') {
			if (waitedSeconds >= options.settleSeconds) return 'none';
		} else {
			if (health === 'healthy' && isNewer(seen, options.after)) return 'healthy';
			if (health === 'unhealthy') throw new Error(`Its health check fails${lastWords(seen)}.`);
			if (waitedSeconds >= options.healthTimeoutSeconds) {
				const time = count(options.healthTimeoutSeconds, 'second');
				throw new Error(`It was not healthy within ${time}${lastWords(seen)}.`);
			}
		}
		await sleep(pollMs);
	}
}

/** Start time of the last check that has ended. */
export function lastCheck({ State }: Replaceable): string | undefined {
	return State.Health?.Log?.at(-1)?.Start;
}

function isNewer(seen: Replaceable, after: string | undefined): boolean {
	return after === undefined || lastCheck(seen) !== after;
}

function refuseEnded(seen: Replaceable, first: Replaceable): void {
	const { Status, ExitCode, OOMKilled, Error: problem, StartedAt } = seen.State;
	const restarted =
		Status === 'restarting' ||
		seen.RestartCount > first.RestartCount ||
		StartedAt !== first.State.StartedAt ||
		// The engine restarts it by its policy from the first exit on.
		seen.RestartCount > 0;
	if (Status === 'running' && !restarted) return;
	const memory = OOMKilled ? ' because it had too little memory' : '';
	const words = problem ? `: ${plainText(problem)}` : '';
	throw new Error(
		Status === 'paused'
			? 'It was paused while it was waited for.'
			: `It ended with exit code ${ExitCode}${memory}${words}.`,
	);
}

function lastWords({ State }: Replaceable): string {
	const output = plainText(State.Health?.Log?.at(-1)?.Output ?? '').trim();
	return output === '' ? '' : `: ${output.slice(0, maxShownOutput)}`;
}

function cancelled(): DockerError {
	return new DockerError('cancelled', 'The update was cancelled.', 'Run it again when you want to.');
}
