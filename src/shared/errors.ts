import { constants } from 'node:os';

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

/** Errors of the system that Node knows by their numbers alone. */
const unnamed = new Map([
	[constants.errno.EDQUOT, ['EDQUOT', 'disk quota exceeded']],
	[constants.errno.ESTALE, ['ESTALE', 'stale file handle, as of a network share that was exported anew']],
	[117, ['EUCLEAN', 'structure needs cleaning, which means that the file system is damaged']],
] as const);

/** The name of an error of the system, e.g. `ENOSPC`; undefined for what has none. */
export function systemCode(thrown: unknown): string | undefined {
	const { code } = (thrown ?? {}) as { code?: unknown };
	return unnamedBy(thrown)?.[0] ?? (typeof code === 'string' ? code : undefined);
}

/** `EEXIST: file already exists`: the text of an error of the file system without the call and its path. */
export function systemMessage(thrown: unknown): string {
	const named = unnamedBy(thrown);
	return named ? named.join(': ') : errorMessage(thrown).replace(/, \w+( '.*)?$/s, '');
}

function unnamedBy(thrown: unknown): readonly [code: string, message: string] | undefined {
	const { errno } = (thrown ?? {}) as { errno?: unknown };
	return typeof errno === 'number' ? unnamed.get(-errno) : undefined;
}
