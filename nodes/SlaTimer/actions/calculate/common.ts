import { DateTime } from 'luxon';
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { forOperationsOf } from '../../../shared/fields';
import { asText } from '../../../shared/values';
import type { Session } from '../operation';

export const forOperations = forOperationsOf('calculate');

/** An instant of a question. */
export const instant = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'dateTime',
	default: '',
	description: `${description}. Without an offset it is a time of the schedule's zone; empty: now.`,
});

export const explain: INodeProperties = {
	displayName: 'Explain',
	name: 'explain',
	type: 'boolean',
	default: false,
	description: 'Whether to tell each part of the time, whether it counted, and why not',
};

/** @returns milliseconds since 1970 @throws SlaError `invalid_input` naming the field */
export function instantOf(
	context: IExecuteFunctions,
	{ sla }: Session,
	itemIndex: number,
	name: string,
	timezone: string,
): number {
	const given: unknown = context.getNodeParameter(name, itemIndex, '');
	if (DateTime.isDateTime(given)) return given.toMillis();
	const text = given instanceof Date ? given.toISOString() : asText(given);
	return text === '' ? Date.now() : sla.readInstant(text, timezone, name);
}

/** The same instant for people of the schedule's zone, and for programs. */
export function both({ sla }: Session, name: string, ms: number, timezone: string): Record<string, string> {
	return { [name]: sla.formatInstant(ms, timezone), [`${name}Utc`]: new Date(ms).toISOString() };
}
