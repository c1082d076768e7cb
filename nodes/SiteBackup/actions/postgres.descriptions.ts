import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

const fromCredential = 'When empty, that of the Postgres credential is taken';

const inContainer = updateDisplayOptions({ show: { type: ['postgres'] } }, [
	{
		displayName: 'Container',
		name: 'container',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. shop-db',
		description: 'Name of the container in which PostgreSQL runs',
	},
	{
		displayName: 'Database',
		name: 'database',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. shop',
		description: 'Name of the database',
	},
	{
		displayName: 'User',
		name: 'user',
		type: 'string',
		default: 'postgres',
		description: 'Role that saves and restores, over the socket inside the container; no password is needed',
	},
]);

const onServer = updateDisplayOptions({ show: { type: ['postgres-server'] } }, [
	{
		displayName: 'Host',
		name: 'host',
		type: 'string',
		default: '',
		placeholder: 'e.g. db.example.com',
		description: `Host name or address of the server. ${fromCredential}. The password always comes from there, for this server alone.`,
	},
	{
		displayName: 'Port',
		name: 'port',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 65535 },
		default: 0,
		description: 'Port of the server; 0 stands for that of the Postgres credential',
	},
	{
		displayName: 'Database',
		name: 'database',
		type: 'string',
		default: '',
		placeholder: 'e.g. shop',
		description: `Name of the database. ${fromCredential}.`,
	},
	{
		displayName: 'User',
		name: 'user',
		type: 'string',
		default: '',
		placeholder: 'e.g. backup',
		description: `Role that saves and restores. ${fromCredential}.`,
	},
	{
		displayName: 'TLS',
		name: 'tls',
		type: 'options',
		default: '',
		options: [
			{ name: 'As the Credential Says', value: '', description: 'Without one: if the server offers it' },
			{ name: 'Disable', value: 'disable', description: 'Never' },
			{ name: 'If Offered', value: 'prefer', description: 'When the server offers it' },
			{ name: 'Require', value: 'require', description: 'Always, with any server that answers' },
			{
				name: 'Verify',
				value: 'verify-full',
				description: 'Always, and the certificate of the server must be trusted and name the host',
			},
		],
	},
	{
		displayName: 'CA File',
		name: 'caFile',
		type: 'string',
		default: '',
		placeholder: 'e.g. /etc/ssl/db-ca.pem',
		description:
			'Path of the certificates to trust with TLS "Verify", as n8n sees it. When empty, the well-known authorities are trusted.',
	},
	{
		displayName: 'Image',
		name: 'image',
		type: 'string',
		default: '',
		placeholder: 'e.g. postgres:17',
		description:
			'Image whose programs save and restore, in a temporary container; of the version of the server or newer. Needs a Docker credential. When empty, the programs beside n8n are used.',
	},
	{
		displayName: 'Network',
		name: 'network',
		type: 'string',
		default: '',
		placeholder: 'e.g. shop_default',
		description: 'Network of the container engine that the temporary container joins to reach the server',
	},
]);

/** Fields of a PostgreSQL database, in a container or on a server. */
export const postgresFields: INodeProperties[] = [
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		default: 'postgres',
		options: [
			{
				name: 'PostgreSQL in a Container',
				value: 'postgres',
				description: 'Saved by the programs of that container; needs a Docker credential',
			},
			{
				name: 'PostgreSQL on a Server',
				value: 'postgres-server',
				description: 'Saved over the network; needs a Postgres credential',
			},
		],
	},
	...inContainer,
	...onServer,
	{
		displayName: 'Roles and Tablespaces',
		name: 'globals',
		type: 'boolean',
		default: false,
		description:
			'Whether to save what belongs to the whole server too, as an artefact of its own; with the passwords of the roles only when the backup is encrypted',
	},
];
