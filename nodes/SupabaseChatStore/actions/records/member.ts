import type { INodeProperties } from 'n8n-workflow';

import type { MemberFields, MemberQuery } from '../../../../src/store';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { yesOrNo } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	choice,
	fieldsCollection,
	filtersOf,
	givenFields,
	list,
	number,
	text,
	yes,
} from '../../../shared/store/record-fields';
import { asList } from '../../../shared/values';
import type { Operation } from '../operation';
import { channelId, memberLocator, memberOf, teamLocator, teamOf } from './locators';

const shown = forOperationsOf('member');

const role = choice(
	'Role',
	'role',
	[
		{ name: 'Admin', value: 'admin', description: 'Changes members, teams, accounts and rules' },
		{ name: 'Manager', value: 'manager', description: 'Changes contacts, conversations, templates and FAQ' },
		{ name: 'Observer', value: 'observer', description: 'Reads' },
	],
	{ default: 'observer' },
);

const fields = [
	text('Email', 'email', { placeholder: 'e.g. name@example.com' }),
	{
		...list('IDs on Channels', 'identities', {
			placeholder: 'e.g. telegram:4242, whatsapp:+15550100',
			description: 'All of them, separated by commas; one that is left out is taken away',
		}),
		read: (...[context, itemIndex, value]: Parameters<typeof role.read>) =>
			asList(value).map((entry) => channelId(context, itemIndex, 'IDs on Channels', entry)),
	},
	text('Name', 'name'),
	role,
	text('User ID', 'userId', { description: 'Subject of the tokens that the person signs in with' }),
];

const createOrUpdate: Operation = {
	description: shown(
		['createOrUpdate'],
		[
			memberLocator.forNew,
			fieldsCollection(fields),
			optionsOf([
				{
					displayName: 'Move Identities',
					name: 'moveIdentities',
					type: 'boolean',
					default: false,
					description: 'Whether to take IDs on channels from another member who has them',
				},
			]),
		],
	),
	// It gives rights.
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const moveIdentities = yesOrNo(context, itemIndex, 'Move Identities', options['moveIdentities'] ?? false);
		const set = givenFields<MemberFields>(context, itemIndex, fields);
		return [await records.saveMember(store, memberOf(context, itemIndex), set, { moveIdentities })];
	},
};

const get: Operation = {
	description: shown(['get'], [memberLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.getMember(store, memberOf(context, itemIndex))];
	},
};

const filters = [
	yes('Include Removed', 'includeRemoved', { description: 'Whether to return removed members as well' }),
	yes('On Duty', 'onDuty', {
		description: 'Whether to return members who are on duty, or those who are not',
	}),
	role,
	number('Team ID', 'teamId', { description: '' }),
];

const getMany: Operation = {
	description: shown(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { store, records }, itemIndex) {
		const query = filtersOf<MemberQuery>(context, itemIndex, filters);
		return await itemsOf(context, itemIndex, async (page) => await records.getMembers(store, query, page));
	},
};

const remove: Operation = {
	description: shown(['remove'], [memberLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [await records.removeMember(store, memberOf(context, itemIndex))];
	},
};

const setOnDuty: Operation = {
	description: shown(
		['setOnDuty'],
		[
			memberLocator.property,
			{
				displayName: 'On Duty',
				name: 'onDuty',
				type: 'boolean',
				default: true,
				description: 'Whether the member is to be told from now on',
			},
			{ ...teamLocator.property, required: false, description: 'Empty: in all teams of the member' },
		],
	),
	async execute(context, { store, records }, itemIndex) {
		const team: unknown = context.getNodeParameter('team', itemIndex, '', { extractValue: true });
		const which = team === '' || team === undefined ? undefined : teamOf(context, itemIndex);
		const onDuty = yesOrNo(context, itemIndex, 'On Duty', context.getNodeParameter('onDuty', itemIndex));
		return [await records.setOnDuty(store, memberOf(context, itemIndex), onDuty, which)];
	},
};

export const operations: Record<string, Operation> = { createOrUpdate, get, getMany, remove, setOnDuty };

export const description: INodeProperties[] = resourceDescription('member', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update member',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{ name: 'Get', value: 'get', action: 'Get member', description: 'Get one member' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many members',
		description: 'Get members by role, team and duty',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove member',
		description: 'Take a member away; conversations fall back to the team, or without one to everybody',
	},
	{
		name: 'Set on Duty',
		value: 'setOnDuty',
		action: 'Set member on duty',
		description: 'Say whether a member is on duty, in one team or in all',
	},
]);
