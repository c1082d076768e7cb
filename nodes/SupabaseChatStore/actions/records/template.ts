import type { INodeProperties } from 'n8n-workflow';

import type { TemplateFields } from '../../../../src/store';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { yesOrNo } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	fieldsCollection,
	filtersOf,
	givenFields,
	longText,
	number,
	text,
	valuesOf,
} from '../../../shared/store/record-fields';
import type { Operation } from '../operation';
import { templateLocator, templateOf } from './locators';

const shown = forOperationsOf('template');

const fields = [
	text('Category', 'category'),
	longText('Content', 'content', {
		placeholder: 'e.g. Hello {{name}}',
		description: 'A name in double curly brackets is a variable. A new template needs this.',
	}),
	number('Created By', 'createdBy', { description: 'ID of a member. None at 0.' }),
	text('Title', 'title'),
];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [templateLocator.forNew, fieldsCollection(fields)]),
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<TemplateFields>(context, itemIndex, fields);
		return [await records.saveTemplate(store, templateOf(context, itemIndex), set)];
	},
};

const get: Operation = {
	description: shown(['get'], [templateLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.getTemplate(store, templateOf(context, itemIndex))];
	},
};

const filters = [
	text('Category', 'category'),
	text('Text', 'text', { description: 'Anywhere in title or content' }),
];

const getMany: Operation = {
	description: shown(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { store, records }, itemIndex) {
		const query = filtersOf<{ category?: string; text?: string }>(context, itemIndex, filters);
		return await itemsOf(context, itemIndex, async (page) => await records.getTemplates(store, query, page));
	},
};

const remove: Operation = {
	description: shown(['delete'], [templateLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [{ deleted: await records.deleteTemplate(store, templateOf(context, itemIndex)) }];
	},
};

const use: Operation = {
	description: shown(
		['use'],
		[
			templateLocator.property,
			{
				displayName: 'Values',
				name: 'values',
				type: 'json',
				default: '{}',
				description: 'A value for each variable, as {"name": "Anna"}',
			},
			optionsOf([
				{
					displayName: 'Allow Missing Values',
					name: 'allowMissing',
					type: 'boolean',
					default: false,
					description: 'Whether variables without a value become nothing; otherwise they are refused by name',
				},
			]),
		],
	),
	async execute(context, { store, records }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const allowMissing = yesOrNo(
			context,
			itemIndex,
			'Allow Missing Values',
			options['allowMissing'] ?? false,
		);
		const values = valuesOf(context, itemIndex);
		return [await records.useTemplate(store, templateOf(context, itemIndex), values, { allowMissing })];
	},
};

export const operations: Record<string, Operation> = { createOrUpdate, delete: remove, get, getMany, use };

export const description: INodeProperties[] = resourceDescription('template', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update template',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{ name: 'Delete', value: 'delete', action: 'Delete template', description: 'Delete a template' },
	{ name: 'Get', value: 'get', action: 'Get template', description: 'Get one template' },
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many templates',
		description: 'Get templates by category and text',
	},
	{
		name: 'Use',
		value: 'use',
		action: 'Use template',
		description: 'Get the text of a template with values in it, and count the use',
	},
]);
