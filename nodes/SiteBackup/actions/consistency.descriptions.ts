import type { INodeProperties } from 'n8n-workflow';

const names = (
	displayName: string,
	name: string,
	placeholder: string,
	description: string,
): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	placeholder,
	description,
});

const command = (
	displayName: string,
	name: string,
	placeholder: string,
	description: string,
): INodeProperties => ({
	...names(displayName, name, placeholder, description),
	typeOptions: { rows: 2 },
});

/** What is done to the containers of a site while its files are read. */
export const consistencyProperties: INodeProperties[] = [
	{
		displayName: 'Containers',
		name: 'containers',
		type: 'string',
		default: '',
		placeholder: 'e.g. shop-web, shop-worker',
		description:
			'Names of the containers of the site, separated by commas. Their labels opsdesk.backup.stop, .pause, .exec-pre and .exec-post are respected.',
	},
	{
		displayName: 'Consistency',
		name: 'consistency',
		type: 'options',
		default: 'none',
		description:
			'What is done to these containers while files and volumes are read. Databases are consistent in any case.',
		options: [
			{
				name: 'None',
				value: 'none',
				description: 'They go on running; files may change while they are read',
			},
			{ name: 'Pause', value: 'pause', description: 'They are frozen; connections stay open' },
			{ name: 'Stop', value: 'stop', description: 'They are stopped and started again in their order' },
		],
	},
	{
		displayName: 'Consistency Options',
		name: 'consistencyOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Max Downtime (Seconds)',
				name: 'maxDowntimeSeconds',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 86_400 },
				default: 600,
				description:
					'After so long the containers are started again though files are still read; what was not finished is marked with a warning',
			},
			names(
				'Protected Containers',
				'protected',
				'e.g. mail',
				'Names of containers that are never paused or stopped, separated by commas. n8n, its database and the proxy of the engine never are.',
			),
			{
				displayName: 'Stop Timeout (Seconds)',
				name: 'stopTimeoutSeconds',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 3600 },
				default: 30,
				description: 'How long a container may take to stop before the engine kills it',
			},
			{
				displayName: 'When It Fails',
				name: 'failure',
				type: 'options',
				default: 'abort',
				description: 'What to do when a program fails or a container can be neither paused nor stopped',
				options: [
					{ name: 'Abort', value: 'abort', description: 'Store nothing that depends on it' },
					{ name: 'Warn', value: 'warn', description: 'Store it, with a warning' },
				],
			},
		],
	},
	{
		displayName: 'Programs in Containers',
		name: 'hooks',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Program',
		default: {},
		description: 'Programs that prepare containers for the backup, and what puts them back',
		options: [
			{
				displayName: 'Program',
				name: 'hook',
				values: [
					{
						displayName: 'Container',
						name: 'container',
						type: 'string',
						default: '',
						required: true,
						placeholder: 'e.g. shop-web',
						description: 'Name of the running container in which the programs run',
					},
					command(
						'Before',
						'before',
						'e.g. maintenance on',
						'Program and arguments before anything is read or stopped: words, with quotes where needed, or a JSON array. No shell takes part.',
					),
					command(
						'After',
						'after',
						'e.g. maintenance off',
						'Program and arguments at the end. It runs in any case, also when the backup has failed.',
					),
					{
						displayName: 'Timeout (Seconds)',
						name: 'timeoutSeconds',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 86_400 },
						default: 60,
						description: 'How long each program may run before it is ended',
					},
					{
						displayName: 'User',
						name: 'user',
						type: 'string',
						default: '',
						placeholder: 'e.g. www-data',
						description: "User the programs run as; the container's own when empty",
					},
				],
			},
		],
	},
];
