import { StateError } from '../../shared';
import type { BackupContext } from '../context';
import { defaultJournalTimes, holderLife } from './holder-life';
import { openJournal } from './open-journal';

/** A container that a backup or a restore at work has stopped or paused, or is about to. */
export interface QuietHold {
	/** Full id of the container. */
	id: string;
	name: string;
	/** A clause, e.g. `a backup of "shop" has it stopped since 2026-11-22T02:00:00.000Z`. */
	reason: string;
}

/**
 * Containers that whoever restarts containers must leave alone now. What a run that was killed has left is not among
 * them: that is brought back by `recoverContainers`.
 *
 * @throws BackupError `journal_unreadable`; StateError
 */
export async function containersInUse({
	stateFolder,
	now = () => new Date(),
}: Pick<BackupContext, 'stateFolder' | 'now'>): Promise<QuietHold[]> {
	if (stateFolder === undefined) return [];
	try {
		const runs = await openJournal({ stateFolder }).runs();
		const alive = runs.filter((run) => holderLife(run, now(), defaultJournalTimes) === 'alive');
		return alive.flatMap(({ site, since, containers }) =>
			containers
				.filter(({ closed }) => !closed)
				.map(({ id, name, action }) => ({
					...{ id, name },
					reason: `a backup or restore of "${site}" has it ${action === 'pause' ? 'paused' : 'stopped'} since ${since}`,
				})),
		);
	} catch (thrown) {
		// Where nothing can have been written, nothing is held.
		if (thrown instanceof StateError && thrown.code === 'state_not_shared') return [];
		throw thrown;
	}
}
