import { NodeOperationError, type IDataObject, type INodeProperties } from 'n8n-workflow';

import { asList, textOf } from '../../../shared/values';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { handOver, handOverOptions } from '../hand-over';
import { optionsOfItem, type Operation } from '../operation';
import {
	buttonsOf,
	buttonsOption,
	formatField,
	formatOf,
	perRowOption,
	quoteOption,
	silentOption,
	textWith,
	valuesOption,
} from './fields';

const forOperations = forOperationsOf('message');
const sorted = (options: INodeProperties[]): INodeProperties =>
	optionsOf(
		[...options, ...handOverOptions].sort((one, other) => one.displayName.localeCompare(other.displayName)),
	);

const textField: INodeProperties = {
	displayName: 'Text',
	name: 'text',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	description: 'Of any length: what is too long for one message goes in several',
};

const templateName: INodeProperties = {
	displayName: 'Template Name',
	name: 'templateName',
	type: 'string',
	default: '',
	required: true,
	description: 'As it is registered at WhatsApp, or the Content SID of Twilio',
};

export const send: Operation = {
	description: forOperations(
		['send'],
		[
			textField,
			formatField,
			sorted([
				buttonsOption,
				perRowOption,
				{
					displayName: 'Fallback Language',
					name: 'fallbackLanguage',
					type: 'string',
					default: 'en',
					description: 'Of the fallback template',
				},
				{
					displayName: 'Fallback Template',
					name: 'fallbackTemplate',
					type: 'string',
					default: '',
					description: 'Sent in place of the text when WhatsApp takes no free text any more',
				},
				{
					displayName: 'No Preview',
					name: 'noPreview',
					type: 'boolean',
					default: false,
					description: 'Whether links are shown without a preview',
				},
				quoteOption,
				silentOption,
				valuesOption,
			]),
		],
	),
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const text = textWith(context, session, itemIndex, 'text', options);
		const fallback = textOf(options['fallbackTemplate']);
		return await handOver(context, session, itemIndex, ({ messageId }) => ({
			operation: 'message',
			text,
			format: formatOf(context, itemIndex),
			buttons: buttonsOf(options),
			...(options['quote'] === true && messageId !== undefined && { replyTo: messageId }),
			...(options['silent'] === true && { silent: true }),
			...(options['noPreview'] === true && { noPreview: true }),
			...(fallback !== undefined && {
				fallback: { name: fallback, language: textOf(options['fallbackLanguage']) ?? 'en' },
			}),
		}));
	},
};

export const sendMedia: Operation = {
	description: forOperations(
		['sendMedia'],
		[
			{
				displayName: 'Files',
				name: 'files',
				type: 'fixedCollection',
				typeOptions: { multipleValues: true, sortable: true },
				placeholder: 'Add File',
				default: {},
				required: true,
				description: 'Several are an album on Telegram, and messages of their own elsewhere',
				options: [
					{
						displayName: 'File',
						name: 'file',
						values: [
							{
								displayName: 'Kind',
								name: 'kind',
								type: 'options',
								options: [
									{ name: 'Animation', value: 'animation' },
									{ name: 'Audio', value: 'audio' },
									{ name: 'Document', value: 'document' },
									{ name: 'Photo', value: 'photo' },
									{ name: 'Sticker', value: 'sticker' },
									{ name: 'Video', value: 'video' },
									{ name: 'Voice', value: 'voice' },
								],
								default: 'photo',
							},
							{
								displayName: 'URL or File ID',
								name: 'source',
								type: 'string',
								default: '',
								placeholder: 'e.g. https://files.example.com/menu.jpg',
								description: 'Where the platform fetches it, or the ID that it has there',
							},
							{ displayName: 'Caption', name: 'caption', type: 'string', default: '' },
							{ displayName: 'File Name', name: 'fileName', type: 'string', default: '' },
						],
					},
				],
			},
			formatField,
			sorted([buttonsOption, perRowOption, quoteOption, silentOption]),
		],
	),
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const files = context.getNodeParameter('files.file', itemIndex, []) as IDataObject[];
		if (files.length === 0)
			throw new NodeOperationError(context.getNode(), 'No file is given.', {
				itemIndex,
				description: 'Add one under "Files".',
			});
		return await handOver(context, session, itemIndex, ({ messageId }) => ({
			operation: 'media',
			media: files.map(mediaOf),
			format: formatOf(context, itemIndex),
			buttons: buttonsOf(options),
			...(options['quote'] === true && messageId !== undefined && { replyTo: messageId }),
			...(options['silent'] === true && { silent: true }),
		}));
	},
};

function mediaOf({ kind, source, caption, fileName }: IDataObject) {
	const where = textOf(source) ?? '';
	const [said, name] = [textOf(caption), textOf(fileName)];
	return {
		kind: kind as 'photo',
		...(/^https?:\/\//i.test(where) ? { url: where } : { fileId: where }),
		...(said !== undefined && { caption: said }),
		...(name !== undefined && { fileName: name }),
	};
}

export const sendTemplate: Operation = {
	description: forOperations(
		['sendTemplate'],
		[
			templateName,
			{
				displayName: 'Language',
				name: 'templateLanguage',
				type: 'string',
				default: 'en',
				required: true,
				placeholder: 'e.g. en_US',
			},
			{
				displayName: 'Template Values',
				name: 'templateValues',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				description: 'One a line, for its places in their order; an expression may give a list',
			},
			sorted([]),
		],
	),
	async execute(context, session, itemIndex) {
		const given: unknown = context.getNodeParameter('templateValues', itemIndex, '');
		// By lines only: a value may hold a comma.
		const values = Array.isArray(given)
			? asList(given)
			: String(given ?? '')
					.split('\n')
					.filter((line) => line !== '');
		return await handOver(context, session, itemIndex, () => ({
			operation: 'template',
			name: String(context.getNodeParameter('templateName', itemIndex)),
			language: String(context.getNodeParameter('templateLanguage', itemIndex)),
			values,
		}));
	},
};
