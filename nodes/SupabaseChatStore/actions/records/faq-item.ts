import type { INodeProperties } from 'n8n-workflow';

import { wholeNumber } from '../../../../src/shared';
import type { FaqFields } from '../../../../src/store';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	fieldsCollection,
	filtersOf,
	givenFields,
	list,
	longText,
	text,
} from '../../../shared/store/record-fields';
import { asText } from '../../../shared/values';
import type { Operation } from '../operation';
import { faqLocator, faqOf } from './locators';

const shown = forOperationsOf('faqItem');

const fields = [
	longText('Answer', 'answer', { description: 'A new item needs this' }),
	list('Keywords', 'keywords', {
		placeholder: 'e.g. refund, money back',
		description: 'Words or groups of words, separated by commas; a text that has them in any form is a match',
	}),
	text('Question', 'question'),
];

const createOrUpdate: Operation = {
	description: shown(['createOrUpdate'], [faqLocator.forNew, fieldsCollection(fields)]),
	async execute(context, { store, records }, itemIndex) {
		const set = givenFields<FaqFields>(context, itemIndex, fields);
		return [await records.saveFaqItem(store, faqOf(context, itemIndex), set)];
	},
};

const filters = [text('Text', 'text', { description: 'Anywhere in question or answer' })];

const getMany: Operation = {
	description: shown(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { store, records }, itemIndex) {
		const query = filtersOf<{ text?: string }>(context, itemIndex, filters);
		return await itemsOf(context, itemIndex, async (page) => await records.getFaqItems(store, query, page));
	},
};

const match: Operation = {
	description: shown(
		['match'],
		[
			{
				displayName: 'Text',
				name: 'text',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. Can I get my money back?',
				description: 'What somebody asks',
			},
			{
				displayName: 'Best',
				name: 'best',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: 5,
				description: 'How many items to return at most',
			},
		],
	),
	async execute(context, { store, records }, itemIndex) {
		const limit = wholeNumber('Best', context.getNodeParameter('best', itemIndex), 1, 1000);
		return await records.matchFaq(store, asText(context.getNodeParameter('text', itemIndex)), { limit });
	},
};

const remove: Operation = {
	description: shown(['delete'], [faqLocator.property]),
	destructive: true,
	async execute(context, { store, records }, itemIndex) {
		return [{ deleted: await records.deleteFaqItem(store, faqOf(context, itemIndex)) }];
	},
};

const use: Operation = {
	description: shown(['use'], [faqLocator.property]),
	async execute(context, { store, records }, itemIndex) {
		return [await records.useFaqItem(store, faqOf(context, itemIndex))];
	},
};

export const operations: Record<string, Operation> = { createOrUpdate, delete: remove, getMany, match, use };

export const description: INodeProperties[] = resourceDescription('faqItem', operations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update FAQ item',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
	},
	{ name: 'Delete', value: 'delete', action: 'Delete FAQ item', description: 'Delete an item' },
	{ name: 'Get Many', value: 'getMany', action: 'Get many FAQ items', description: 'Get items by text' },
	{
		name: 'Match',
		value: 'match',
		action: 'Match FAQ items with a text',
		description: 'Get the items of which most keywords stand in a text, in any form of the words',
	},
	{
		name: 'Use',
		value: 'use',
		action: 'Use FAQ item',
		description: 'Get an item and count that it was used',
	},
]);
