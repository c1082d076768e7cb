import type { INodeProperties } from 'n8n-workflow';

export const source: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'string',
	default: '',
	placeholder: 'e.g. privacy form',
	description: 'Who asked for it, without personal data: it is kept in the receipt',
};
