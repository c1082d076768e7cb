import type { INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../../shared/store/stores';
import * as contact from './contact';
import * as conversation from './conversation';
import * as imports from './import';
import * as message from './message';
import type { AnyOperation } from './operation';
import * as privacy from './privacy';
import { recordDescription, recordOptions, recordResources } from './records';
import * as retention from './retention';
import * as schema from './schema';

export const resources: Record<string, Record<string, AnyOperation>> = {
	contact: contact.operations,
	conversation: conversation.operations,
	import: imports.operations,
	message: message.operations,
	privacy: privacy.operations,
	retention: retention.operations,
	schema: schema.operations,
	...recordResources,
};

export const description: INodeProperties[] = [
	authentication,
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			...recordOptions,
			{ name: 'Contact', value: 'contact' },
			{ name: 'Conversation', value: 'conversation' },
			{ name: 'Import', value: 'import' },
			{ name: 'Message', value: 'message' },
			{ name: 'Privacy', value: 'privacy' },
			{ name: 'Retention', value: 'retention' },
			{ name: 'Schema', value: 'schema' },
		].sort((one, other) => one.name.localeCompare(other.name)),
		default: 'message',
	},
	...contact.description,
	...conversation.description,
	...imports.description,
	...message.description,
	...privacy.description,
	...retention.description,
	...recordDescription,
	...schema.description,
	storeOptions,
];
