import type { LayerName } from '../../../../src/sla';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { choice, filtersOf } from '../../../shared/store/record-fields';
import { asText } from '../../../shared/values';
import { optionsOfItem, type Operation } from '../operation';
import { policyFields, policyOf } from './fields';
import { layer, layerFields, layerOf } from './layer';

const forOperations = forOperationsOf('policy');

export const createOrUpdate: Operation = {
	description: forOperations(
		['createOrUpdate'],
		[
			...layerFields,
			...policyFields,
			optionsOf([
				{
					displayName: 'Monitored',
					name: 'monitored',
					type: 'boolean',
					default: true,
					description: 'Whether timers are started at all; those that run go on',
				},
				{
					displayName: 'Schedule Name',
					name: 'scheduleName',
					type: 'string',
					default: '',
					placeholder: 'e.g. Office',
					description:
						'The working hours that count. Empty: those of the next layer, or the default schedule.',
				},
			]),
		],
	),
	// It decides who is told of what.
	destructive: true,
	async execute(context, { sla, store }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const policy = policyOf(context, itemIndex);
		const name = asText(options['scheduleName']);
		return [
			await sla.savePolicy(await store(), {
				...layerOf(context, itemIndex),
				...(policy !== undefined && { policy }),
				...('scheduleName' in options && { schedule: name === '' ? null : { name } }),
				...('monitored' in options && {
					monitored: yesOrNo(context, itemIndex, 'Monitored', options['monitored']),
				}),
			}),
		];
	},
};

const filters = [choice('Promises Of', 'layer', layer.options, { default: 'tier' })];

export const getMany: Operation = {
	description: forOperations(['getMany'], manyFields(filters.map(({ property }) => property))),
	async execute(context, { sla, store }, itemIndex) {
		const query = filtersOf<{ layer?: LayerName }>(context, itemIndex, filters);
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await sla.getPolicies(own, query, page));
	},
};

export const remove: Operation = {
	description: forOperations(['delete'], layerFields),
	destructive: true,
	async execute(context, { sla, store }, itemIndex) {
		return [await sla.deletePolicy(await store(), layerOf(context, itemIndex))];
	},
};

export const resolve: Operation = {
	description: forOperations(['resolve'], [conversationLocator]),
	async execute(context, { sla, store }, itemIndex) {
		return [await sla.resolveFor(await store(), conversationName(context, itemIndex))];
	},
};
