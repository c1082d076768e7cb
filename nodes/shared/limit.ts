import type { IExecuteFunctions } from 'n8n-workflow';

import { wholeNumber } from '../../src/shared';

/**
 * Reads `Return All` and `Limit`. An expression may give anything there, and what is no number must not become "all".
 *
 * @returns undefined for all
 * @throws OpsdeskError `invalid_input`
 */
export function limitParameter(context: IExecuteFunctions, itemIndex: number): number | undefined {
	if (context.getNodeParameter('returnAll', itemIndex) === true) return undefined;
	const limit: unknown = context.getNodeParameter('limit', itemIndex);
	return wholeNumber('Limit', limit, 1, 10_000_000);
}
