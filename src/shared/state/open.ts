import { StateError } from './errors';
import { FileStateStore } from './file-state-store';
import type { StateStore } from './state-store';

/** Set to `true` when all workers of n8n see the same folder. */
export const sharedStateVariable = 'OPSDESK_STATE_SHARED';

/**
 * The state in a folder.
 *
 * @param folder absolute path; made when it is missing
 * @throws StateError `state_not_shared` in n8n's queue mode, where each worker would have a folder of its own and know
 *   nothing of what the others have stopped
 */
export function openStateFolder(
	folder: string,
	env: Readonly<Record<string, string | undefined>> = process.env,
): StateStore {
	if (env['EXECUTIONS_MODE'] === 'queue' && env[sharedStateVariable] !== 'true') {
		throw new StateError(
			'state_not_shared',
			`n8n runs in queue mode, and nothing says that all its workers see the folder ${folder}.`,
			`Mount the same volume there in every worker and set ${sharedStateVariable}=true.`,
		);
	}
	return new FileStateStore(folder);
}
