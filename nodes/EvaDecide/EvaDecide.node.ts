import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { searchConversations } from '../shared/store/search';
import { description } from './actions';
import { inputs, outputs } from './actions/connections';
import { router } from './actions/router';

export class EvaDecide implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Eva Decide',
		name: 'evaDecide',
		icon: { light: 'file:evaDecide.svg', dark: 'file:evaDecide.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Decides what to do with a message: reply, escalate, route, ignore or defer, with reasons a person can read',
		defaults: { name: 'Eva Decide' },
		inputs,
		outputs,
		usableAsTool: true,
		credentials: [
			{
				name: 'supabaseApi',
				required: true,
				displayOptions: { show: { authentication: ['supabaseApi'] } },
			},
			{ name: 'postgres', required: true, displayOptions: { show: { authentication: ['postgres'] } } },
		],
		properties: description,
	};

	methods = { listSearch: { searchConversations } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
