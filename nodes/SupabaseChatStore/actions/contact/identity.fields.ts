import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Identity } from '../../../../src/chat';
import { asText, textOf } from '../../../shared/values';

/** How a person is known on a platform. */
export const identityFields: INodeProperties[] = [
	{
		displayName: 'Platform',
		name: 'platform',
		type: 'string',
		default: 'telegram',
		required: true,
		placeholder: 'e.g. telegram',
	},
	{
		displayName: 'ID on Platform',
		name: 'platformId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 4242',
	},
];

export const identityOptions: INodeProperties[] = [
	{
		displayName: 'Account',
		name: 'account',
		type: 'string',
		default: '',
		description: 'The page or number, where an ID is valid for that one only (Messenger, Instagram)',
	},
	{ displayName: 'Username', name: 'username', type: 'string', default: '' },
];

/** What the store refuses it refuses by these names. */
export function identityFrom(
	context: IExecuteFunctions,
	itemIndex: number,
	options: Record<string, unknown>,
): Identity {
	const account = textOf(options['account']);
	const username = textOf(options['username']);
	return {
		platform: asText(context.getNodeParameter('platform', itemIndex)),
		id: asText(context.getNodeParameter('platformId', itemIndex)),
		...(account !== undefined && { account }),
		...(username !== undefined && { username }),
	};
}
