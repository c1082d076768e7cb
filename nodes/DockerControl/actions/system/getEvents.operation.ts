import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import { instantParameter } from '../../../shared/date-time';
import { limit, limitParameter, returnAll } from '../../../shared/limit';
import { asList, asText } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getEvents: Operation = {
	description: forOperations(
		['getEvents'],
		[
			{
				displayName: 'Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				required: true,
				description:
					'Only what has happened at this time or later. The engine remembers its newest 256 events, and none from before its start.',
			},
			{ ...returnAll, default: true },
			limit,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add filter',
				default: {},
				description: 'All given filters must fit',
				options: [
					{
						displayName: 'Compose Project',
						name: 'project',
						type: 'string',
						default: '',
						placeholder: 'e.g. shop',
					},
					{
						displayName: 'Events',
						name: 'events',
						type: 'string',
						default: '',
						placeholder: 'e.g. container:die, image:*',
						description: 'As type:action, separated by commas; * stands for any characters',
					},
					{
						displayName: 'Failures Only',
						name: 'failuresOnly',
						type: 'boolean',
						default: true,
						description: 'Whether to leave out ends of containers with exit code 0',
					},
					{
						displayName: 'Labels',
						name: 'labels',
						type: 'string',
						default: '',
						placeholder: 'e.g. tier=web',
						description: 'Labels of containers that must all be present, as key or key=value',
					},
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. shop-*',
						description: 'The whole name; * stands for any characters, ? for one',
					},
					{
						displayName: 'Until',
						name: 'until',
						type: 'dateTime',
						default: '',
						description: 'Only what has happened at this time or before',
					},
				],
			},
		],
	),
	async execute(context, { connection, signal }, itemIndex) {
		const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const since = instantParameter(context, itemIndex, 'Since', context.getNodeParameter('since', itemIndex));
		if (since === undefined) {
			throw new NodeOperationError(context.getNode(), '"Since" is empty.', {
				itemIndex,
				description: 'Give the time from which events are asked for, such as {{ $now.minus({ hours: 1 }) }}.',
			});
		}
		const until = instantParameter(context, itemIndex, 'Until', filters['until']);
		const name = asText(filters['name']);
		const filter = {
			events: asList(filters['events']),
			names: name === '' ? [] : [name],
			labels: asList(filters['labels']),
			project: asText(filters['project']),
			failuresOnly: filters['failuresOnly'] === true,
		};
		const { listEvents } = await import('../../../../src/docker/index.js');
		const { events, gap } = await listEvents(connection, { since, until, filter }, signal);
		const most = limitParameter(context, itemIndex);
		// Of too many, the newest; a hole in the history is told whatever the limit.
		const newest: object[] = most === undefined ? events : events.slice(-most);
		return [...(gap ? [{ ...gap }] : []), ...newest] as IDataObject[];
	},
};
