import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** A program and its arguments, each in a field of its own, so that no value can become more than one of them. */
export const commandField: INodeProperties = {
	displayName: 'Command',
	name: 'command',
	type: 'string',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Argument' },
	default: [],
	placeholder: 'e.g. ls',
	description:
		'The program first, then each argument on its own. No shell reads them: for pipes and variables give "sh", "-c" and the script. An expression may give the whole list.',
};

/** The list, also where an expression gives it as JSON. */
export function commandParameter(value: unknown): unknown {
	if (typeof value !== 'string' || !value.trim().startsWith('[')) return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}

export const environmentField: INodeProperties = {
	displayName: 'Environment Variables',
	name: 'environment',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add variable',
	default: {},
	options: [
		{
			displayName: 'Variable',
			name: 'variables',
			values: [
				{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. TZ' },
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					typeOptions: { password: true },
					default: '',
				},
			],
		},
	],
};

/** Names and values of a fixed collection with one group. */
export function pairs(collection: unknown, group: string): Record<string, string> {
	const entries = ((collection ?? {}) as Record<string, unknown>)[group];
	const list = Array.isArray(entries) ? (entries as { name?: unknown; value?: unknown }[]) : [];
	return Object.fromEntries(list.map(({ name, value }) => [text(name), text(value)]));
}

function text(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/** What the user gave as a number in a collection; undefined for nothing. */
export function given(value: unknown): number | undefined {
	return value === undefined || value === null || value === '' ? undefined : Number(value);
}

/** Options of an operation by their names. */
export function optionValues(context: IExecuteFunctions, itemIndex: number): Record<string, unknown> {
	return context.getNodeParameter('options', itemIndex, {});
}
