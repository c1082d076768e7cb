import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { OpsdeskError } from '../../../../src/shared';
import type { PolicyKey } from '../../../../src/sla';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { asText } from '../../../shared/values';

/** Whose promises they are. */
export const layer: INodeProperties = {
	displayName: 'Promises Of',
	name: 'layer',
	type: 'options',
	options: [
		{ name: 'Everybody', value: 'default', description: 'Of all tenants; kept by the tenant "default"' },
		{ name: 'One Conversation', value: 'chat' },
		{ name: 'The Tenant', value: 'tenant' },
		{ name: 'Tier', value: 'tier', description: 'Of all conversations of a tier' },
	],
	default: 'tenant',
	description: 'A conversation is over its tier, the tier over the tenant, the tenant over everybody',
};

export const layerFields: INodeProperties[] = [
	layer,
	{ ...conversationLocator, displayOptions: { show: { layer: ['chat'] } } },
	{
		displayName: 'Tier',
		name: 'tier',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. vip',
		displayOptions: { show: { layer: ['tier'] } },
	},
];

/** @throws NodeOperationError, OpsdeskError `invalid_input` naming the field */
export function layerOf(context: IExecuteFunctions, itemIndex: number): PolicyKey {
	const chosen = asText(context.getNodeParameter('layer', itemIndex));
	if (chosen === 'chat') return { layer: chosen, key: conversationName(context, itemIndex) };
	if (chosen === 'tenant' || chosen === 'default') return { layer: chosen };
	if (chosen === 'tier')
		return { layer: chosen, key: asText(context.getNodeParameter('tier', itemIndex, '')) };
	throw new OpsdeskError(
		'invalid_input',
		`"Promises Of" is none of those that are known: ${chosen.slice(0, 60)}`,
		'Use one of chat, tier, tenant, default.',
	);
}
