import { DateTime } from 'luxon';
import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

/**
 * Reads a date and time a user gave (ISO 8601). Without an offset it is meant in the time zone of the workflow.
 *
 * @returns undefined when the field is empty
 * @throws NodeOperationError naming the field
 */
export function instantParameter(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	value: unknown,
): Date | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const zone = context.getTimezone();
	const instant = DateTime.isDateTime(value) ? value : DateTime.fromISO(String(value), { zone });
	if (instant.isValid) return instant.toJSDate();
	throw new NodeOperationError(context.getNode(), `"${field}" is not a date and time: ${String(value)}`, {
		itemIndex,
		description:
			'Give it as in 2026-03-29T02:00:00 or 2026-03-29T02:00:00+01:00, or choose it with the date picker.',
	});
}
