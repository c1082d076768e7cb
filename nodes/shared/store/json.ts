import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

/** JSON of a field, or what an expression gives there. @throws NodeOperationError naming the field */
export function jsonValue(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	given: unknown,
): unknown {
	if (typeof given !== 'string') return given;
	try {
		return JSON.parse(given) as unknown;
	} catch {
		throw new NodeOperationError(context.getNode(), `"${field}" is not JSON.`, {
			itemIndex,
			description: 'See what the expression in that field gives for this item.',
		});
	}
}

/** @throws NodeOperationError naming the field */
export function jsonObject(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	given: unknown,
): Record<string, unknown> {
	const value = jsonValue(context, itemIndex, field, given);
	if (typeof value === 'object' && value !== null && !Array.isArray(value))
		return value as Record<string, unknown>;
	throw new NodeOperationError(context.getNode(), `"${field}" is not an object.`, {
		itemIndex,
		description: 'Give it as {"name": "value"}.',
	});
}
