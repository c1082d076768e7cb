import type { Site } from '../../shared';
import type { BackupContext } from '../context';
import type { RecoveredRun } from '../reports';
import { recoverContainers, type Recovery } from './recover';

/** What a report gains when something was, or had to be, brought back. */
export interface WithRecovery {
	recovered?: RecoveredRun[];
	/** Why the journal of stopped containers could not be read. */
	recoveryProblems?: Recovery['problems'];
}

/**
 * An operation that begins by bringing back what killed runs have left paused or stopped. That never keeps it from its own
 * work; what came of it stands in its report.
 */
export function afterRecovery<Result extends object, Rest extends unknown[]>(
	operation: (site: Site, context: BackupContext, ...rest: Rest) => Promise<Result>,
): (site: Site, context: BackupContext, ...rest: Rest) => Promise<Result & WithRecovery> {
	return async (site, context, ...rest) => {
		const { recovered, problems } = await recoverContainers(context);
		const result = await operation(site, context, ...rest);
		if (recovered.length + problems.length === 0) return result;
		return {
			...told(
				result,
				[...recovered, ...problems].map(({ message }) => message),
			),
			...(recovered.length > 0 && { recovered }),
			...(problems.length > 0 && { recoveryProblems: problems }),
		};
	};
}

/** With the sentences at the end of the report's message, where it has one. */
function told<Result extends object>(result: Result, sentences: string[]): Result {
	const { message } = result as { message?: unknown };
	return typeof message === 'string' ? { ...result, message: [message, ...sentences].join(' ') } : result;
}
