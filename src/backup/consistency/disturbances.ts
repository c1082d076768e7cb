import { DockerError, type Containers } from '../../docker';
import { errorMessage } from '../../shared';

/** A container that has to keep quiet, as it was when that began. */
export interface QuietContainer {
	id: string;
	name: string;
	/** `rest`: it did not run, and nothing was done to it. */
	because: 'stop' | 'pause' | 'rest';
	/** Its last start then: another one tells that it has run since, even if it runs no more. */
	startedAt: string | null;
}

/**
 * Looks at containers that should have been quiet until now.
 * @returns why they were not, or why that is not known; each a sentence without its point
 */
export async function disturbancesOf(
	containers: Containers,
	quiet: readonly QuietContainer[],
): Promise<string[]> {
	const found: string[] = [];
	for (const { id, name, because, startedAt } of quiet) {
		try {
			const now = await containers.manage(id);
			if (now.startedAt === startedAt && isQuiet(now.state, because)) continue;
			found.push(
				`the container "${name}" was started meanwhile by something else, so it was not quiet to the end`,
			);
		} catch (thrown) {
			const isGone = thrown instanceof DockerError && thrown.code === 'not_found';
			if (isGone && because === 'rest') continue;
			found.push(`it is not known whether the container "${name}" was quiet: ${errorMessage(thrown)}`);
		}
	}
	return found;
}

function isQuiet(state: string, because: QuietContainer['because']): boolean {
	switch (because) {
		case 'pause':
			return state === 'paused';
		case 'stop':
			return state === 'exited' || state === 'created';
		case 'rest':
			return !['running', 'restarting'].includes(state);
	}
}
