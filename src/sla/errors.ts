import { OpsdeskError, type Fault } from '../shared';

/**
 * `no-working-time`: the schedule is closed for so long that there is no answer. `invalid_input`: a schedule, policy,
 * duration or instant is none.
 */
export type SlaErrorCode = 'invalid_input' | 'no-working-time';

/** A question about business time that has no answer. */
export class SlaError extends OpsdeskError<SlaErrorCode> {
	override readonly name = 'SlaError';

	constructor(
		code: SlaErrorCode,
		message: string,
		remedy: string,
		/** Every fault of an input, by its field; empty for other errors. */
		readonly faults: readonly Fault[] = [],
	) {
		super(code, message, remedy);
	}
}

/** More are counted and not told one by one: a list of holidays may have thousands. */
const toldFaults = 20;

/** One error for all that is wrong with an input. */
export function invalidInput(what: string, faults: readonly Fault[]): SlaError {
	const told = faults.slice(0, toldFaults).map(({ field, problem }) => `${field}: ${problem}`);
	const untold = faults.length - told.length;
	return new SlaError(
		'invalid_input',
		`The ${what} is not valid: ${told.join('; ')}${untold > 0 ? `; and ${untold} more` : ''}.`,
		'Correct the fields named above.',
		faults,
	);
}
