import { OpsdeskError } from '../shared';

/** Raised by the functions of the store themselves; the remedy comes with them. */
export const refusalCodes = [
	'invalid_input',
	'not_found',
	'conflict',
	'on_hold',
	'erased',
	'sealed',
	'not_permitted',
	'schema_changed',
	'schema_newer',
] as const;

export type StoreErrorCode =
	| (typeof refusalCodes)[number]
	| 'misconfigured'
	| 'not_authorised'
	| 'schema_not_exposed'
	| 'schema_missing'
	| 'schema_outdated'
	| 'unavailable'
	| 'timeout'
	| 'busy'
	| 'aborted'
	| 'unexpected_answer'
	| 'rejected';

/** The store cannot do what it was asked. Nothing was changed, unless the code is `timeout` or `unavailable`. */
export class StoreError extends OpsdeskError<StoreErrorCode> {
	override readonly name = 'StoreError';

	constructor(
		code: StoreErrorCode,
		message: string,
		remedy: string,
		/** The server's own code: SQLSTATE, PostgREST's, or that of the system; for reports. */
		readonly sourceCode?: string,
	) {
		// Without the cause: those of libraries hold requests with their keys.
		super(code, message, remedy);
	}
}
