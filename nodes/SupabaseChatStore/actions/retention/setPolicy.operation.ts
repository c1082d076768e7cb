import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import type { RetentionChange } from '../../../../src/chat';
import { wholeNumber } from '../../../../src/shared';
import { yesOrNo } from '../../../shared/store/filters';
import { asList } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations, kinds } from './common.descriptions';
import { kindsOf } from './run.operation';

const days = (displayName: string, name: string, usual: number, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'number',
	typeOptions: { minValue: name === 'hiddenDays' ? 0 : 1, maxValue: 36_500 },
	default: usual,
	description,
});

export const setPolicy: Operation = {
	description: forOperations(
		['setPolicy'],
		[
			{
				displayName: 'Rules',
				name: 'rules',
				type: 'collection',
				placeholder: 'Add rule',
				default: {},
				description: 'What is not given stays as it is',
				options: [
					{
						displayName: 'Archive Messages',
						name: 'archives',
						type: 'boolean',
						default: true,
						description: 'Whether messages go into the archive before they are removed',
					},
					days(
						'Days of Archived Messages',
						'archiveDays',
						365,
						'How long archived messages stay, from when they were sent',
					),
					days('Days of Error Logs', 'errorLogDays', 30, 'How long recorded errors stay'),
					days(
						'Days of Hidden Messages',
						'hiddenDays',
						30,
						'How long deleted messages stay, from when they were deleted',
					),
					days(
						'Days of Messages',
						'messageDays',
						90,
						'How long messages stay, from when they were sent, each day of 24 hours',
					),
					{
						displayName: 'Inherit',
						name: 'inherit',
						type: 'multiOptions',
						options: [...kinds],
						default: [],
						description:
							'Of what the tenant has no rules of its own any more: those of the tenant "default" hold',
					},
				],
			},
		],
	),
	destructive: true,
	async execute(context, { store, chat }, itemIndex) {
		return [await chat.setRetentionPolicy(store, changeOf(context, itemIndex))];
	},
};

function changeOf(context: IExecuteFunctions, itemIndex: number): RetentionChange {
	const rules = context.getNodeParameter('rules', itemIndex, {}) as IDataObject;
	const number = (name: string, field: string, least = 1): number | undefined => {
		if (!(name in rules)) return undefined;
		try {
			return wholeNumber(field, rules[name], least, 36_500);
		} catch (thrown) {
			throw new NodeOperationError(context.getNode(), thrown as Error, { itemIndex });
		}
	};
	const keepDays = number('messageDays', 'Days of Messages');
	const hiddenDays = number('hiddenDays', 'Days of Hidden Messages', 0);
	const archiveDays = number('archiveDays', 'Days of Archived Messages');
	const errorLogDays = number('errorLogDays', 'Days of Error Logs');
	const messages = {
		...(keepDays !== undefined && { keepDays }),
		...(hiddenDays !== undefined && { hiddenDays }),
		...('archives' in rules && {
			archives: yesOrNo(context, itemIndex, 'Archive Messages', rules['archives']),
		}),
	};
	const change: RetentionChange = {
		...(Object.keys(messages).length > 0 && { messages }),
		...(archiveDays !== undefined && { archive: { keepDays: archiveDays } }),
		...(errorLogDays !== undefined && { errorLogs: { keepDays: errorLogDays } }),
	};
	const inherited =
		asList(rules['inherit']).length > 0 ? kindsOf(context, itemIndex, rules['inherit'], kinds) : [];
	for (const kind of inherited) {
		if (change[kind]) {
			throw new NodeOperationError(context.getNode(), `A rule for "${kind}" is both set and inherited.`, {
				itemIndex,
				description: 'Remove it under "Inherit", or the days beside it.',
			});
		}
		change[kind] = null;
	}
	return change;
}
