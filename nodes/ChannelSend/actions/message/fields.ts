import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import type { Format } from '../../../../src/channels';
import { textOf } from '../../../shared/values';
import type { Session } from '../operation';

export const formatField: INodeProperties = {
	displayName: 'Format',
	name: 'format',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'HTML',
			value: 'html',
			description: 'The tags of Telegram; WhatsApp gets its own marks, the others the text',
		},
		{ name: 'MarkdownV2', value: 'markdown', description: 'As Telegram reads it; the others as with HTML' },
		{ name: 'Plain Text', value: 'plain', description: 'As it stands' },
	],
	default: 'plain',
};

export const buttonsOption: INodeProperties = {
	displayName: 'Buttons',
	name: 'buttons',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add Button',
	default: {},
	options: [
		{
			displayName: 'Button',
			name: 'button',
			values: [
				{ displayName: 'Text', name: 'text', type: 'string', default: '' },
				{
					displayName: 'URL',
					name: 'url',
					type: 'string',
					default: '',
					placeholder: 'e.g. https://example.com',
					description: 'Opened when it is pressed',
				},
				{
					displayName: 'Data',
					name: 'data',
					type: 'string',
					default: '',
					description: 'Comes back when it is pressed; by default the text',
				},
			],
		},
	],
};

export const perRowOption: INodeProperties = {
	displayName: 'Buttons per Row',
	name: 'buttonsPerRow',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 8 },
	default: 1,
};

export const quoteOption: INodeProperties = {
	displayName: 'Quote',
	name: 'quote',
	type: 'boolean',
	default: false,
	description: 'Whether the answer is marked as one to that message',
};

export const silentOption: INodeProperties = {
	displayName: 'Silent',
	name: 'silent',
	type: 'boolean',
	default: false,
	description: 'Whether Telegram delivers it without a sound',
};

export const valuesOption: INodeProperties = {
	displayName: 'Values',
	name: 'values',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Value',
	default: {},
	description: 'Take the place of {{name}} in the text, escaped for its format: text of others stays text',
	options: [
		{
			displayName: 'Value',
			name: 'value',
			values: [
				{ displayName: 'Name', name: 'name', type: 'string', default: '' },
				{ displayName: 'Value', name: 'value', type: 'string', default: '' },
			],
		},
	],
};

const rows = (options: IDataObject, name: string, inner: string): IDataObject[] =>
	((options[name] as IDataObject | undefined)?.[inner] as IDataObject[] | undefined) ?? [];

export function buttonsOf(
	options: IDataObject,
): { text: string; url?: string; data?: string }[][] | undefined {
	const all = rows(options, 'buttons', 'button').map(({ text, url, data }) => {
		const [address, said] = [textOf(url), textOf(data)];
		return {
			text: textOf(text) ?? '',
			...(address !== undefined && { url: address }),
			...(said !== undefined && { data: said }),
		};
	});
	const perRow = Math.max(1, Number(options['buttonsPerRow'] ?? 1) || 1);
	const grouped = Array.from({ length: Math.ceil(all.length / perRow) }, (_, row) =>
		all.slice(row * perRow, (row + 1) * perRow),
	);
	return grouped.length > 0 ? grouped : undefined;
}

/** The text of a field as it stands, or filled with the given values. @throws NodeOperationError naming what has no value */
export function textWith(
	context: IExecuteFunctions,
	{ channels }: Session,
	itemIndex: number,
	field: string,
	options: IDataObject,
): string {
	const given: unknown = context.getNodeParameter(field, itemIndex);
	const text = given === undefined || given === null ? '' : String(given);
	const values = rows(options, 'values', 'value');
	if (values.length === 0) return text;
	const filled = channels.fillTemplate(
		text,
		Object.fromEntries(values.map(({ name, value }) => [String(name), value as string])),
		formatOf(context, itemIndex),
	);
	if (filled.missing.length === 0) return filled.text;
	throw new NodeOperationError(
		context.getNode(),
		`The text has places without a value: ${filled.missing.join(', ')}.`,
		{ itemIndex, description: 'Add them under "Values".' },
	);
}

export function formatOf(context: IExecuteFunctions, itemIndex: number): Format {
	return context.getNodeParameter('format', itemIndex, 'plain') as Format;
}
