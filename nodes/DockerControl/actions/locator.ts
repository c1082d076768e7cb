import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

export interface LocatorOptions {
	displayName: string;
	/** Of the parameter. */
	name: string;
	description: string;
	/** In `methods.listSearch`. */
	searchListMethod: string;
	placeholder: string;
	/** What a name looks like, and how to say it. */
	regex: string;
	errorMessage: string;
	/** Whether it can be given by its id as well. */
	byId: boolean;
}

/** A field in which one thing of the engine is chosen from a list, by name or by id. */
export function locator(options: LocatorOptions): INodeProperties {
	const { displayName, name, description, searchListMethod, placeholder, regex, errorMessage, byId } =
		options;
	const validation = (pattern: string, message: string) => [
		{ type: 'regex', properties: { regex: pattern, errorMessage: message } },
	];
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
				displayName: 'By Name',
				name: 'name',
				type: 'string',
				placeholder,
				validation: validation(regex, errorMessage),
			},
			...(byId
				? [
						{
							displayName: 'By ID',
							name: 'id',
							type: 'string' as const,
							placeholder: 'e.g. 1f2e3d4c5b6a',
							validation: validation('^(sha256:)?[0-9a-f]+$', 'An id holds the digits 0-9 and a-f only'),
						},
					]
				: []),
		],
	};
}

/** What the user chose there, as the name or id it stands for. @throws NodeOperationError naming the field */
export function locatedReference(
	context: IExecuteFunctions,
	itemIndex: number,
	{ name, displayName }: Pick<LocatorOptions, 'name' | 'displayName'>,
): string {
	const value: unknown = context.getNodeParameter(name, itemIndex, '', { extractValue: true });
	if (typeof value === 'string') return value;
	// A name of digits only comes out of an expression as a number.
	if (typeof value === 'number') return String(value);
	const kind = value === null || value === undefined ? 'nothing' : `a value of the kind "${typeof value}"`;
	throw new NodeOperationError(
		context.getNode(),
		`"${displayName}" is neither a name nor an ID but ${kind}.`,
		{ itemIndex, description: 'See what the expression in that field gives for this item.' },
	);
}
