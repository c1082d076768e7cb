import { DockerError } from '../errors';
import type { ProjectResult } from './result';

/** @throws DockerError `project_incomplete` with what became of the containers that are not as asked for */
export function refuseIncomplete({ name, action, complete, parts }: ProjectResult): void {
	if (complete) return;
	const bad = parts.filter(({ outcome }) => outcome !== 'changed' && outcome !== 'unchanged');
	const told = bad.map((part) => `${part.name} ${part.outcome}${part.reason ? `: ${part.reason}` : ''}`);
	throw new DockerError(
		'project_incomplete',
		`The ${action} of the project "${name}" is not complete. ${told.join('; ')}`,
		'Remove the cause and run again; what is as asked for already is left alone.',
	);
}
