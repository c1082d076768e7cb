import { DockerError } from '../errors';
import { nameOf, type InspectedContainer } from '../summary';

/** @throws DockerError `not_running` when the container is in none of the states */
export function requireRunning({ Name, State }: InspectedContainer, states: string[] = ['running']): void {
	if (states.includes(State.Status)) return;
	throw new DockerError(
		'not_running',
		`The container "${nameOf(Name)}" does not run (it is ${State.Status}), so nothing can be asked of it.`,
		State.Status === 'paused' ? 'End the pause, then run again.' : 'Start it, then run again.',
	);
}
