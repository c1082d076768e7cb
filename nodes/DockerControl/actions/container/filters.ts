import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ContainerFilter, Health } from '../../../../src/docker';
import { asList, asText } from '../../../shared/values';

const states = ['created', 'dead', 'exited', 'paused', 'removing', 'restarting', 'running'];
const health = [
	{ name: 'Healthy', value: 'healthy' },
	{ name: 'Starting', value: 'starting' },
	{ name: 'Unhealthy', value: 'unhealthy' },
	{ name: 'Without Health Check', value: 'none' },
];

/** Which containers an operation on many is for. */
export const containerFilters: INodeProperties = {
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
			displayName: 'Health',
			name: 'health',
			type: 'multiOptions',
			default: [],
			options: health,
		},
		{
			displayName: 'Labels',
			name: 'labels',
			type: 'string',
			default: '',
			placeholder: 'e.g. tier=web, opsdesk.heal',
			description: 'Labels that must all be present, as key or key=value, separated by commas',
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
			displayName: 'State',
			name: 'states',
			type: 'multiOptions',
			default: [],
			options: states.map((value) => ({ name: `${value[0]?.toUpperCase()}${value.slice(1)}`, value })),
		},
	],
};

/** What the user has set as filters. */
export function filterParameters(context: IExecuteFunctions, itemIndex: number): ContainerFilter {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
	return {
		name: asText(filters['name']),
		project: asText(filters['project']),
		labels: asList(filters['labels']),
		states: asList(filters['states']),
		health: asList(filters['health']) as Health[],
	};
}
