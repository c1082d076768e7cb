import { OpsdeskError, type Fault } from '../shared';

/** `invalid_input`: what was given is no message, rule set, model or list of examples. */
export type DecideErrorCode = 'invalid_input';

/** A decision that cannot be made from what was given. */
export class DecideError extends OpsdeskError<DecideErrorCode> {
	override readonly name = 'DecideError';

	constructor(
		code: DecideErrorCode,
		message: string,
		remedy: string,
		/** Every fault of an input, by its field; empty for other errors. */
		readonly faults: readonly Fault[] = [],
	) {
		super(code, message, remedy);
	}
}

/** More are counted and not told one by one. */
const toldFaults = 20;

/** One error for all that is wrong with an input. */
export function invalidInput(what: string, faults: readonly Fault[]): DecideError {
	const told = faults.slice(0, toldFaults).map(({ field, problem }) => `${field}: ${problem}`);
	const untold = faults.length - told.length;
	return new DecideError(
		'invalid_input',
		`The ${what} cannot be used: ${told.join('; ')}${untold > 0 ? `; and ${untold} more` : ''}.`,
		'Correct the fields named above.',
		faults,
	);
}
