import type { INodeProperties } from 'n8n-workflow';

import type { SpamExample } from '../../../../src/decide';
import { wholeNumber } from '../../../../src/shared';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { limit, returnAll } from '../../../shared/limit';
import { resourceDescription } from '../../../shared/resource';
import { instants } from '../../../shared/store/filters';
import { jsonValue } from '../../../shared/store/json';
import { itemsOf } from '../../../shared/store/pages';
import { asText } from '../../../shared/values';
import { text, yes, yesesOf } from '../fields';
import { optionsOfItem, type Operation } from '../operation';

const forOperations = forOperationsOf('spamModel');

const train: Operation = {
	description: forOperations(
		['train'],
		[
			optionsOf([
				{
					...yes(
						'Activate',
						'activate',
						'Whether messages are judged by it from now on, where it is not worse than the active model on corrections that were held out',
					),
					default: false,
				},
				yes(
					'Activate Even If Worse',
					'evenIfWorse',
					'Whether Activate holds also where it blocks more messages that are no spam, or finds less spam',
				),
				{
					displayName: 'Examples at Least',
					name: 'fewest',
					type: 'number',
					typeOptions: { minValue: 2 },
					default: 40,
					description: 'With fewer different texts nothing is learnt',
				},
				yes(
					'Include Uncorrected',
					'includeUncorrected',
					'Whether messages that nobody has set right count as what they were taken for',
				),
				{
					displayName: 'Seeds',
					name: 'seeds',
					type: 'json',
					default: '[]',
					description: 'Examples to begin with, as a list of {"text": "…", "spam": true}',
				},
				{
					displayName: 'Since',
					name: 'since',
					type: 'dateTime',
					default: '',
					description: 'Only what people said from then on',
				},
			]),
		],
	),
	// What it calls spam is silenced.
	destructive: true,
	async execute(context, { decide, store, signal }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		return [
			await decide.trainFromFeedback(await store(), {
				...yesesOf(context, itemIndex, options, {
					...{ activate: 'Activate', evenIfWorse: 'Activate Even If Worse' },
					includeUncorrected: 'Include Uncorrected',
				}),
				...('fewest' in options && {
					fewest: wholeNumber('Examples at Least', options['fewest'], 2, 1_000_000),
				}),
				// What they are, is looked at there.
				...('seeds' in options && {
					seeds: jsonValue(context, itemIndex, 'Seeds', options['seeds']) as SpamExample[],
				}),
				...instants(context, itemIndex, options, { since: 'Since' }),
				...(signal && { signal }),
			}),
		];
	},
};

const getMany: Operation = {
	description: forOperations(['getMany'], [returnAll, limit]),
	async execute(context, { decide, store }, itemIndex) {
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await decide.getSpamModels(own, page));
	},
};

const activate: Operation = {
	description: forOperations(
		['activate'],
		[text('Version', 'version', { required: true, description: 'As Get Many gives it' })],
	),
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		const version = asText(context.getNodeParameter('version', itemIndex));
		return [await decide.activateSpamModel(await store(), version)];
	},
};

export const operations: Record<string, Operation> = { activate, getMany, train };

export const description: INodeProperties[] = resourceDescription('spamModel', operations, [
	{
		name: 'Activate',
		value: 'activate',
		action: 'Activate a spam model',
		description: 'Let messages be judged by a version from now on',
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many spam models',
		description: 'Get all versions, the newest first',
	},
	{
		name: 'Train',
		value: 'train',
		action: 'Train a spam model',
		description: 'Learn what spam is from what people said of decisions; old models are kept',
	},
]);
