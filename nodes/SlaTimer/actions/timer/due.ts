import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { wholeNumber } from '../../../../src/shared';
import { optionsOf } from '../../../shared/fields';
import { idOf } from '../../../shared/store/locators';
import { asList, textOf } from '../../../shared/values';
import { optionsOfItem, type Operation } from '../operation';
import { forOperations } from './common';

const worker: INodeProperties = {
	displayName: 'Worker',
	name: 'worker',
	type: 'string',
	default: '',
	placeholder: 'e.g. alerts',
	description: 'Who hands the events over: only it can acknowledge them. Empty: this workflow.',
};

const eventIds: INodeProperties = {
	displayName: 'Event IDs',
	name: 'eventIds',
	type: 'string',
	default: '={{ $json.id }}',
	required: true,
	description: 'As Claim Due gives them, separated by commas',
};

const workerOf = (context: IExecuteFunctions, options: IDataObject): string =>
	textOf(options['worker']) ?? `workflow:${context.getWorkflow().id ?? ''}`;

const idsOf = (context: IExecuteFunctions, itemIndex: number): number[] =>
	asList(context.getNodeParameter('eventIds', itemIndex)).map((id) =>
		idOf(context, itemIndex, 'Event IDs', id),
	);

export const claimDue: Operation = {
	description: forOperations(
		['claimDue'],
		[
			{
				displayName: 'Limit',
				name: 'limit',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 50,
				description: 'Max number of results to return',
			},
			optionsOf([
				{
					displayName: 'Lease (Seconds)',
					name: 'leaseSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 86400 },
					default: 60,
					description: 'After this time, what was not acknowledged is given out again, with redelivered set',
				},
				worker,
			]),
		],
	),
	// What a model has claimed, nobody else is told of.
	destructive: true,
	async execute(context, { sla, store, signal }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const limit = wholeNumber('Limit', context.getNodeParameter('limit', itemIndex), 1, 1000);
		const leaseMs = wholeNumber('Lease', options['leaseSeconds'] ?? 60, 1, 86_400) * 1000;
		const worked = { worker: workerOf(context, options), limit, leaseMs, ...(signal && { signal }) };
		return (await sla.claimDue(await store(), worked)).events;
	},
};

export const acknowledge: Operation = {
	description: forOperations(['acknowledge'], [eventIds, optionsOf([worker])]),
	destructive: true,
	async execute(context, { sla, store }, itemIndex) {
		const name = workerOf(context, optionsOfItem(context, itemIndex));
		const ids = idsOf(context, itemIndex);
		// The event that was claimed says who is told of it.
		const { json } = context.getInputData()[itemIndex] ?? {};
		const told = ids.map((id) =>
			json?.['id'] === id ? { id, targets: sla.readTargets(json['targets']) } : id,
		);
		return [await sla.acknowledge(await store(), told, name)];
	},
};

export const giveBack: Operation = {
	description: forOperations(['giveBack'], [eventIds, optionsOf([worker])]),
	async execute(context, { sla, store }, itemIndex) {
		const name = workerOf(context, optionsOfItem(context, itemIndex));
		return [await sla.giveBack(await store(), idsOf(context, itemIndex), name)];
	},
};
