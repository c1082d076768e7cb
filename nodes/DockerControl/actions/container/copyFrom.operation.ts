import { optionsOf } from '../../../shared/fields';
import { Output, type Operation } from '../operation';
import { given, optionValues } from './command';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

const megabyte = 1e6;

export const copyFrom: Operation = {
	description: forOperations(
		['copyFrom'],
		[
			containerLocator,
			{
				displayName: 'Path',
				name: 'path',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. /etc/nginx/nginx.conf',
				description: 'A file or folder in the container; a folder comes as a tar archive',
			},
			{
				displayName: 'Put Output File in Field',
				name: 'binaryPropertyName',
				type: 'string',
				default: 'data',
				required: true,
				hint: 'The name of the output binary field to put the file in',
			},
			optionsOf([
				{
					displayName: 'Size Limit (MB)',
					name: 'sizeLimitMb',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 10000 },
					default: 100,
					description: 'More than this is refused',
				},
			]),
		],
	),
	async execute(context, { containers, signal }, itemIndex) {
		const path = String(context.getNodeParameter('path', itemIndex));
		const field = String(context.getNodeParameter('binaryPropertyName', itemIndex, 'data'));
		const limitBytes = (given(optionValues(context, itemIndex)['sizeLimitMb']) ?? 100) * megabyte;
		const reference = containerReference(context, itemIndex);
		const { content, ...json } = await containers.copyFrom(reference, path, { limitBytes, signal });
		const isFolder = json.kind === 'folder';
		const file = await context.helpers.prepareBinaryData(
			content,
			isFolder ? `${json.name || 'root'}.tar` : json.name,
			isFolder ? 'application/x-tar' : undefined,
		);
		return [new Output({ json: { ...json }, binary: { [field]: file } })];
	},
};
