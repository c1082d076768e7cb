import type { INodeProperties } from 'n8n-workflow';

import { backupSitesProperty } from './backups';

const ofTypes = (types: string[], properties: INodeProperties[]): INodeProperties[] =>
	properties.map((property) => ({
		...property,
		displayOptions: { show: { ...property.displayOptions?.show, type: types } },
	}));

const text = (displayName: string, name: string, of: Partial<INodeProperties> = {}): INodeProperties => ({
	...{ displayName, name, type: 'string', default: '' },
	...of,
});
const number = (displayName: string, name: string, of: Partial<INodeProperties>): INodeProperties => ({
	...{ displayName, name, type: 'number', default: 0 },
	...of,
});
const toggle = (displayName: string, name: string, description: string): INodeProperties => ({
	...{ displayName, name, type: 'boolean', default: false, description },
});

const webOptions: INodeProperties[] = [
	text('Body Contains', 'contains', {
		placeholder: 'e.g. Add to cart',
		description: 'A text that the answer must hold',
	}),
	text('Body Does Not Contain', 'containsNot', {
		placeholder: 'e.g. Fatal error',
		description: 'A text that the answer must not hold',
	}),
	toggle('Check Security Headers', 'securityHeaders', 'Whether a missing security header is a warning'),
	toggle(
		'Force HTTPS',
		'forceHttps',
		'Whether it is a warning when the address over http:// does not lead to https://',
	),
	text('Good Statuses', 'status', {
		default: '200-299',
		description: 'Numbers and ranges, separated by commas',
	}),
	text('JSON Path', 'jsonPath', {
		placeholder: 'e.g. $.status',
		description: 'JSONPath that must be there in a JSON answer',
	}),
	text('JSON Value', 'jsonEquals', {
		placeholder: 'e.g. ok',
		description: 'What must stand at the JSON path',
	}),
	number('Slow Above (Milliseconds)', 'slowAbove', {
		...{ default: 1000, typeOptions: { minValue: 1, maxValue: 120_000 } },
		description: 'A slower answer is a warning',
	}),
	toggle('Use Header Auth', 'authenticated', 'Whether to send the header of the Header Auth credential'),
];

const certificateOptions: INodeProperties[] = [
	toggle('Ask the CA', 'revocation', 'Whether to ask the CA if the certificate is revoked'),
	text('Connect To', 'connectTo', {
		placeholder: 'e.g. 203.0.113.10',
		description: 'Address or host to connect to in place of the host',
	}),
	toggle('Each Address', 'eachAddress', 'Whether to look at every address of the host'),
	toggle('Old Protocols', 'protocols', 'Whether it is a warning when the server takes TLS 1.0 or 1.1'),
	text('Trusted CA', 'ca', {
		typeOptions: { rows: 4 },
		description: 'PEM of CAs that are trusted in place of those of the system',
	}),
	toggle(
		'Web Server',
		'web',
		'Whether to look at Strict-Transport-Security, and whether http:// leads to https://',
	),
];

const places: INodeProperties = {
	displayName: 'Runs In',
	name: 'place',
	type: 'options',
	default: 'container',
	options: [
		{
			name: 'Container',
			value: 'container',
			description: 'Asked inside by its own client; needs a Docker credential',
		},
		{ name: 'Server', value: 'server', description: 'Asked over the network' },
	],
};
const inContainer = { displayOptions: { show: { place: ['container'] } } };
const onServer = { displayOptions: { show: { place: ['server'] } } };
const signIn = toggle('Sign In', 'authenticated', 'Whether to sign in with the credential of this node');

const measures = [
	{ name: 'CPU', value: 'cpu' },
	{ name: 'Disk', value: 'disk' },
	{ name: 'Inodes', value: 'inodes' },
	{ name: 'Load', value: 'load' },
	{ name: 'Memory', value: 'memory' },
];

/** The fields of each kind of target; their names are those of the definition of a check, except where `definitionOf` says so. */
export const targetFields: INodeProperties[] = [
	...ofTypes(
		['http'],
		[
			text('URL', 'url', { required: true, placeholder: 'e.g. https://shop.example.com/' }),
			{
				...{ displayName: 'Expectations', name: 'webOptions', type: 'collection', default: {} },
				placeholder: 'Add expectation',
				options: webOptions,
			},
		],
	),
	...ofTypes(
		['tcp'],
		[
			text('Host', 'host', { required: true, placeholder: 'e.g. mail.example.com' }),
			number('Port', 'port', {
				required: true,
				default: 443,
				typeOptions: { minValue: 1, maxValue: 65_535 },
			}),
		],
	),
	...ofTypes(
		['certificate'],
		[
			text('Host', 'host', { required: true, placeholder: 'e.g. shop.example.com' }),
			number('Port', 'port', {
				required: true,
				default: 443,
				typeOptions: { minValue: 1, maxValue: 65_535 },
			}),
			{
				displayName: 'Begins With',
				name: 'starttls',
				type: 'options',
				default: '',
				description: 'What the server speaks before it changes over to TLS',
				options: [
					{ name: 'IMAP', value: 'imap' },
					{ name: 'MySQL', value: 'mysql' },
					{ name: 'POP3', value: 'pop3' },
					{ name: 'PostgreSQL', value: 'postgres' },
					{ name: 'SMTP', value: 'smtp' },
					{ name: 'TLS', value: '' },
				],
			},
			{
				...{ displayName: 'Looks', name: 'certificateOptions', type: 'collection', default: {} },
				placeholder: 'Add look',
				options: certificateOptions,
			},
		],
	),
	...ofTypes(
		['dns'],
		[
			text('Name', 'host', { required: true, placeholder: 'e.g. shop.example.com' }),
			{
				displayName: 'Record',
				name: 'record',
				type: 'options',
				default: 'A',
				options: ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT'].map((value) => ({
					name: value,
					value,
				})),
			},
			text('Expected Values', 'expect', {
				placeholder: 'e.g. 203.0.113.10',
				description: 'Separated by commas; any answer will do when empty',
			}),
			text('Name Server', 'server', {
				placeholder: 'e.g. 192.0.2.53',
				description: 'Those of the machine when empty',
			}),
		],
	),
	...ofTypes(
		['postgres', 'redis'],
		[
			places,
			text('Container', 'container', { required: true, placeholder: 'e.g. shop-db', ...inContainer }),
			text('Host', 'host', { required: true, placeholder: 'e.g. db.example.com', ...onServer }),
		],
	),
	...ofTypes(
		['postgres'],
		[
			number('Port', 'port', { default: 5432, typeOptions: { minValue: 1, maxValue: 65_535 }, ...onServer }),
			text('Database', 'database', { default: 'postgres' }),
			text('User', 'user', { default: 'postgres' }),
			{ ...signIn, ...onServer },
		],
	),
	...ofTypes(
		['redis'],
		[
			number('Port', 'port', { default: 6379, typeOptions: { minValue: 1, maxValue: 65_535 }, ...onServer }),
			{ ...signIn, ...onServer },
		],
	),
	...ofTypes(
		['supabase'],
		[
			text('Table', 'table', {
				description: 'A table of which one row is asked for; the REST interface itself when empty',
			}),
		],
	),
	...ofTypes(['n8n'], [text('URL', 'url', { required: true, placeholder: 'e.g. https://n8n.example.com' })]),
	...ofTypes(
		['backup'],
		[
			{ ...backupSitesProperty, required: true },
			text('Site', 'site', { required: true, placeholder: 'e.g. shop', description: 'Name of the site' }),
		],
	),
	...ofTypes(
		['container'],
		[
			text('Container', 'container', {
				placeholder: 'e.g. shop-web',
				description: 'Name of a container. When empty, the project is looked at.',
			}),
			text('Compose Project', 'project', {
				placeholder: 'e.g. shop',
				description: 'All containers of a Compose project, in place of one container',
			}),
		],
	),
	...ofTypes(
		['host'],
		[
			{ displayName: 'Measure', name: 'measure', type: 'options', default: 'disk', options: measures },
			{
				displayName: 'Machine',
				name: 'via',
				type: 'options',
				default: 'n8n',
				options: [
					{ name: 'Of N8n', value: 'n8n' },
					{ name: 'Of the Container Engine', value: 'engine' },
				],
			},
			text('Path', 'path', {
				default: '/',
				description: 'A path on the file system',
				displayOptions: { show: { measure: ['disk', 'inodes'] } },
			}),
			number('Warning Above (Percent)', 'warning', { default: 80 }),
			number('Critical Above (Percent)', 'critical', { default: 95 }),
		],
	),
];
