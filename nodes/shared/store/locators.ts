import {
	NodeOperationError,
	type IExecuteFunctions,
	type INodeParameterResourceLocator,
	type INodeProperties,
} from 'n8n-workflow';

import type { ContactName, ConversationName, Identity } from '../../../src/chat';
import { wholeNumber } from '../../../src/shared';
import { asText } from '../values';

interface LocatorOptions {
	displayName: string;
	name: string;
	description: string;
	searchListMethod: string;
	/** The third way to name it: by what the platform calls it. */
	platformMode: { displayName: string; placeholder: string; hint: string };
}

function locator({
	displayName,
	name,
	description,
	searchListMethod,
	platformMode,
}: LocatorOptions): INodeProperties {
	return {
		displayName,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 42',
				validation: [
					{
						type: 'regex',
						properties: { regex: '^[0-9]+$', errorMessage: 'An ID of the store is a number' },
					},
				],
			},
			{
				displayName: platformMode.displayName,
				name: 'platform',
				type: 'string',
				placeholder: platformMode.placeholder,
				hint: platformMode.hint,
				validation: [
					{
						type: 'regex',
						properties: {
							regex: '^[a-z0-9_-]+(/[^:]+)?:.+$',
							errorMessage: `Give it ${platformMode.placeholder}`,
						},
					},
				],
			},
		],
	};
}

export const contactLocator = locator({
	displayName: 'Contact',
	name: 'contact',
	description: 'The person this is about',
	searchListMethod: 'searchContacts',
	platformMode: {
		displayName: 'By Identity',
		placeholder: 'e.g. telegram:4242',
		hint: 'Platform and the ID that the person has there. Where that ID is valid for one page only: messenger/page-id:4242.',
	},
});

export const conversationLocator = locator({
	displayName: 'Conversation',
	name: 'conversation',
	description: 'The conversation this is about',
	searchListMethod: 'searchConversations',
	platformMode: {
		displayName: 'By Chat',
		placeholder: 'e.g. telegram/my_bot:-100500',
		hint: 'Platform, account (when messages were stored with one) and the ID of the chat there',
	},
});

/** The person a user chose. @throws NodeOperationError naming the field */
export function contactName(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter = 'contact',
): ContactName {
	const { mode, value } = located(context, itemIndex, parameter, 'Contact');
	if (mode !== 'platform') return { contactId: idOf(context, itemIndex, 'Contact', value) };
	return { identity: identityOf(context, itemIndex, 'Contact', value) };
}

/** The conversation a user chose. @throws NodeOperationError naming the field */
export function conversationName(context: IExecuteFunctions, itemIndex: number): ConversationName {
	const { mode, value } = located(context, itemIndex, 'conversation', 'Conversation');
	if (mode !== 'platform') return { conversationId: idOf(context, itemIndex, 'Conversation', value) };
	const { id, ...rest } = identityOf(context, itemIndex, 'Conversation', value);
	return { ...rest, chatId: id };
}

/** `platform:id` or `platform/account:id`. @throws NodeOperationError naming the field */
export function identityOf(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	value: string,
): Identity & { account?: string } {
	const parts = /^([a-z0-9][a-z0-9_-]*)(?:\/([^:]+))?:(.+)$/s.exec(value);
	if (parts?.[1] === undefined || parts[3] === undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`"${field}" is not platform and ID: ${value.slice(0, 100)}`,
			{
				itemIndex,
				description: 'Give it as telegram:4242, or with an account as messenger/page-id:4242.',
			},
		);
	}
	return { platform: parts[1], ...(parts[2] !== undefined && { account: parts[2] }), id: parts[3] };
}

function located(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: string,
	field: string,
): { mode: string; value: string } {
	const given = context.getNodeParameter(parameter, itemIndex, '') as
		string | number | INodeParameterResourceLocator;
	// An expression in place of the whole field gives no mode.
	const { mode, value } = typeof given === 'object' && given !== null ? given : { mode: 'id', value: given };
	const text = asText(value);
	if (text !== '') return { mode: mode === 'id' && text.includes(':') ? 'platform' : mode, value: text };
	throw new NodeOperationError(context.getNode(), `"${field}" is empty.`, {
		itemIndex,
		description: 'Choose one, or see what the expression in that field gives for this item.',
	});
}

/** @throws NodeOperationError naming the field */
export function idOf(context: IExecuteFunctions, itemIndex: number, field: string, value: unknown): number {
	try {
		return wholeNumber(field, typeof value === 'string' ? value.trim() : value, 1, Number.MAX_SAFE_INTEGER);
	} catch (thrown) {
		throw new NodeOperationError(context.getNode(), thrown as Error, { itemIndex });
	}
}
