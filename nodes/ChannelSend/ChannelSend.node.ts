import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { description } from './actions';
import { credentials } from './actions/credentials';
import { router } from './actions/router';

export class ChannelSend implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Channel Send',
		name: 'channelSend',
		icon: { light: 'file:channelSend.svg', dark: 'file:channelSend.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Answers on the channel a message came from, once, in order and within the limits of the platform',
		defaults: { name: 'Channel Send' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials,
		properties: description,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
