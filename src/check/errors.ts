import { OpsdeskError } from '../shared';

export type CheckErrorCode = 'invalid_input' | 'not_found';

/** Checks cannot be made as asked for. */
export class CheckError extends OpsdeskError<CheckErrorCode> {
	override readonly name = 'CheckError';
}
