import type { INodeProperties, ITriggerFunctions } from 'n8n-workflow';

import { wholeNumber } from '../../src/shared';

const mostSeconds = 60;

export const pollEvery: INodeProperties = {
	displayName: 'Look Every (Seconds)',
	name: 'pollSeconds',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: mostSeconds },
	default: 30,
	description:
		'How long it may take until an event is noticed that nobody knew of, such as one of a timer that was started meanwhile. What is known to be due sooner is told at its instant.',
};

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'At Once at Most',
			name: 'atOnce',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1000 },
			default: 100,
			description: 'How many runs of the workflow may be under way; further events wait for the end of one',
		},
		{
			displayName: 'Attempts at Most',
			name: 'attempts',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100 },
			default: 1,
			description:
				'How often a run is started for an event when its runs fail: again after the lease, with redelivered set. More than 1 is for workflows that tell nobody twice.',
		},
		{
			displayName: 'Lease (Seconds)',
			name: 'leaseSeconds',
			type: 'number',
			typeOptions: { minValue: 10, maxValue: 3600 },
			default: 60,
			description:
				'When n8n has died in the middle of a run, the event is told again after this time, with redelivered set',
		},
		{
			displayName: 'Report Outage After (Minutes)',
			name: 'outageMinutes',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 10080 },
			default: 5,
			description:
				'How long the store may be out of reach before a failed run says so and the error workflow is started, once for each outage. With 0 it stands in the log of n8n alone.',
		},
	],
};

export interface TriggerParameters {
	intervalMs: number;
	mostAtOnce: number;
	leaseMs: number;
	/** Runs of an event, as long as they fail. */
	mostAttempts: number;
	/** Undefined: never. */
	reportOutageAfterMs: number | undefined;
}

/** @throws OpsdeskError `invalid_input` naming the field */
export function triggerParameters(context: ITriggerFunctions): TriggerParameters {
	const given = context.getNodeParameter('options', {}) as Record<string, unknown>;
	const { atOnce = 100, attempts = 1, leaseSeconds = 60, outageMinutes = 5 } = given;
	const outage = wholeNumber('Report Outage After', outageMinutes, 0, 10_080);
	const interval = context.getNodeParameter('pollSeconds', 30);
	return {
		intervalMs: wholeNumber('Look Every', interval, 1, mostSeconds) * 1000,
		mostAtOnce: wholeNumber('At Once at Most', atOnce, 1, 1000),
		leaseMs: wholeNumber('Lease', leaseSeconds, 10, 3600) * 1000,
		mostAttempts: wholeNumber('Attempts at Most', attempts, 1, 100),
		reportOutageAfterMs: outage === 0 ? undefined : outage * 60_000,
	};
}
