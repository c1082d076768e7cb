import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

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

/** `Return All` and `Limit`, as in n8n's own nodes. */
export const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
};
