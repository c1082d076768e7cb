import { errorMessage, OpsdeskError } from '../shared';
import { BackupError } from './errors';
import type { Problem } from './reports';

/** Whatever was thrown, as reports show it. */
export function problemOf(thrown: unknown): Problem {
	if (thrown instanceof OpsdeskError) {
		return { code: thrown.code, message: thrown.message, remedy: thrown.remedy };
	}
	return {
		code: 'unexpected',
		message: errorMessage(thrown),
		remedy: 'This was not foreseen. Try again; if it stays, report it with this message.',
	};
}

/** @throws BackupError `cancelled` when the user no longer wants the result */
export function refuseCancelled(signal: AbortSignal | undefined, what: string): void {
	if (!signal?.aborted) return;
	throw new BackupError(
		'cancelled',
		`The ${what} was cancelled.`,
		'Run it again when you want to; nothing half done is kept.',
	);
}
