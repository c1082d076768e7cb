/** How long n8n keeps what went through a workflow, beside what the workflow itself says. */
export interface ExecutionRetention {
	/** Whether executions of workflows without a setting of their own are kept. */
	successfulKept: boolean;
	failedKept: boolean;
	manualKept: boolean;
	/** Undefined: for ever. */
	maxAgeHours: number | undefined;
	maxCount: number | undefined;
	message: string;
}

/**
 * Read from the variables by which n8n is configured, with n8n's defaults where they are not set.
 * Source: docs.n8n.io, "Executions environment variables".
 */
export function executionRetention(
	env: Readonly<Record<string, string | undefined>> = process.env,
): ExecutionRetention {
	const prunes = env['EXECUTIONS_DATA_PRUNE'] !== 'false';
	const maxAgeHours = prunes ? figure(env['EXECUTIONS_DATA_MAX_AGE'], 336) : undefined;
	const maxCount = prunes ? figure(env['EXECUTIONS_DATA_PRUNE_MAX_COUNT'], 10_000) || undefined : undefined;
	const kept = {
		successfulKept: (env['EXECUTIONS_DATA_SAVE_ON_SUCCESS'] ?? 'all') !== 'none',
		failedKept: (env['EXECUTIONS_DATA_SAVE_ON_ERROR'] ?? 'all') !== 'none',
		manualKept: env['EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS'] !== 'false',
	};
	const kinds = [
		...(kept.failedKept ? ['failed executions'] : []),
		...(kept.manualKept ? ['executions started by hand'] : []),
		...(kept.successfulKept ? ['successful executions of workflows that do not switch that off'] : []),
	];
	const until =
		maxAgeHours === undefined
			? 'until somebody deletes them'
			: `for ${maxAgeHours} hours${maxCount === undefined ? '' : `, at most ${maxCount} of them`}`;
	const message =
		kinds.length === 0
			? 'n8n keeps no execution data.'
			: `n8n itself still holds what went through ${list(kinds)}, ${until}. Delete them in the editor under Executions to be rid of them at once.`;
	return { ...kept, maxAgeHours, maxCount, message };
}

function figure(value: string | undefined, otherwise: number): number {
	const number = Number(value);
	return value !== undefined && value.trim() !== '' && Number.isFinite(number) ? number : otherwise;
}

const list = (words: string[]): string =>
	words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
