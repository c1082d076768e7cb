import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { description } from './descriptions';
import { takeBatch } from './take-batch';

export class ChannelBatchTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Channel Batch Trigger',
		name: 'channelBatchTrigger',
		icon: { light: 'file:channelBatchTrigger.svg', dark: 'file:channelBatchTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		// Messages go to one of them: a second one would start with none.
		maxNodes: 1,
		subtitle: 'messages of clients',
		description:
			'Starts the workflow with messages that Channel Triggers have stored, those of all channels together',
		eventTriggerDescription: 'Waiting for a message that a Channel Trigger leaves to this workflow',
		activationMessage: 'What Channel Triggers leave to this workflow now starts it.',
		defaults: { name: 'Channel Batch Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: description,
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await takeBatch(this);
	}
}
