import { openStateFolder, StateError } from '../../shared';
import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { Journal } from './journal';

/**
 * The journal of stopped containers.
 * @throws BackupError `state_missing`; StateError `state_not_shared`
 */
export function openJournal({ stateFolder }: Pick<BackupContext, 'stateFolder'>): Journal {
	if (stateFolder !== undefined) return new Journal(openStateFolder(stateFolder));
	throw new BackupError(
		'state_missing',
		'There is no folder for the journal of stopped containers, so none is stopped: after a crash nobody would know what to start.',
		'Give one: stateFolder of the library, --state or OPSDESK_STATE of the command.',
	);
}

/** Ids of the containers that runs at work keep quiet; none where no journal can be. */
export async function heldContainers(context: Pick<BackupContext, 'stateFolder'>): Promise<Set<string>> {
	if (context.stateFolder === undefined) return new Set();
	try {
		const runs = await openJournal(context).runs();
		const open = runs.filter(({ left }) => !left).flatMap(({ containers }) => containers);
		return new Set(open.filter(({ closed }) => !closed).map(({ id }) => id));
	} catch (thrown) {
		if (thrown instanceof StateError && thrown.code === 'state_not_shared') return new Set();
		throw thrown;
	}
}
