import type { INodeProperties } from 'n8n-workflow';

import type { TenantFields } from '../../../../src/store';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	choice,
	fieldsCollection,
	givenFields,
	object,
	text,
	yes,
} from '../../../shared/store/record-fields';
import type { Operation } from '../operation';
import { tenantLocator, tenantOf } from './locators';

const shown = forOperationsOf('tenant');

const fields = [
	choice(
		'Erased Senders',
		'erasedSenders',
		[
			{
				name: 'Pseudonymise',
				value: 'pseudonymise',
				description: 'Their new messages are kept under a pseudonym',
			},
			{ name: 'Refuse', value: 'refuse', description: 'Their new messages are not kept' },
		],
		{ default: 'refuse', description: 'What becomes of messages of people who were erased and write again' },
	),
	text('Name', 'name'),
	yes('Requires Consent', 'requiresConsent', {
		description: 'Whether nothing is stored of a person before it was allowed',
	}),
	object('Settings', 'settings', { description: 'As an object; replaces what is there' }),
];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [tenantLocator.forNew, fieldsCollection(fields)]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<TenantFields>(context, itemIndex, fields);
		return [await records.saveTenant(store, tenantOf(context, itemIndex), set)];
	},
};

const get: Operation = {
	description: shown(['get'], [tenantLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.getTenant(store, tenantOf(context, itemIndex))];
	},
};

const getMany: Operation = {
	description: shown(
		['getMany'],
		manyFields([]).filter(({ name }) => name !== 'filters'),
	),
	async execute(context, { store, records }, itemIndex) {
		return await itemsOf(context, itemIndex, async (page) => await records.getTenants(store, page));
	},
};

export const operations: Record<string, Operation> = { createOrUpdate, get, getMany };

export const description: INodeProperties[] = resourceDescription('tenant', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update tenant',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{ name: 'Get', value: 'get', action: 'Get tenant', description: 'Get one tenant with its rules' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many tenants',
		description: 'Get all tenants of the store',
	},
]);
