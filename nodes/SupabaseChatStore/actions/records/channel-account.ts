import type { INodeProperties } from 'n8n-workflow';

import type { ChannelAccountFields } from '../../../../src/store';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	fieldsCollection,
	filtersOf,
	givenFields,
	object,
	text,
	yes,
} from '../../../shared/store/record-fields';
import type { Operation } from '../operation';
import { accountLocator, accountOf } from './locators';

const shown = forOperationsOf('channelAccount');

const fields = [
	yes('Active', 'active', { description: 'Whether the account is in use' }),
	text('Name', 'name'),
	object('Settings', 'settings', { description: 'As an object; replaces what is there' }),
];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [accountLocator.forNew, fieldsCollection(fields)]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<ChannelAccountFields>(context, itemIndex, fields);
		return [await records.saveChannelAccount(store, accountOf(context, itemIndex), set)];
	},
};

const filters = [
	yes('Active', 'active', {
		description: 'Whether to return accounts in use, or those that are switched off',
	}),
	text('Platform', 'platform', { placeholder: 'e.g. telegram' }),
];

const getMany: Operation = {
	description: shown(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { store, records }, itemIndex) {
		const query = filtersOf<{ active?: boolean; platform?: string }>(context, itemIndex, filters);
		return await itemsOf(
			context,
			itemIndex,
			async (page) => await records.getChannelAccounts(store, query, page),
		);
	},
};

const remove: Operation = {
	description: shown(['remove'], [accountLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [await records.removeChannelAccount(store, accountOf(context, itemIndex))];
	},
};

export const operations: Record<string, Operation> = { createOrUpdate, getMany, remove };

export const description: INodeProperties[] = resourceDescription('channelAccount', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update channel account',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many channel accounts',
		description: 'Get accounts by platform and state',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove channel account',
		description: 'Delete an account without conversations, and switch off any other one',
	},
]);
