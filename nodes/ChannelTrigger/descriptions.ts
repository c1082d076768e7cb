import type { INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../shared/store/stores';
import { gatewayFields } from './gateway.descriptions';

/** Platforms of one company: one credential, one kind of webhook. */
export const meta = ['whatsapp', 'messenger', 'instagram'];
export const platforms = [...meta, 'gateway', 'telegram', 'twilio'];

const platform: INodeProperties = {
	displayName: 'Platform',
	name: 'platform',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Instagram', value: 'instagram' },
		{ name: 'Messenger', value: 'messenger' },
		{ name: 'SMS (Other Gateway)', value: 'gateway', description: 'Any gateway that posts what comes in' },
		{ name: 'Telegram', value: 'telegram' },
		{
			name: 'Twilio (SMS, WhatsApp, Messenger)',
			value: 'twilio',
			description: 'Numbers of Twilio, and senders of WhatsApp and pages that are connected there',
		},
		{ name: 'WhatsApp (Cloud API)', value: 'whatsapp', description: 'Straight from Meta' },
	],
	default: 'telegram',
};

const notices: INodeProperties[] = [
	{
		displayName:
			'A bot delivers to one address. Publishing this workflow makes it this one; another trigger of the same bot then hears nothing.',
		name: 'telegramNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { platform: ['telegram'] } },
	},
	{
		displayName:
			'Publish this workflow first. Then enter the production URL (above, under Webhook URLs) as callback URL of the webhook in the Meta app, with the verify token of the credential.',
		name: 'metaNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { platform: meta } },
	},
	{
		displayName:
			'Enter the production URL (above, under Webhook URLs) at Twilio where the number or sender is set up, for what comes in and for status callbacks. Behind a proxy that changes addresses, give the one that is entered there as Public URL under Options too.',
		name: 'twilioNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { platform: ['twilio'] } },
	},
	{
		displayName:
			'Enter the production URL (above, under Webhook URLs) where the gateway asks for an address to deliver to. The fields below say where in its requests things stand.',
		name: 'gatewayNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { platform: ['gateway'] } },
	},
];

const events: INodeProperties = {
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	options: [
		{ name: 'Callback', value: 'callback', description: 'Somebody has pressed a button' },
		{
			name: 'Membership',
			value: 'membership',
			description: 'Somebody has come, gone or blocked the account',
		},
		{ name: 'Message', value: 'message', description: 'Written, edited or taken back' },
		{
			name: 'Status',
			value: 'status',
			description: 'Sent, delivered, read, failed, reactions, and echoes of what we have written',
		},
		{
			name: 'Unsupported',
			value: 'unsupported',
			description: 'What has no form here, as the platform has sent it',
		},
	],
	default: ['message', 'callback', 'membership', 'unsupported'],
	required: true,
	description: 'Which events start the workflow, each one run. Others are answered and forgotten.',
};

const twilioAuthentication: INodeProperties = {
	displayName: 'Auth Token From',
	name: 'twilioAuthentication',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Twilio Credential', value: 'twilioApi' },
		{
			name: 'Webhook Secret Credential',
			value: 'webhookSecretApi',
			description: 'Where the other one holds an API key, or while the auth token is being changed',
		},
	],
	default: 'twilioApi',
	description: 'Twilio signs what it delivers with the auth token of the account',
	displayOptions: { show: { platform: ['twilio'] } },
};

const telegramSecret: INodeProperties = {
	displayName: 'Secret Token From',
	name: 'telegramSecret',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Bot Token', value: 'derived', description: 'Made of it, so that nobody has to make one up' },
		{
			name: 'Webhook Secret Credential',
			value: 'webhookSecretApi',
			description: 'One of your own, also while it is being changed',
		},
	],
	default: 'derived',
	description: 'Telegram proves with the secret token that an update is its own',
	displayOptions: { show: { platform: ['telegram'] } },
};

const storing: INodeProperties[] = [
	{
		displayName: 'Store Before Answering',
		name: 'storeMessages',
		type: 'boolean',
		noDataExpression: true,
		default: false,
		description:
			'Whether messages are kept in the chat store before the platform hears that they have arrived. What the store knows already starts nothing.',
	},
	{ ...authentication, displayOptions: { show: { storeMessages: [true] } } },
	{ ...storeOptions, displayOptions: { show: { storeMessages: [true] } } },
	{
		displayName: 'Leave Clients To',
		name: 'clientsTo',
		type: 'workflowSelector',
		default: '',
		displayOptions: { show: { storeMessages: [true] } },
		description:
			'A workflow with a Channel Batch Trigger, which stored messages of clients then start, together with those of other channels. While it is not published, when its run fails or is cancelled, and in a process that only takes webhooks, they start this one.',
	},
];

/** n8n reads it from a node of version 1: it then leaves the body as it came, which is what a signature is made of. */
const unparsed: INodeProperties = {
	displayName: 'Raw Body',
	name: 'options',
	type: 'hidden',
	default: { binaryData: true },
};

const settings: INodeProperties = {
	displayName: 'Options',
	name: 'settings',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Events Per Execution',
			name: 'perRun',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100 },
			default: 1,
			description:
				'How many events one execution takes, each as an item: those that have come while another execution was under way. More than 1 is for workflows that do not mind an event that comes twice after a fault.',
		},
		{
			displayName: 'Executions at Once',
			name: 'atOnce',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 500 },
			default: 10,
			description:
				'How many chats are worked on at the same time, each one event after the other; the rest waits on disk. Fewer while n8n is late with its answers.',
		},
		{
			displayName: 'Include Raw',
			name: 'raw',
			type: 'boolean',
			default: true,
			description: 'Whether each item also has what the platform has sent, as it was',
		},
		{
			displayName: 'Public URL',
			name: 'publicUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://hooks.example.com/sms',
			description:
				'The address that the platform calls, when a proxy makes another one of it. Without what stands after "?".',
			displayOptions: { show: { '/platform': ['telegram', 'twilio'] } },
		},
		{
			displayName: 'Size Limit (kB)',
			name: 'maxKilobytes',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 16384 },
			default: 1024,
			description: 'Larger requests are refused before they are read',
		},
	],
};

export const description: INodeProperties[] = [
	platform,
	...notices,
	telegramSecret,
	twilioAuthentication,
	...gatewayFields,
	events,
	...storing,
	unparsed,
	settings,
];
