import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { configs } from './config.descriptions';
import { n8nProperty } from './n8n.descriptions';
import { consistencyProperties } from './consistency.descriptions';
import { encryptionProperties } from './encryption.descriptions';
import { entries, name } from './entries';
import { postgresFields } from './postgres.descriptions';
import { retentionProperties } from './retention.descriptions';
import { s3Fields, s3Type } from './s3.descriptions';
import { sqliteDatabases } from './sqlite.descriptions';

const patterns: INodeProperties[] = [
	{
		displayName: 'Include',
		name: 'include',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. /uploads/, *.sqlite.gz',
		description:
			'Patterns as in a .gitignore file, separated by commas or line breaks. Without any, everything is backed up.',
	},
	{
		displayName: 'Exclude',
		name: 'exclude',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. *.log, /cache/, node_modules/',
		description:
			'Patterns of what is left out, separated by commas or line breaks; they win over those of Include',
	},
];

const directories = entries('Directories', 'directories', 'directory', 'Folders to back up', [
	name('e.g. www', 'Name of the artefact: "www" becomes "files-www"'),
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /srv/shop/www',
		description: 'Absolute path of the folder',
	},
	{
		displayName: 'Seen By',
		name: 'via',
		type: 'options',
		default: 'n8n',
		description: 'Whose path it is',
		options: [
			{
				name: 'Engine',
				value: 'engine',
				description: 'The host of the container engine; needs a Docker credential',
			},
			{ name: 'Local', value: 'n8n', description: 'The process or container that n8n runs in' },
		],
	},
	...patterns,
]);

const volumes = entries('Volumes', 'volumes', 'volume', 'Docker volumes to back up', [
	name('e.g. media', 'Name of the artefact: "media" becomes "volume-media"'),
	{
		displayName: 'Volume',
		name: 'volume',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. shop_media',
		description: 'Name as "docker volume ls" shows it, with the prefix of its Compose project',
	},
	...patterns,
]);

const databases = entries(
	'PostgreSQL Databases',
	'databases',
	'database',
	'PostgreSQL databases to back up',
	[name('e.g. shop', 'Name of the artefact: "shop" becomes "db-shop"'), ...postgresFields],
);

const destinations = entries(
	'Destinations',
	'destinations',
	'destination',
	'Where backups are kept; each destination receives every backup',
	[
		name('e.g. local', 'Name of the destination in results and messages'),
		{
			displayName: 'Type',
			name: 'type',
			type: 'options',
			default: 'directory',
			options: [
				{
					name: 'Directory',
					value: 'directory',
					description: 'A folder that n8n sees itself',
				},
				{
					name: 'Host Path',
					value: 'engine',
					description: 'A folder on the host of the container engine; needs a Docker credential',
				},
				s3Type,
			],
		},
		{
			displayName: 'Path',
			name: 'path',
			type: 'string',
			displayOptions: { hide: { type: ['s3'] } },
			default: '',
			required: true,
			placeholder: 'e.g. /backups',
			description: 'Absolute path; backups are written to a folder with the name of the site in it',
		},
		...s3Fields,
	],
);

const properties: INodeProperties[] = [
	{
		displayName: 'Site',
		name: 'siteSource',
		type: 'options',
		default: 'fields',
		description: 'Where it stands what the site consists of',
		options: [
			{ name: 'Define Below', value: 'fields', description: 'In the fields of this node' },
			{
				name: 'From Definition',
				value: 'definition',
				description: 'In a site definition, as text or as what an expression gives',
			},
		],
	},
	...updateDisplayOptions({ show: { siteSource: ['definition'] } }, [
		{
			displayName: 'Site Definition',
			name: 'site',
			type: 'string',
			typeOptions: { rows: 12 },
			default: '',
			required: true,
			placeholder: 'e.g. name: shop …',
			description:
				'YAML or JSON, or an expression that gives an object or a list. Several sites are taken one after the other. <a href="https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/site.md">All fields</a>.',
		},
	]),
	...updateDisplayOptions({ show: { siteSource: ['fields'] } }, [
		{
			displayName: 'Site Name',
			name: 'name',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. shop',
			description: 'Also the name of the folder its backups are kept in: a–z, 0–9 and "-"',
		},
		directories,
		volumes,
		databases,
		sqliteDatabases,
		configs,
		n8nProperty,
		destinations,
		...consistencyProperties,
		...encryptionProperties,
		...retentionProperties,
	]),
];

/** The site, the same for every operation on one: fields of the node, or a definition. */
export const siteProperties: INodeProperties[] = updateDisplayOptions(
	{ hide: { operation: ['recover'] } },
	properties,
);
