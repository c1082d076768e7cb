import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { yesOrNo } from '../../shared/store/filters';
import { idOf } from '../../shared/store/locators';
import { asText, textOf } from '../../shared/values';

type More = Partial<INodeProperties>;

/** A field for a text. */
export const text = (displayName: string, name: string, more: More = {}): INodeProperties => ({
	...{ displayName, name, type: 'string', default: '', ...more },
});

/** A field for a number of the store; text, for it is mostly an expression. */
export const id = (displayName: string, name: string, from: string, more: More = {}): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: `={{ $json.${from} }}`,
	required: true,
	description: 'The ID in the store',
	...more,
});

/** A switch among options: added, it is on. */
export const yes = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'boolean',
	default: true,
	description,
});

/** @throws NodeOperationError naming the field */
export const idParameter = (
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	name: string,
): number => idOf(context, itemIndex, field, context.getNodeParameter(name, itemIndex));

/** An ID that may be left blank, or 0. @throws NodeOperationError naming the field */
export function optionalId(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	given: unknown,
): number | undefined {
	return ['', '0'].includes(asText(given)) ? undefined : idOf(context, itemIndex, field, given);
}

/** The texts among options that say something. */
export function textsOf<Name extends string>(
	options: IDataObject,
	...names: Name[]
): Partial<Record<Name, string>> {
	const found: Partial<Record<Name, string>> = {};
	for (const name of names) {
		const said = textOf(options[name]);
		if (said !== undefined) found[name] = said;
	}
	return found;
}

/** The switches among options that were set. @throws NodeOperationError naming the field */
export function yesesOf<Name extends string>(
	context: IExecuteFunctions,
	itemIndex: number,
	options: IDataObject,
	fields: Record<Name, string>,
): Partial<Record<Name, boolean>> {
	const found: Partial<Record<Name, boolean>> = {};
	for (const name of Object.keys(fields) as Name[])
		if (name in options && options[name] !== '')
			found[name] = yesOrNo(context, itemIndex, fields[name], options[name]);
	return found;
}
