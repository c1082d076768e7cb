import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { authentication, storeOptions } from '../shared/store/stores';
import { listen } from './listen';
import { options, pollEvery } from './parameters';

export class SlaTimerTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SLA Timer Trigger',
		name: 'slaTimerTrigger',
		icon: { light: 'file:slaTimerTrigger.svg', dark: 'file:slaTimerTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: 'warning, breach, escalation',
		description: 'Starts the workflow once for every warning, breach and escalation of an SLA timer',
		eventTriggerDescription: 'Waiting for a promise that is at risk',
		activationMessage: 'The workflow now starts with the warnings, breaches and escalations of the timers.',
		defaults: { name: 'SLA Timer Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'supabaseApi',
				required: true,
				displayOptions: { show: { authentication: ['supabaseApi'] } },
			},
			{ name: 'postgres', required: true, displayOptions: { show: { authentication: ['postgres'] } } },
		],
		properties: [authentication, pollEvery, options, storeOptions],
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await listen(this);
	}
}
