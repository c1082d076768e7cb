import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ContainerFilter, Health } from '../../../../src/docker';
import { limit, limitParameter, returnAll } from '../../../shared/limit';
import { simplify } from '../fields';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

const states = ['created', 'dead', 'exited', 'paused', 'removing', 'restarting', 'running'];
const health = [
	{ name: 'Healthy', value: 'healthy' },
	{ name: 'Starting', value: 'starting' },
	{ name: 'Unhealthy', value: 'unhealthy' },
	{ name: 'Without Health Check', value: 'none' },
];

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		[
			{ ...returnAll, default: true },
			limit,
			simplify,
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
			},
		],
	),
	async execute(context, { containers, signal }, itemIndex) {
		const filter = filterParameters(context, itemIndex);
		const most = limitParameter(context, itemIndex);
		const found: object[] = context.getNodeParameter('simplify', itemIndex)
			? await containers.list(filter, signal)
			: await containers.listRaw(filter, signal);
		return found.slice(0, most) as IDataObject[];
	},
};

function filterParameters(context: IExecuteFunctions, itemIndex: number): ContainerFilter {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
	return {
		name: asText(filters['name']),
		project: asText(filters['project']),
		labels: asList(filters['labels']),
		states: asList(filters['states']),
		health: asList(filters['health']) as Health[],
	};
}

/** An expression may give a number where the field is for text. */
function asText(value: unknown): string {
	return value === undefined || value === null ? '' : String(value).trim();
}

/** A list, or what an expression gives in its place: values separated by commas. */
function asList(value: unknown): string[] {
	const values: unknown[] = Array.isArray(value) ? value : asText(value).split(',');
	return values.map(asText).filter(Boolean);
}
