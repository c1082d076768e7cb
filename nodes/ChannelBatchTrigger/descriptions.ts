import type { INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = [
	{
		displayName:
			'Choose this workflow under Leave Clients To in each Channel Trigger whose messages it takes. While it is not published, they start the workflow of the Channel Trigger. Who may call this workflow, by its settings, may leave messages to it.',
		name: 'batchNotice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Messages Per Execution',
		name: 'perRun',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 500 },
		default: 20,
		description:
			'How many messages one execution takes at most, each as an item: those that have come while another one was under way',
	},
	{
		displayName: 'Executions at Once',
		name: 'atOnce',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		default: 10,
		description:
			'How many executions may be under way. Another one starts beside those only when the last one takes longer than two seconds.',
	},
];
