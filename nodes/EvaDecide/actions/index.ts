import type { INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../../shared/store/stores';
import * as desk from './desk';
import * as handover from './handover';
import * as message from './message';
import type { Operation } from './operation';
import * as rules from './rules';
import * as spamModel from './spamModel';

export const resources: Record<string, Record<string, Operation>> = {
	desk: desk.operations,
	handover: handover.operations,
	message: message.operations,
	rules: rules.operations,
	spamModel: spamModel.operations,
};

/** With a choice for no store it is a field among others: without one, n8n would show it in the credential alone. */
const whichStore: INodeProperties = {
	...authentication,
	displayName: 'Store',
	options: [
		{
			name: 'None',
			value: 'none',
			description: 'Decides by rules, keywords, and what the item says; nothing is recorded',
		},
		{ name: 'Postgres', value: 'postgres', description: 'The chat store in a PostgreSQL database' },
		{ name: 'Supabase', value: 'supabaseApi', description: 'The chat store over the interface of Supabase' },
	],
	description:
		'Where messages and decisions are kept. With it Eva knows the conversation, and every decision is recorded once.',
};

export const description: INodeProperties[] = [
	whichStore,
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Desk', value: 'desk', description: 'Where operators read and answer' },
			{ name: 'Handover', value: 'handover', description: 'A conversation that is with people' },
			{ name: 'Message', value: 'message' },
			{ name: 'Rule', value: 'rules', description: 'What is decided by' },
			{ name: 'Spam Model', value: 'spamModel', description: 'What tells spam from other messages' },
		],
		default: 'message',
	},
	...desk.description,
	...handover.description,
	...message.description,
	...rules.description,
	...spamModel.description,
	{ ...storeOptions, displayOptions: { hide: { authentication: ['none'] } } },
];
