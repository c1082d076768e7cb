import type { INodeProperties } from 'n8n-workflow';

const container = { show: { seenBy: ['engine'] } };
const postgres = { show: { databaseType: ['postgres'] } };

/** In the order in which they are asked: what comes first decides what comes next. */
const settings: INodeProperties[] = [
	{
		displayName: 'Seen By',
		name: 'seenBy',
		type: 'options',
		default: 'n8n',
		description: 'Who sees the folder of the n8n to back up',
		options: [
			{
				name: 'Engine',
				value: 'engine',
				description: 'An n8n in another container; needs a Docker credential',
			},
			{ name: 'Local', value: 'n8n', description: 'This n8n, or one whose folder it sees' },
		],
	},
	{
		displayName: 'Folder',
		name: 'folder',
		type: 'string',
		default: '',
		placeholder: 'e.g. /home/node/.n8n',
		description: "Absolute path of the folder .n8n; /home/node/.n8n when empty, as in n8n's image",
	},
	{
		displayName: 'Container',
		name: 'container',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n',
		description: 'Name of the container in which that n8n runs',
		displayOptions: container,
	},
	{
		displayName: 'Volume',
		name: 'volume',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n_data',
		description: 'Name of the volume with the folder',
		displayOptions: container,
	},
	{
		displayName: 'Database',
		name: 'databaseType',
		type: 'options',
		default: 'sqlite',
		description: 'What that n8n keeps its workflows and credentials in',
		options: [
			{
				name: 'None',
				value: 'none',
				description: 'It is not saved here, e.g. because it is listed under Databases',
			},
			{
				name: 'PostgreSQL in a Container',
				value: 'postgres',
				description: 'Saved by its own pg_dump; needs a Docker credential',
			},
			{ name: 'SQLite', value: 'sqlite', description: 'The file database.sqlite in the folder' },
		],
	},
	{
		displayName: 'Database Container',
		name: 'databaseContainer',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n-db',
		description: 'Name of the container in which the database runs',
		displayOptions: postgres,
	},
	{
		displayName: 'Database Name',
		name: 'databaseName',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n',
		description: 'Name of the database',
		displayOptions: postgres,
	},
	{
		displayName: 'Database User',
		name: 'databaseUser',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n',
		description: 'Role that saves and restores; postgres when empty',
		displayOptions: postgres,
	},
	{
		displayName: 'Files',
		name: 'files',
		type: 'boolean',
		default: true,
		description: 'Whether the files of executions and own nodes are kept',
	},
	{
		displayName: 'Storage Folder',
		name: 'storage',
		type: 'string',
		default: '',
		placeholder: 'e.g. /srv/n8n-storage',
		description: 'The folder that N8N_STORAGE_PATH or N8N_BINARY_DATA_STORAGE_PATH names, when one does',
		displayOptions: { show: { seenBy: ['n8n'], files: [true] } },
	},
	{
		displayName: 'Workflows as Files',
		name: 'workflows',
		type: 'boolean',
		default: false,
		description:
			'Whether each workflow is kept as a JSON file besides, through the public API; needs a credential n8n API',
	},
];

/** The one n8n of a site; its credentials stay encrypted, and the key to them is not in the backup. */
export const n8nProperty: INodeProperties = {
	displayName: 'N8n Itself',
	name: 'n8n',
	type: 'fixedCollection',
	placeholder: 'Add n8n',
	default: {},
	description:
		'Database and files of an n8n to back up. Its encryption key is never in the backup: keep it elsewhere.',
	options: [
		{
			displayName: 'N8n',
			name: 'settings',
			values: settings,
		},
	],
};
