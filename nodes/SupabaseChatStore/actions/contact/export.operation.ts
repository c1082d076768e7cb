import { Readable } from 'node:stream';

import { contactLocator, contactName } from '../../../shared/store/locators';
import { FileOutput, type Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const exportContact: Operation = {
	description: forOperations(
		['export'],
		[
			contactLocator,
			{
				displayName: 'Put Output File in Field',
				name: 'binaryPropertyName',
				type: 'string',
				default: 'data',
				required: true,
				hint: 'The name of the output binary field to put the file in',
			},
		],
	),
	forPeople: true,
	async execute(context, { store, chat, signal, fieldKeys }, itemIndex) {
		const field: string = context.getNodeParameter('binaryPropertyName', itemIndex);
		const lines = chat.exportContact(store, contactName(context, itemIndex), {
			fieldKeys,
			...(signal && { signal }),
		});
		let last = '';
		async function* noted(): AsyncGenerator<Buffer> {
			for await (const line of lines) {
				last = line;
				yield Buffer.from(line);
			}
		}
		const file = await context.helpers.prepareBinaryData(
			Readable.from(noted()),
			'export.ndjson',
			'application/x-ndjson',
		);
		const { counts, sha256 } = JSON.parse(last) as { counts: object; sha256: string };
		return [new FileOutput({ counts: { ...counts }, sha256 }, { [field]: file })];
	},
};
