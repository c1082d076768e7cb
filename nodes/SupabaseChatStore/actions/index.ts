import type { INodeProperties } from 'n8n-workflow';

import * as contact from './contact';
import * as conversation from './conversation';
import * as message from './message';
import type { AnyOperation } from './operation';
import * as privacy from './privacy';
import * as retention from './retention';
import * as schema from './schema';
import { authentication, storeOptions } from './stores';

export const resources: Record<string, Record<string, AnyOperation>> = {
	contact: contact.operations,
	conversation: conversation.operations,
	message: message.operations,
	privacy: privacy.operations,
	retention: retention.operations,
	schema: schema.operations,
};

export const description: INodeProperties[] = [
	authentication,
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Contact', value: 'contact' },
			{ name: 'Conversation', value: 'conversation' },
			{ name: 'Message', value: 'message' },
			{ name: 'Privacy', value: 'privacy' },
			{ name: 'Retention', value: 'retention' },
			{ name: 'Schema', value: 'schema' },
		],
		default: 'message',
	},
	...contact.description,
	...conversation.description,
	...message.description,
	...privacy.description,
	...retention.description,
	...schema.description,
	storeOptions,
];
