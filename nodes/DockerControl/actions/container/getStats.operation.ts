import { Output, type Operation } from '../operation';
import { containerLocator, containerReference, forOperations } from './common.descriptions';
import { containerFilters, filterParameters } from './filters';

export const getStats: Operation = {
	description: forOperations(
		['getStats'],
		[
			{
				displayName: 'Containers',
				name: 'scope',
				type: 'options',
				default: 'one',
				options: [
					{ name: 'All That Fit', value: 'many', description: 'An item for each container the filters fit' },
					{ name: 'One', value: 'one' },
				],
			},
			{ ...containerLocator, displayOptions: { show: { scope: ['one'] } } },
			{ ...containerFilters, displayOptions: { show: { scope: ['many'] } } },
		],
	),
	async execute(context, { containers, signal }, itemIndex) {
		if (context.getNodeParameter('scope', itemIndex, 'one') !== 'many') {
			return [{ ...(await containers.stats(containerReference(context, itemIndex), signal)) }];
		}
		const outcomes = await containers.statsOfMany(filterParameters(context, itemIndex), signal);
		return outcomes.map((outcome) => ('stats' in outcome ? { ...outcome.stats } : new Output(outcome)));
	},
};
