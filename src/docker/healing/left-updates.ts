import type { EngineConnection } from '../connection';
import { DockerError } from '../errors';
import { recoverUpdates, type RecoveredUpdate } from '../update';

/** What has become of an update that a killed process had left half done. */
export interface LeftUpdate {
	/** Of the container; empty where it could not be found out whether there are such updates. */
	name: string;
	/** Sentences for people. */
	message: string;
	/** Whether a person is to be called; true in every run until it is settled. */
	alert: boolean;
	/** Whether it was finished or rolled back. */
	changed: boolean;
}

/**
 * Finishes or rolls back what is left: it is no fault of a container, and a restart would not mend it. Nothing that goes
 * wrong with it keeps containers from being healed.
 *
 * @param only name or id of the one container that counts; all when undefined
 * @throws DockerError `cancelled`
 */
export async function finishUpdates(
	connection: EngineConnection,
	only: string | undefined,
	signal: AbortSignal | undefined,
): Promise<LeftUpdate[]> {
	try {
		const found = await recoverUpdates(connection, { only: only === undefined ? only : [only], signal });
		return found.filter(({ outcome }) => outcome !== 'busy').map(describe);
	} catch (thrown) {
		if (!(thrown instanceof DockerError) || thrown.code === 'cancelled') throw thrown;
		const message = `Nobody knows whether updates were cut off: ${thrown.message} ${thrown.remedy}`;
		return [{ name: '', message, alert: true, changed: false }];
	}
}

function describe({ name, outcome, reason, remedy }: RecoveredUpdate): LeftUpdate {
	const failed = outcome === 'failed';
	const what = `An update of "${name}" was cut off, and ${failed ? 'could not be finished' : `was ${outcome}`}`;
	const why = reason === '' ? '.' : `: ${reason.replace(/\.?$/, '.')}`;
	return { name, message: `${what}${why} ${remedy}`.trim(), alert: failed, changed: !failed };
}
