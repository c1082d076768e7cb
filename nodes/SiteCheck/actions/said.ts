import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import type { Marked } from '../../../src/check';
import type { Outcome } from '../../shared/each-item';
import { instantParameter } from '../../shared/date-time';
import { asText } from '../../shared/values';
import { options, optionsOf, type Call } from './operation';
import { setProperty } from './set';

const mostCharacters = 500;

const check: INodeProperties = {
	displayName: 'Check',
	name: 'check',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. shop/Front page',
	description: 'Name of the check as the results show it under "key"; "*" stands for any characters',
};

export const whichCheck: INodeProperties[] = [setProperty, check];

/** Who says what of which checks. */
export const sayings: INodeProperties[] = [
	...whichCheck,
	{
		displayName: 'By',
		name: 'by',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. Ada',
		description: 'Who says so; shown in the report',
	},
	options([
		{ displayName: 'Note', name: 'note', type: 'string', default: '', description: 'Shown in the report' },
		{
			displayName: 'Until',
			name: 'until',
			type: 'dateTime',
			default: '',
			description: 'When it ends by itself. Without an offset it is meant in the time zone of the workflow.',
		},
	]),
];

export function checkParameter({ context, itemIndex }: Call): string {
	return asText(context.getNodeParameter('check', itemIndex));
}

/** @throws NodeOperationError naming the field */
export function saidParameters(call: Call): {
	name: string;
	by: string;
	note: string;
	until: number | undefined;
} {
	const { context, itemIndex } = call;
	const { note, until } = optionsOf(call);
	return {
		name: checkParameter(call),
		by: bounded(call, 'By', asText(context.getNodeParameter('by', itemIndex))) || 'somebody',
		note: bounded(call, 'Note', asText(note)),
		until: instantParameter(context, itemIndex, 'Until', until)?.getTime(),
	};
}

/** No more than the memory of the checks holds. */
function bounded({ context, itemIndex }: Call, field: string, text: string): string {
	if (text.length <= mostCharacters) return text;
	throw new NodeOperationError(
		context.getNode(),
		`"${field}" has ${text.length} characters; ${mostCharacters} are the most.`,
		{ itemIndex, description: 'Say it shorter.' },
	);
}

export const items = (marked: readonly Marked[]): Outcome[] => marked.map((one) => ({ json: { ...one } }));
