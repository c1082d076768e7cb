import { OpsdeskError } from '../errors';

export type StateErrorCode = 'state_unavailable' | 'state_not_shared' | 'state_invalid';

/** The state that must outlive the process cannot be read or written. */
export class StateError extends OpsdeskError<StateErrorCode> {
	override readonly name = 'StateError';
}
