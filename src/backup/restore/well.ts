import { setTimeout as sleep } from 'node:timers/promises';

import { DockerError, type Containers } from '../../docker';
import { count, errorMessage } from '../../shared';

export interface WellOptions {
	/** How long a container with a health check has until that succeeds, in milliseconds. */
	healthTimeoutMs: number;
	/** How long one without a health check has to run without a restart, in milliseconds. */
	settleMs: number;
}

const pollMs = 200;

/**
 * Waits until a container that was started is healthy, or, where it has no health check, has run for a while.
 * @returns why it is not well, a sentence without its subject and point; undefined when it is
 */
export async function notWell(
	containers: Pick<Containers, 'manage'>,
	name: string,
	{ healthTimeoutMs, settleMs }: WellOptions,
): Promise<string | undefined> {
	const begunAt = performance.now();
	let first: string | null | undefined;
	for (;;) {
		const found = await containers.manage(name).catch((thrown: unknown) => {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			return errorMessage(thrown);
		});
		if (found === undefined) return 'is gone';
		if (typeof found === 'string') return `cannot be looked at: ${found.replace(/\.$/, '')}`;
		const { state, health, startedAt, exitCode } = found;
		if (state !== 'running') {
			return `is ${state}${exitCode === null ? '' : ` (exit code ${exitCode})`}`;
		}
		first ??= startedAt;
		if (startedAt !== first) return 'ended and was started again';
		if (health === 'healthy') return undefined;
		if (health === 'unhealthy') return 'is unhealthy';
		const elapsedMs = performance.now() - begunAt;
		if (health === 'none' && elapsedMs >= settleMs) return undefined;
		if (health === 'starting' && elapsedMs >= healthTimeoutMs) {
			return `is not healthy ${count(Math.round(healthTimeoutMs / 1000), 'second')} after its start`;
		}
		await sleep(pollMs);
	}
}
