import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import type { ConversationFields } from '../../../../src/chat';
import { instants } from '../../../shared/store/filters';
import { jsonObject } from '../../../shared/store/json';
import { conversationLocator, conversationName, idOf } from '../../../shared/store/locators';
import { asList, asText } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { memberId, status, teamId } from './fields';

const noneAtZero = 'None at 0';

const fields: INodeProperties[] = [
	{
		displayName: 'Archived',
		name: 'archived',
		type: 'boolean',
		default: true,
		description: 'Whether the conversation is kept out of lists',
	},
	{ ...memberId, description: `${memberId.description}. ${noneAtZero}.` },
	{
		displayName: 'Custom',
		name: 'custom',
		type: 'json',
		default: '{}',
		description: 'Fields of your own, as an object; replaces what is there',
	},
	{
		displayName: 'Key Topics',
		name: 'keyTopics',
		type: 'string',
		default: '',
		description: 'Separated by commas',
	},
	{ displayName: 'Links', name: 'links', type: 'string', default: '', description: 'Separated by commas' },
	status,
	{ displayName: 'Summary', name: 'summary', type: 'string', typeOptions: { rows: 3 }, default: '' },
	{ ...teamId, description: noneAtZero },
	{ displayName: 'Tier', name: 'tier', type: 'string', default: '', placeholder: 'e.g. vip' },
	{ displayName: 'Title', name: 'title', type: 'string', default: '' },
];

export const update: Operation = {
	description: forOperations(
		['update'],
		[
			conversationLocator,
			{
				displayName: 'Fields',
				name: 'fields',
				type: 'collection',
				placeholder: 'Add field',
				default: {},
				description: 'Only these are changed; an empty one is emptied',
				options: fields,
			},
			{
				displayName: 'Read At',
				name: 'readAt',
				type: 'dateTime',
				default: '',
				description:
					'For a summary: when the messages it was made of were read. It is refused when somebody was erased since, because it may speak of them.',
			},
		],
	),
	async execute(context, { store, chat }, itemIndex) {
		const given = context.getNodeParameter('fields', itemIndex, {}) as Record<string, unknown>;
		const set: ConversationFields = {};
		for (const name of ['title', 'tier', 'summary'] as const)
			if (name in given) set[name] = asText(given[name]) || null;
		for (const name of ['keyTopics', 'links'] as const) if (name in given) set[name] = asList(given[name]);
		for (const [name, field] of [
			['assignedMemberId', 'Assigned Member ID'],
			['teamId', 'Team ID'],
		] as const)
			if (name in given)
				set[name] = asText(given[name]) === '0' ? null : idOf(context, itemIndex, field, given[name]);
		if ('status' in given) set.status = given['status'] as NonNullable<ConversationFields['status']>;
		if ('archived' in given) set.archived = given['archived'] === true;
		if ('custom' in given) set.custom = jsonObject(context, itemIndex, 'Custom', given['custom']);
		if (Object.keys(set).length === 0) {
			throw new NodeOperationError(context.getNode(), 'There is nothing to change.', {
				itemIndex,
				description: 'Add a field under "Fields".',
			});
		}
		const values = { asOf: context.getNodeParameter('readAt', itemIndex, '') };
		const read = instants(context, itemIndex, values, { asOf: 'Read At' });
		return [await chat.updateConversation(store, conversationName(context, itemIndex), set, read)];
	},
};
