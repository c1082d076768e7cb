import type { INodeProperties } from 'n8n-workflow';

export const source: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'string',
	default: '',
	placeholder: 'e.g. privacy form',
	description: 'Who asked for it, without personal data: it is kept in the receipt',
};

export const withoutSealed: INodeProperties = {
	displayName: 'Without Sealed Fields',
	name: 'withoutSealed',
	type: 'boolean',
	default: false,
	description:
		'Whether to go on when the key does not open a sealed field: what it says then stays where others have written it, and the receipt counts that',
};
