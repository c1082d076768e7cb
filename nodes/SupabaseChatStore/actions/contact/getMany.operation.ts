import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { isTool } from '../../../shared/destructive';
import { limitParameter } from '../../../shared/limit';
import { givenText } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { status } from './fields';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields([
			{
				displayName: 'Email',
				name: 'email',
				type: 'string',
				placeholder: 'e.g. name@example.com',
				default: '',
				description: 'The whole address, whatever its case. Cannot be combined with other filters.',
			},
			{ displayName: 'Name', name: 'name', type: 'string', default: '', description: 'A part of the name' },
			{
				displayName: 'Phone',
				name: 'phone',
				type: 'string',
				placeholder: 'e.g. +44 20 7946 0000',
				default: '',
				description: 'The whole number, by its digits. Cannot be combined with other filters.',
			},
			status,
			{ displayName: 'Tag', name: 'tag', type: 'string', default: '' },
		]),
	),
	forPeople: true,
	async execute(context, { store, chat, ...session }, itemIndex) {
		const fieldKeys = isTool(context) ? undefined : session.fieldKeys;
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const by = addressOf(context, itemIndex, filter);
		if (by) {
			const most = limitParameter(context, itemIndex) ?? Number.POSITIVE_INFINITY;
			const { items, unsearched } = await chat.findContacts(store, by, { fieldKeys });
			if (unsearched) context.addExecutionHints({ message: unsearchedHint, type: 'warning' });
			return items.slice(0, most);
		}
		const query: { name?: string; status?: string; tag?: string } = {};
		for (const [name, field] of [
			['name', 'Name'],
			['status', 'Status'],
			['tag', 'Tag'],
		] as const) {
			const value = givenText(context, itemIndex, filter, name, field);
			if (value !== undefined) query[name] = value;
		}
		return await itemsOf(
			context,
			itemIndex,
			async (page) => await chat.getContacts(store, query, { ...page, fieldKeys }),
		);
	},
};

const unsearchedHint =
	'Some contacts could not be compared: their field is not sealed yet (run Reseal Fields), or sealed with a key that is not selected.';

/** @throws NodeOperationError when there is something beside it */
function addressOf(
	context: IExecuteFunctions,
	itemIndex: number,
	filter: Record<string, unknown>,
): { email: string } | { phone: string } | undefined {
	const email = givenText(context, itemIndex, filter, 'email', 'Email');
	const phone = givenText(context, itemIndex, filter, 'phone', 'Phone');
	if (email === undefined && phone === undefined) return undefined;
	if (Object.keys(filter).length > 1)
		throw new NodeOperationError(
			context.getNode(),
			'Email and Phone cannot be combined with other filters.',
			{
				itemIndex,
				description: 'Leave one filter, and sort out the rest with a Filter node.',
			},
		);
	return email === undefined ? { phone: phone ?? '' } : { email };
}
