import type { IExecuteFunctions } from 'n8n-workflow';

import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { commandField, commandParameter, optionValues, pairs } from './command';
import { forOperations } from './common.descriptions';
import { definitionFields } from './create.fields';
import { limitParameters } from './limits';

export const create: Operation = {
	description: forOperations(
		['create'],
		[
			{
				displayName: 'Name',
				name: 'newName',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. shop-web',
				description: 'The credential must cover it',
			},
			{
				displayName: 'Image',
				name: 'image',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. nginx:1.27',
			},
			{
				...commandField,
				description: `In place of the image's own: the program and each argument in a field of its own`,
			},
			{
				displayName: 'Definition',
				name: 'definition',
				type: 'collection',
				placeholder: 'Add field',
				default: {},
				options: definitionFields,
			},
			optionsOf([
				dryRun,
				{
					displayName: 'Pull Image If Missing',
					name: 'pull',
					type: 'boolean',
					default: false,
					description: 'Whether the engine gets the image from its registry when it has not',
				},
				{
					displayName: 'Start',
					name: 'start',
					type: 'boolean',
					default: false,
					description: 'Whether to start the container afterwards',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const options = optionValues(context, itemIndex);
		const result = await containers.create(definitionParameters(context, itemIndex), {
			start: options['start'] === true,
			pull: options['pull'] === true,
			dryRun: dryRunOf(options),
			signal,
		});
		return [{ ...result }];
	},
};

function definitionParameters(context: IExecuteFunctions, itemIndex: number): Record<string, unknown> {
	const fields = context.getNodeParameter('definition', itemIndex, {}) as Record<string, unknown>;
	const command = commandParameter(context.getNodeParameter('command', itemIndex, []));
	const limits = (fields['limits'] as { values?: Record<string, unknown> } | undefined)?.values ?? {};
	const entries = (name: string): Record<string, unknown>[] =>
		(fields[name] as { entries?: Record<string, unknown>[] } | undefined)?.entries ?? [];
	const healthCheck = fields['healthCheck'];
	// The library reads it field by field and names what is wrong.
	return {
		name: String(context.getNodeParameter('newName', itemIndex)),
		image: String(context.getNodeParameter('image', itemIndex)),
		command: Array.isArray(command) && command.length === 0 ? undefined : command || undefined,
		environment: pairs(fields['environment'], 'variables'),
		labels: pairs(fields['labels'], 'entries'),
		mounts: entries('mounts').map(({ type = 'volume', source, target, readOnly }) => ({
			type,
			target,
			...(type !== 'tmpfs' && { readOnly: readOnly === true }),
			...(source !== undefined && source !== '' && { source }),
		})),
		networks: entries('networks').map(({ name, aliases }) => ({
			name,
			aliases: String(aliases ?? '')
				.split(/[\s,]+/)
				.filter(Boolean),
		})),
		ports: entries('ports').map(({ hostPort, ...one }) => ({ ...one, ...(hostPort ? { hostPort } : {}) })),
		...limitParameters(limits),
		healthCheck: typeof healthCheck === 'string' ? fromJson(healthCheck) : healthCheck,
		user: fields['user'] || undefined,
		workingDirectory: fields['workingDirectory'] || undefined,
	};
}

function fromJson(text: string): unknown {
	if (text.trim() === '') return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
