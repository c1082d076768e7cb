import { DockerError } from '../errors';
import type { UpdateResult } from './result';

/** @throws DockerError `update_rolled_back` with the reason and the last lines of the new container */
export function refuseRolledBack({ name, to, reason, rolledBack, log }: UpdateResult): void {
	if (!rolledBack) return;
	const lines = log.length > 0 ? ` Its last lines: ${log.slice(-5).join(' | ')}` : '';
	throw new DockerError(
		'update_rolled_back',
		`The update of "${name}" to ${to.reference} was rolled back: ${reason ?? 'the new container was not well'}`,
		`The former container is in its place as before. Correct the image or what the container is given, then run again.${lines}`,
	);
}
