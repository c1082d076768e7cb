import type { INodeProperties } from 'n8n-workflow';

const where = 'Names separated by dots, such as data.message.ID';

const fields: INodeProperties[] = [
	{
		displayName: 'Requests Prove Themselves By',
		name: 'proof',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Signature', value: 'hmac', description: 'An HMAC of the body in a header' },
			{ name: 'Token', value: 'token', description: 'The secret itself in a header' },
		],
		default: 'hmac',
	},
	{
		displayName: 'Message ID Field',
		name: 'idField',
		type: 'string',
		required: true,
		default: 'id',
		description: `${where}. By it a message that comes again is known.`,
	},
	{
		displayName: 'Sender Field',
		name: 'fromField',
		type: 'string',
		required: true,
		default: 'from',
		description: `${where}. The number that has written.`,
	},
	{
		displayName: 'Text Field',
		name: 'textField',
		type: 'string',
		default: 'text',
		description: where,
	},
	{
		displayName: 'Gateway Options',
		name: 'gateway',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Account Field',
				name: 'to',
				type: 'string',
				default: '',
				placeholder: 'e.g. to',
				description: `${where}. Our number, where there are several.`,
			},
			{
				displayName: 'Algorithm',
				name: 'algorithm',
				type: 'options',
				options: [
					{ name: 'SHA-1', value: 'sha1' },
					{ name: 'SHA-256', value: 'sha256' },
					{ name: 'SHA-512', value: 'sha512' },
				],
				default: 'sha256',
				description: 'Of the signature',
			},
			{
				displayName: 'Body',
				name: 'contentType',
				type: 'options',
				options: [
					{ name: 'Form', value: 'application/x-www-form-urlencoded' },
					{ name: 'JSON', value: 'application/json' },
				],
				default: 'application/json',
				description: 'What the gateway sends',
			},
			{
				displayName: 'Encoding',
				name: 'encoding',
				type: 'options',
				options: [
					{ name: 'Base64', value: 'base64' },
					{ name: 'Hexadecimal', value: 'hex' },
				],
				default: 'hex',
				description: 'Of the signature',
			},
			{
				displayName: 'Header',
				name: 'header',
				type: 'string',
				default: '',
				placeholder: 'e.g. X-Signature',
				description: 'That holds the signature or token. Empty: X-Signature or Authorization.',
			},
			{
				displayName: 'Media URL Field',
				name: 'mediaUrl',
				type: 'string',
				default: '',
				placeholder: 'e.g. media',
				description: `${where}. One address of a file, or a list of them.`,
			},
			{
				displayName: 'Messages Field',
				name: 'messages',
				type: 'string',
				default: '',
				placeholder: 'e.g. results',
				description:
					'The list of messages, where a request brings several; other fields then stand in each of them',
			},
			{
				displayName: 'Sender Name Field',
				name: 'name',
				type: 'string',
				default: '',
				placeholder: 'e.g. contact.name',
				description: where,
			},
			{
				displayName: 'Signature Prefix',
				name: 'prefix',
				type: 'string',
				default: '',
				placeholder: 'e.g. sha256=',
				description: 'What stands before the signature in the header',
			},
			{
				displayName: 'Status Field',
				name: 'status',
				type: 'string',
				default: '',
				placeholder: 'e.g. status',
				description: `${where}. What has it is a report about a message of ours.`,
			},
			{
				displayName: 'Time Field',
				name: 'sentAt',
				type: 'string',
				default: '',
				placeholder: 'e.g. received_at',
				description: `${where}. ISO 8601, or seconds or milliseconds since 1970. Empty: when it arrives.`,
			},
		],
	},
];

export const gatewayFields: INodeProperties[] = fields.map((field) => ({
	...field,
	displayOptions: { show: { platform: ['gateway'] } },
}));
