import type { INodeProperties } from 'n8n-workflow';

import { asList, asText } from '../../shared/values';
import type { Call } from './operation';

export const setProperty: INodeProperties = {
	displayName: 'Name of the Set',
	name: 'set',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. sites',
	description:
		'What is remembered of the checks is kept under this name: a–z, 0–9 and "-". Each list of checks has its own.',
};

/** For operations that can take several sets at once. */
export const setsProperty: INodeProperties = {
	...setProperty,
	displayName: 'Names of the Sets',
	required: false,
	placeholder: 'e.g. sites, services',
	description: 'Sets of checks, separated by commas; all of them when empty',
};

/** The names that are given, or those of all sets of which something is remembered. @throws StateError */
export async function setsParameter({ context, itemIndex, store }: Call): Promise<string[]> {
	const named = asList(context.getNodeParameter('set', itemIndex, ''));
	if (named.length > 0) return [...new Set(named)];
	const { checkSets } = await import('../../../src/check/index.js');
	return await checkSets(store());
}

export function setParameter({ context, itemIndex }: Call): string {
	return asText(context.getNodeParameter('set', itemIndex));
}
