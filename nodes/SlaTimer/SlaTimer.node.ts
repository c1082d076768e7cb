import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { searchConversations } from '../shared/store/search';
import { description } from './actions';
import { router } from './actions/router';
import { searchSchedules } from './methods/listSearch';

export class SlaTimer implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SLA Timer',
		name: 'slaTimer',
		icon: { light: 'file:slaTimer.svg', dark: 'file:slaTimer.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Promise answers in working time, and calculate with the hours in which somebody works',
		defaults: { name: 'SLA Timer' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
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

	methods = { listSearch: { searchConversations, searchSchedules } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
