import type { INodeProperties } from 'n8n-workflow';

/** What tells entries of a list apart. */
export const name = (placeholder: string, description: string): INodeProperties => ({
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	required: true,
	placeholder,
	description,
});

/** A list of entries that the user adds one by one. */
export function entries(
	displayName: string,
	parameter: string,
	group: string,
	description: string,
	values: INodeProperties[],
): INodeProperties {
	const entry = `${group.charAt(0).toUpperCase()}${group.slice(1)}`;
	return {
		displayName,
		name: parameter,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: `Add ${entry}`,
		default: {},
		description,
		options: [{ displayName: entry, name: group, values }],
	};
}
