import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { commandOf } from '../../../src/shared';
import { listOf, rowsOf, text, type Row } from './values';

/** The fields on containers as a part of the definition of a site. */
export function consistencyFields(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: (name: string) => unknown,
): Row {
	const options = parameter('consistencyOptions');
	const given = (typeof options === 'object' && options !== null ? options : {}) as Row;
	const containers = listOf(parameter('containers'));
	const hooks = rowsOf(parameter('hooks'), 'hook').map((row) => hook(row, context, itemIndex));
	const { protected: protectedNames, ...rules } = given;
	const mode = parameter('consistency') || 'none';
	const isPlain = hooks.length === 0 && Object.keys(rules).length === 0;
	return {
		...(!Array.isArray(containers) || containers.length > 0 ? { containers } : {}),
		consistency: isPlain ? mode : { mode, ...rules, hooks },
		...(protectedNames === undefined ? {} : { protected: listOf(protectedNames) }),
	};
}

function hook(row: Row, context: IExecuteFunctions, itemIndex: number): Row {
	const { container, timeoutSeconds, user } = row;
	const commands = ['before', 'after'].flatMap((when) => {
		const written = text(row[when]);
		if (written === '') return [];
		const command = typeof written === 'string' ? commandOf(written) : written;
		if (command !== undefined) return [[when, command] as const];
		throw new NodeOperationError(
			context.getNode(),
			`The program ${when} the backup of the container "${String(text(container))}" cannot be read.`,
			{
				itemIndex,
				description: 'Close every quote, or write a JSON array such as ["maintenance", "on"].',
			},
		);
	});
	return {
		container: text(container),
		...Object.fromEntries(commands),
		...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
		...(text(user) === '' ? {} : { user: text(user) }),
	};
}
