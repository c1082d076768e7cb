/**
 * Base of every error this package throws on purpose.
 *
 * `message` says what happened, `remedy` how to get unstuck; `code` is stable and safe to branch on.
 */
export class OpsdeskError<Code extends string = string> extends Error {
	override readonly name: string = 'OpsdeskError';

	constructor(
		readonly code: Code,
		message: string,
		readonly remedy: string,
		options: { cause?: unknown } = {},
	) {
		super(message, options);
	}
}

/** The text of whatever was thrown. */
export function errorMessage(thrown: unknown): string {
	// By its shape: an error of another realm (a worker, a sandbox) is no instance of this one's Error.
	const { message } = (thrown ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : String(thrown);
}

/** `EEXIST: file already exists`: the text of an error of the file system without the call and its path. */
export function systemMessage(thrown: unknown): string {
	return errorMessage(thrown).replace(/, \w+( '.*)?$/s, '');
}
