import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import { parseInput, timeZoneField } from '../../../src/shared';
import { asText } from '../../shared/values';
import { optionsOf, type Call } from './operation';

export const timeZoneProperty: INodeProperties = {
	displayName: 'Time Zone',
	name: 'timeZone',
	type: 'string',
	default: '',
	placeholder: 'e.g. Europe/Berlin',
};

/** The time zone of the options, else that of the workflow. @throws NodeOperationError for one that does not exist */
export function timeZoneOf(call: Call): string {
	const { context, itemIndex } = call;
	const { timeZone } = optionsOf(call);
	if (timeZone === undefined || timeZone === null || timeZone === '') return context.getTimezone();
	const parsed = parseInput(timeZoneField, timeZone);
	if (parsed.ok) return parsed.value;
	throw new NodeOperationError(context.getNode(), `"Time Zone" is no time zone: ${asText(timeZone)}.`, {
		itemIndex,
		description: 'Give the name of one, such as Europe/Berlin or UTC.',
	});
}
