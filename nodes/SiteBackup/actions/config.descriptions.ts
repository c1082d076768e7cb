import { entries, name } from './entries';

export const configs = entries(
	'Configs',
	'configs',
	'config',
	'Compose files, .env, files of the proxy and definitions of containers to back up',
	[
		name('e.g. stack', 'Name of the artefact: "stack" becomes "config-stack"'),
		{
			displayName: 'Paths',
			name: 'paths',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. /srv/shop/compose.yaml, /srv/shop/.env',
			description: 'Absolute paths of files and folders, separated by commas or line breaks',
		},
		{
			displayName: 'Seen By',
			name: 'via',
			type: 'options',
			default: 'n8n',
			description: 'Whose paths they are',
			options: [
				{
					name: 'Engine',
					value: 'engine',
					description: 'The host of the container engine; needs a Docker credential',
				},
				{ name: 'Local', value: 'n8n', description: 'The process or container that n8n runs in' },
			],
		},
		{
			displayName: 'Containers',
			name: 'inspect',
			type: 'string',
			default: '',
			placeholder: 'e.g. shop-web, shop-db',
			description: 'Names of containers whose definition is kept, with that of their networks and volumes',
		},
		{
			displayName: 'Secrets',
			name: 'secrets',
			type: 'options',
			default: 'encrypted',
			description: 'What is done with the passwords that such files hold',
			options: [
				{
					name: 'Only Encrypted',
					value: 'encrypted',
					description: 'Refuse to store the files unless the backup is encrypted',
				},
				{
					name: 'Plain',
					value: 'plain',
					description: 'Store the files for everybody to read who can read the backup',
				},
			],
		},
	],
);
