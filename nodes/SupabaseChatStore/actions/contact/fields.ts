import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ContactFields } from '../../../../src/chat';
import { jsonObject } from '../../../shared/store/json';
import { asList, asText } from '../../../shared/values';

export const status: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'options',
	options: [
		{ name: 'Active', value: 'active' },
		{ name: 'Blocked', value: 'blocked' },
		{ name: 'VIP', value: 'vip' },
	],
	default: 'active',
};

const text = (displayName: string, name: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	...more,
});

const texts = [
	'name',
	'bio',
	'pictureUrl',
	'realName',
	'email',
	'phone',
	'language',
	'notes',
	'preferredPlatform',
	'communicationStyle',
] as const;

/** What may be written into a contact. */
export const contactFields: INodeProperties[] = [
	text('Bio', 'bio'),
	text('Communication Style', 'communicationStyle', { placeholder: 'e.g. formal' }),
	{
		displayName: 'Custom',
		name: 'custom',
		type: 'json',
		default: '{}',
		description: 'Fields of your own, as an object; replaces what is there',
	},
	text('Email', 'email', { placeholder: 'e.g. name@example.com' }),
	text('Interests', 'interests', { description: 'Separated by commas' }),
	text('Language', 'language', { placeholder: 'e.g. en' }),
	text('Name', 'name', { description: 'As shown' }),
	text('Notes', 'notes', { typeOptions: { rows: 3 } }),
	text('Phone', 'phone', { placeholder: 'e.g. +44 20 7946 0000' }),
	text('Picture URL', 'pictureUrl'),
	text('Preferred Platform', 'preferredPlatform', { placeholder: 'e.g. whatsapp' }),
	text('Real Name', 'realName', { description: 'As in a contract' }),
	status,
	text('Tags', 'tags', { description: 'Separated by commas' }),
];

/** Only what was given; an empty text empties the field. @throws NodeOperationError naming the field */
export function givenFields(
	context: IExecuteFunctions,
	itemIndex: number,
	given: Record<string, unknown>,
): ContactFields {
	const set: ContactFields = {};
	for (const name of texts) if (name in given) set[name] = asText(given[name]) || null;
	for (const name of ['interests', 'tags'] as const) if (name in given) set[name] = asList(given[name]);
	if ('status' in given) set.status = given['status'] as NonNullable<ContactFields['status']>;
	if ('custom' in given) set.custom = jsonObject(context, itemIndex, 'Custom', given['custom']);
	return set;
}
