import type { IExecuteFunctions } from 'n8n-workflow';

import type { LogOptions } from '../../../../src/docker';
import { instantParameter } from '../../../shared/date-time';
import { limit, limitParameter, returnAll } from '../../../shared/limit';
import type { Operation } from '../operation';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const getLogs: Operation = {
	description: forOperations(
		['getLogs'],
		[
			containerLocator,
			returnAll,
			limit,
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				default: 'lines',
				options: [
					{ name: 'One Item per Line', value: 'lines', description: 'With time and stream of each line' },
					{
						name: 'One Text',
						value: 'text',
						description: 'All lines in one field, for a message or a model',
					},
				],
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Keep Control Characters',
						name: 'keepControlCharacters',
						type: 'boolean',
						default: false,
						description: 'Whether to keep colours and other terminal sequences',
					},
					{
						displayName: 'Since',
						name: 'since',
						type: 'dateTime',
						default: '',
						description: 'Only lines written at this time or later',
					},
					{
						displayName: 'Stream',
						name: 'stream',
						type: 'options',
						default: 'both',
						options: [
							{ name: 'Both', value: 'both' },
							{ name: 'Standard Error', value: 'stderr' },
							{ name: 'Standard Output', value: 'stdout' },
						],
					},
					{
						displayName: 'Until',
						name: 'until',
						type: 'dateTime',
						default: '',
						description: 'Only lines written before this time',
					},
				],
			},
		],
	),
	async execute(context, { containers, signal }, itemIndex) {
		const result = await containers.logs(
			containerReference(context, itemIndex),
			logOptions(context, itemIndex, signal),
		);
		if (result.truncated) {
			context.addExecutionHints({
				message: `The log of ${result.name} is longer than what fits; the oldest lines are left out. Set a limit or "Since".`,
				location: 'outputPane',
			});
		}
		const { id, name, lines, truncated } = result;
		if (context.getNodeParameter('output', itemIndex) === 'lines') {
			return lines.map((line) => ({ container: name, ...line }));
		}
		return [
			{
				id,
				name,
				text: lines.map(({ line }) => line).join('\n'),
				lineCount: lines.length,
				truncated,
			},
		];
	},
};

function logOptions(
	context: IExecuteFunctions,
	itemIndex: number,
	signal: AbortSignal | undefined,
): LogOptions {
	const options = context.getNodeParameter('options', itemIndex, {}) as {
		since?: string;
		until?: string;
		stream?: 'both' | 'stdout' | 'stderr';
		keepControlCharacters?: boolean;
	};
	return {
		tail: limitParameter(context, itemIndex),
		since: instantParameter(context, itemIndex, 'Since', options.since),
		until: instantParameter(context, itemIndex, 'Until', options.until),
		stdout: options.stream !== 'stderr',
		stderr: options.stream !== 'stdout',
		keepControlCharacters: options.keepControlCharacters,
		signal,
	};
}
