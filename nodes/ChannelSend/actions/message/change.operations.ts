import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import { handOver, handOverOptions } from '../hand-over';
import { optionsOfItem, type Operation } from '../operation';
import {
	buttonsOf,
	buttonsOption,
	formatField,
	formatOf,
	perRowOption,
	textWith,
	valuesOption,
} from './fields';

const forOperations = forOperationsOf('message');

const messageId: INodeProperties = {
	displayName: 'Message ID',
	name: 'messageId',
	type: 'string',
	default: '',
	required: true,
	description: 'Of the message on the platform',
};

/** @throws NodeOperationError naming the field */
function needed(context: IExecuteFunctions, itemIndex: number, name: string, field: string): string {
	const value = textOf(context.getNodeParameter(name, itemIndex, ''));
	if (value !== undefined) return value;
	throw new NodeOperationError(context.getNode(), `"${field}" is empty.`, {
		itemIndex,
		description: 'See what the expression in that field gives for this item.',
	});
}

export const edit: Operation = {
	description: forOperations(
		['edit'],
		[
			messageId,
			{
				displayName: 'New Text',
				name: 'newText',
				type: 'string',
				typeOptions: { rows: 4 },
				default: '',
				required: true,
			},
			formatField,
			optionsOf(
				[buttonsOption, perRowOption, valuesOption, ...handOverOptions].sort((one, other) =>
					one.displayName.localeCompare(other.displayName),
				),
			),
		],
	),
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const text = textWith(context, session, itemIndex, 'newText', options);
		return await handOver(context, session, itemIndex, () => ({
			operation: 'edit',
			messageId: needed(context, itemIndex, 'messageId', 'Message ID'),
			text,
			format: formatOf(context, itemIndex),
			buttons: buttonsOf(options),
		}));
	},
};

export const deleteMessage: Operation = {
	description: forOperations(['delete'], [messageId, optionsOf(handOverOptions)]),
	destructive: true,
	async execute(context, session, itemIndex) {
		const [done] = await handOver(context, session, itemIndex, () => ({
			operation: 'delete',
			messageId: needed(context, itemIndex, 'messageId', 'Message ID'),
		}));
		return [{ ...done, ...(done && 'messageIds' in done && { deleted: true }) }];
	},
};

export const answerCallback: Operation = {
	description: forOperations(
		['answerCallback'],
		[
			{
				displayName: 'Callback ID',
				name: 'callbackId',
				type: 'string',
				default: '',
				description: 'Of the pressed button; by default that of what is answered',
			},
			{
				displayName: 'Notice',
				name: 'notice',
				type: 'string',
				default: '',
				description: 'Shown to who has pressed it, at most 200 characters',
			},
			{
				displayName: 'In a Box',
				name: 'alert',
				type: 'boolean',
				default: false,
				description: 'Whether it is shown in a box that has to be closed',
			},
			optionsOf(handOverOptions),
		],
	),
	async execute(context, session, itemIndex) {
		const notice = textOf(context.getNodeParameter('notice', itemIndex, ''));
		const given = textOf(context.getNodeParameter('callbackId', itemIndex, ''));
		return await handOver(context, session, itemIndex, ({ callbackId }) => ({
			operation: 'answerCallback',
			callbackId: given ?? callbackId ?? needed(context, itemIndex, 'callbackId', 'Callback ID'),
			...(notice !== undefined && { text: notice }),
			...(context.getNodeParameter('alert', itemIndex, false) === true && { alert: true }),
		}));
	},
};

export const sendTyping: Operation = {
	description: forOperations(['sendTyping'], [optionsOf(handOverOptions)]),
	async execute(context, session, itemIndex) {
		return await handOver(context, session, itemIndex, ({ messageId: answered }) => ({
			operation: 'typing',
			...(answered !== undefined && { messageId: answered }),
		}));
	},
};
