import type { ConversationQuery } from '../../../../src/chat';
import { contactFilter, givenText, ids } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { memberId, status, teamId } from './fields';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields([
			memberId,
			contactFilter,
			{
				displayName: 'Include Archived',
				name: 'includeArchived',
				type: 'boolean',
				default: false,
				description: 'Whether to return archived conversations as well',
			},
			status,
			teamId,
			{
				displayName: 'Title',
				name: 'title',
				type: 'string',
				default: '',
				description: 'A part of the title',
			},
			{
				displayName: 'Unread',
				name: 'unread',
				type: 'boolean',
				default: true,
				description: 'Whether to return only conversations with messages that nobody has read',
			},
		]),
	),
	forPeople: true,
	async execute(context, { store, chat }, itemIndex) {
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const title = givenText(context, itemIndex, filter, 'title', 'Title');
		const query: ConversationQuery = {
			...ids(context, itemIndex, filter, {
				assignedMemberId: 'Assigned Member ID',
				contactId: 'Contact ID',
				teamId: 'Team ID',
			}),
			...(filter['status'] !== undefined && {
				status: filter['status'] as NonNullable<ConversationQuery['status']>,
			}),
			...(title !== undefined && { title }),
			...(filter['includeArchived'] === true && { includeArchived: true }),
			...(filter['unread'] === true && { unread: true }),
		};
		return await itemsOf(context, itemIndex, async (page) => await chat.getConversations(store, query, page));
	},
};
