import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { n8nStateFolder, openStateFolder } from '../../../../src/shared';
import type { WebsiteFields } from '../../../../src/store';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { yesOrNo } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { fieldsCollection, filtersOf, givenFields, number, text } from '../../../shared/store/record-fields';
import { placeOf, storeAccess } from '../../../shared/store/stores';
import type { Operation } from '../operation';
import { websiteLocator, websiteOf } from './locators';

const shown = forOperationsOf('website');

const fields = [
	text('Client Name', 'clientName'),
	number('Container Port', 'containerPort'),
	number('Database Port', 'dbPort'),
	{
		...text('Definition', 'definition', {
			typeOptions: { rows: 6 },
			description: 'Of the site, as YAML or JSON. Empty: only its certificate is looked at.',
		}),
		// An expression may give the object itself.
		read: (_context: unknown, _itemIndex: number, value: unknown) => (value === '' ? null : value),
	},
	text('Domain', 'domain', {
		placeholder: 'e.g. shop.example.com',
		description: 'A new website needs this',
	}),
	text('Repository', 'githubRepo', { placeholder: 'e.g. example/shop' }),
	text('Status', 'status', {
		placeholder: 'e.g. active',
		description: 'Only active websites are checked and backed up; any other word says why this one is not',
	}),
];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [websiteLocator.forNew, fieldsCollection(fields)]),
	// Its definition says what is backed up.
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<WebsiteFields>(context, itemIndex, fields);
		return [await records.saveWebsite(store, websiteOf(context, itemIndex), set)];
	},
};

const get: Operation = {
	description: shown(['get'], [websiteLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.getWebsite(store, websiteOf(context, itemIndex))];
	},
};

const filters = [text('Status', 'status', { placeholder: 'e.g. active' })];

const getMany: Operation = {
	description: shown(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { store, records }, itemIndex) {
		const query = filtersOf<{ status?: string }>(context, itemIndex, filters);
		return await itemsOf(context, itemIndex, async (page) => await records.getWebsites(store, query, page));
	},
};

const keepCopy: INodeProperties = {
	displayName: 'Use Last Copy When Store Is Down',
	name: 'keepCopy',
	type: 'boolean',
	default: true,
	description:
		'Whether to keep a copy in n8n’s own folder, and to answer it while the store cannot be asked; the problems say so then',
};

const getSiteDefinitions: Operation = {
	description: shown(['getSiteDefinitions'], [optionsOf([keepCopy])]),
	async execute(context, { store, settings, records }, itemIndex) {
		const options: IDataObject = context.getNodeParameter('options', itemIndex, {});
		if (!yesOrNo(context, itemIndex, 'Use Last Copy When Store Is Down', options['keepCopy'] ?? false))
			return [await records.getSiteDefinitions(store)];
		const place = placeOf(await storeAccess(context, settings, itemIndex));
		return [await records.readSiteDefinitions(store, () => openStateFolder(n8nStateFolder()), place)];
	},
};

const remove: Operation = {
	description: shown(['delete'], [websiteLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [await records.deleteWebsite(store, websiteOf(context, itemIndex))];
	},
};

export const operations: Record<string, Operation> = {
	createOrUpdate,
	delete: remove,
	get,
	getMany,
	getSiteDefinitions,
};

export const description: INodeProperties[] = resourceDescription('website', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update website',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{
		name: 'Delete',
		value: 'delete',
		action: 'Delete website',
		description: 'Delete a website with its deployments and its list of backups; what was backed up stays',
	},
	{ name: 'Get', value: 'get', action: 'Get website', description: 'Get one website' },
	{ name: 'Get Many', value: 'getMany', action: 'Get many websites', description: 'Get websites by status' },
	{
		name: 'Get Site Definitions',
		value: 'getSiteDefinitions',
		action: 'Get site definitions of websites',
		description:
			'Get the active websites as sites for Site Backup and Site Check, and what is wrong with others',
	},
]);
