import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { listOf } from './values';

/**
 * Names of artefacts as the field "Artefacts" or an expression gives them; none means all. What is not text is refused,
 * because "all" would be the worst guess.
 */
export function artefactNames(context: IExecuteFunctions, itemIndex: number, given: unknown): string[] {
	const names = listOf(given);
	if (Array.isArray(names) && names.every((name): name is string => typeof name === 'string')) return names;
	throw new NodeOperationError(context.getNode(), '"Artefacts" is not a list of names.', {
		itemIndex,
		description: 'Give names separated by commas, such as files-www, or nothing for all artefacts.',
	});
}
