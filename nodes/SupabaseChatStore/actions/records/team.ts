import type { INodeProperties } from 'n8n-workflow';

import type { TeamFields } from '../../../../src/store';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { idOf } from '../../../shared/store/locators';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { fieldsCollection, givenFields, list, text } from '../../../shared/store/record-fields';
import { asList } from '../../../shared/values';
import type { Operation } from '../operation';
import { teamLocator, teamOf } from './locators';

const shown = forOperationsOf('team');

const memberIds = {
	...list('Member IDs', 'memberIds', {
		placeholder: 'e.g. 3, 4',
		description: 'All of them, separated by commas; who is left out leaves the team',
	}),
	read: (...[context, itemIndex, value]: Parameters<ReturnType<typeof list>['read']>) =>
		asList(value).map((id) => idOf(context, itemIndex, 'Member IDs', id)),
};
const fields = [memberIds, text('Name', 'name')];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [teamLocator.forNew, fieldsCollection(fields)]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<TeamFields>(context, itemIndex, fields);
		return [await records.saveTeam(store, teamOf(context, itemIndex), set)];
	},
};

const get: Operation = {
	description: shown(['get'], [teamLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.getTeam(store, teamOf(context, itemIndex))];
	},
};

const getMany: Operation = {
	description: shown(
		['getMany'],
		manyFields([]).filter(({ name }) => name !== 'filters'),
	),
	async execute(context, { store, records }, itemIndex) {
		return await itemsOf(context, itemIndex, async (page) => await records.getTeams(store, page));
	},
};

const getOnDuty: Operation = {
	description: shown(
		['getOnDuty'],
		[{ ...teamLocator.property, required: false, description: 'Empty: all teams' }],
	),
	async execute(context, { store, records }, itemIndex) {
		const team: unknown = context.getNodeParameter('team', itemIndex, '', { extractValue: true });
		const which = team === '' || team === undefined ? undefined : teamOf(context, itemIndex);
		const { source, members } = await records.getOnDuty(store, which);
		return members.map((member) => ({ ...member, source }));
	},
};

const remove: Operation = {
	description: shown(['delete'], [teamLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [await records.removeTeam(store, teamOf(context, itemIndex))];
	},
};

const hows = ['add', 'remove', 'replace'] as const;

const setMembers: Operation = {
	description: shown(
		['setMembers'],
		[
			teamLocator.property,
			{
				displayName: 'Change',
				name: 'how',
				type: 'options',
				options: [
					{ name: 'Add', value: 'add' },
					{ name: 'Remove', value: 'remove' },
					{ name: 'Replace', value: 'replace', description: 'The list is the whole team' },
				],
				default: 'add',
			},
			{ ...memberIds.property, required: true, description: 'Separated by commas' },
		],
	),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const ids = memberIds.read(context, itemIndex, context.getNodeParameter('memberIds', itemIndex));
		const given: unknown = context.getNodeParameter('how', itemIndex);
		const how = hows.find((known) => known === given) ?? 'add';
		return [await records.setTeamMembers(store, teamOf(context, itemIndex), ids, { how })];
	},
};

export const operations: Record<string, Operation> = {
	createOrUpdate,
	delete: remove,
	get,
	getMany,
	getOnDuty,
	setMembers,
};

export const description: INodeProperties[] = resourceDescription('team', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update team',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{
		name: 'Delete',
		value: 'delete',
		action: 'Delete team',
		description: 'Delete a team; its conversations stay with their members, or fall back to everybody',
	},
	{ name: 'Get', value: 'get', action: 'Get team', description: 'Get one team with its members' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many teams',
		description: 'Get teams with their members',
	},
	{
		name: 'Get on Duty',
		value: 'getOnDuty',
		action: 'Get who is on duty',
		description: 'Get who is to be told now; when nobody is on duty, the admins and managers',
	},
	{
		name: 'Set Members',
		value: 'setMembers',
		action: 'Set members of a team',
		description: 'Add, remove or replace members',
	},
]);
