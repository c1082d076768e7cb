import type { EngineConnection } from '../docker';
import type { BackupContext } from './context';
import { BackupError } from './errors';

/**
 * The connection to the engine.
 * @param what for the message, e.g. `the volume shop_media`
 * @throws BackupError `engine_missing`
 */
export function engineFor(what: string, { docker }: BackupContext): EngineConnection {
	if (docker) return docker;
	throw new BackupError(
		'engine_missing',
		`For ${what} the container engine is needed, and none is configured.`,
		'Select a credential of the type "Docker API" in the node (access level "Full"); the command takes --docker.',
	);
}
