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
	return thrown instanceof Error ? thrown.message : String(thrown);
}
