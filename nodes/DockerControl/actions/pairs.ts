import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { asText } from '../../shared/values';

interface PairsField {
	displayName: string;
	name: string;
	description: string;
	placeholder: string;
	/** Whether values are shown as dots in the editor. */
	secret?: boolean;
}

/** A field with rows of a name and a value. */
export function pairsField({
	displayName,
	name,
	description,
	placeholder,
	secret,
}: PairsField): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder,
		default: {},
		description,
		options: [
			{
				displayName: 'Value',
				name: 'values',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '' },
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						...(secret && { typeOptions: { password: true } }),
						default: '',
					},
				],
			},
		],
	};
}

/** The rows as an object. An expression may give such an object in place of the rows. */
export function pairsOf(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	value: unknown,
): Record<string, string> {
	if (value === undefined || value === null || value === '') return {};
	if (typeof value !== 'object' || Array.isArray(value)) {
		throw new NodeOperationError(context.getNode(), `"${field}" has neither rows nor is it an object.`, {
			itemIndex,
			description: 'Add rows, or let the expression give an object such as { "tier": "web" }.',
		});
	}
	const rows: unknown = Reflect.get(value, 'values');
	const pairs = Array.isArray(rows)
		? rows.map((row: { name?: unknown; value?: unknown }): [string, string] => [
				asText(row.name),
				String(row.value ?? ''),
			])
		: Object.entries(value).map(([name, own]): [string, string] => [name, String(own ?? '')]);
	return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}
