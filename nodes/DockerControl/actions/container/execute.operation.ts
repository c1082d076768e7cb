import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type { ExecuteResult } from '../../../../src/docker';
import { maskSecrets } from '../../../../src/shared';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import { Output, type Operation } from '../operation';
import { commandField, commandParameter, environmentField, given, optionValues, pairs } from './command';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

const kibibyte = 1024;

export const execute: Operation = {
	description: forOperations(
		['execute'],
		[
			containerLocator,
			{ ...commandField, required: true },
			optionsOf([
				dryRun,
				environmentField,
				{
					displayName: 'Error on Failure',
					name: 'errorOnFailure',
					type: 'boolean',
					default: false,
					description: 'Whether an exit code other than 0, and a time-out, is an error of the node',
				},
				{
					displayName: 'Output as File',
					name: 'asFile',
					type: 'boolean',
					default: false,
					description: 'Whether standard output becomes binary data, whole and unchanged',
				},
				{
					displayName: 'Output Limit (KiB)',
					name: 'outputLimitKib',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 262144 },
					default: 1024,
					description: 'How much of each stream is kept, the end of it. As a file, more is an error.',
				},
				{
					displayName: 'Timeout (Seconds)',
					name: 'timeoutSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 86400 },
					default: 60,
					description: 'After so long the program is ended in the container, with its children',
				},
				{
					displayName: 'User',
					name: 'user',
					type: 'string',
					default: '',
					placeholder: 'e.g. www-data or 33:33',
				},
				{
					displayName: 'Working Directory',
					name: 'workingDirectory',
					type: 'string',
					default: '',
					placeholder: 'e.g. /srv/www',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const { parseCommand } = await import('../../../../src/docker/index.js');
		const options = optionValues(context, itemIndex);
		const asFile = options['asFile'] === true;
		const command = parseCommand(commandParameter(context.getNodeParameter('command', itemIndex, [])));
		const result = await containers.execute(containerReference(context, itemIndex), command, {
			environment: pairs(options['environment'], 'variables'),
			user: String(options['user'] ?? ''),
			workingDirectory: String(options['workingDirectory'] ?? ''),
			timeoutSeconds: given(options['timeoutSeconds']),
			outputLimitBytes: (given(options['outputLimitKib']) ?? kibibyte) * kibibyte,
			wholeOutput: asFile,
			dryRun: dryRunOf(options),
			signal,
		});
		if (options['errorOnFailure'] === true && !result.success && !result.dryRun) {
			throw failed(context, result, itemIndex);
		}
		if (!asFile || result.dryRun) return [{ ...summary(result), stdout: result.stdout.text() }];
		const data = await context.helpers.prepareBinaryData(
			result.stdout.bytes(),
			'output',
			'application/octet-stream',
		);
		return [new Output({ json: summary(result), binary: { data } })];
	},
};

function summary(result: ExecuteResult): IDataObject {
	const { name, id, success, exitCode, endedBySignal, timedOut, containerStopped, message, durationMs } =
		result;
	return {
		name,
		success,
		exitCode,
		message,
		stderr: result.stderr.text(),
		stdoutCut: result.stdout.isCut,
		stderrCut: result.stderr.isCut,
		endedBySignal,
		timedOut,
		containerStopped,
		durationMs,
		...(result.dryRun && { dryRun: true }),
		id,
	};
}

function failed(context: IExecuteFunctions, result: ExecuteResult, itemIndex: number): NodeOperationError {
	const said = maskSecrets(result.stderr.text().trim().slice(-500));
	const message = result.message ?? `The program ended with the exit code ${result.exitCode}.`;
	return new NodeOperationError(context.getNode(), `In "${result.name}": ${message}`, {
		itemIndex,
		description: said === '' ? 'It wrote nothing to standard error.' : `It wrote: ${said}`,
	});
}
