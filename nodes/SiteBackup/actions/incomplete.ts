import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

/** So many causes help; a disk that is full comes up for everything that was to be written. */
const REMEDIES_SHOWN = 3;

/**
 * The error for what was done only in part, or not at all.
 * @param message of the report; the name of the site is put in front
 * @param fallbackRemedy how to get unstuck when no problem says it
 */
export function incomplete(
	context: IExecuteFunctions,
	itemIndex: number,
	site: string,
	message: string,
	problems: ReadonlyArray<{ message: string; remedy: string }>,
	fallbackRemedy: string,
): NodeOperationError {
	const seen = new Set<string>();
	const parts = problems.flatMap((problem) => {
		// One cause, such as a full disk, comes up once for every artefact.
		if (seen.has(problem.remedy)) return [];
		seen.add(problem.remedy);
		// The message may tell the first problem already.
		return message.includes(problem.message) ? [problem.remedy] : [`${problem.message} ${problem.remedy}`];
	});
	const description = parts.length === 0 ? fallbackRemedy : parts.slice(0, REMEDIES_SHOWN).join(' ');
	return new NodeOperationError(context.getNode(), `${site}: ${message}`, { itemIndex, description });
}
