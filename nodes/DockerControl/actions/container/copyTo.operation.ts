import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { optionValues } from './command';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const copyTo: Operation = {
	description: forOperations(
		['copyTo'],
		[
			containerLocator,
			{
				displayName: 'Input Binary Field',
				name: 'binaryPropertyName',
				type: 'string',
				default: 'data',
				required: true,
				hint: 'The name of the input binary field containing the file to be copied',
			},
			{
				displayName: 'Path',
				name: 'path',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. /etc/nginx/nginx.conf',
				description: 'Of the file in the container, with its name; the folder must exist',
			},
			optionsOf([
				dryRun,
				{
					displayName: 'Mode',
					name: 'mode',
					type: 'string',
					default: '0644',
					placeholder: 'e.g. 0600',
					description: 'Permission bits of the file in octal',
				},
				{
					displayName: 'Owner',
					name: 'owner',
					type: 'string',
					default: '0:0',
					placeholder: 'e.g. 1000:1000',
					description: 'Numbers of the user and the group that own the file',
				},
				{
					displayName: 'Unpack Archive',
					name: 'unpack',
					type: 'boolean',
					default: false,
					description: 'Whether the file is a tar archive that is unpacked into the path, which is a folder',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const path = String(context.getNodeParameter('path', itemIndex));
		const field = String(context.getNodeParameter('binaryPropertyName', itemIndex, 'data'));
		context.helpers.assertBinaryData(itemIndex, field);
		const content = await context.helpers.getBinaryDataBuffer(itemIndex, field);
		const options = optionValues(context, itemIndex);
		const result = await containers.copyTo(containerReference(context, itemIndex), path, content, {
			mode: String(options['mode'] ?? ''),
			owner: String(options['owner'] ?? ''),
			unpack: options['unpack'] === true,
			dryRun: dryRunOf(options),
			signal,
		});
		return [{ ...result }];
	},
};
