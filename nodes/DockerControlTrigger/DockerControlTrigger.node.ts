import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { dockerApiTest } from '../shared/docker-credential-test';
import { events, filters, options } from './descriptions';
import { listen } from './listen';

export class DockerControlTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Docker Control Trigger',
		name: 'dockerControlTrigger',
		icon: { light: 'file:dockerControlTrigger.svg', dark: 'file:dockerControlTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ String($parameter["events"]).replaceAll("container:", "").replaceAll(",", ", ") }}',
		description: 'Starts the workflow when something happens to the containers of a Docker engine',
		eventTriggerDescription: 'Waiting for something to happen in the Docker engine',
		activationMessage: 'The workflow now starts with the events of the Docker engine.',
		defaults: { name: 'Docker Control Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'dockerApi', required: true, testedBy: 'dockerApiTest' }],
		properties: [events, filters, options],
	};

	methods = { credentialTest: { dockerApiTest } };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await listen(this);
	}
}
