import type { INodeProperties } from 'n8n-workflow';

export const events: INodeProperties = {
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: ['container:die', 'container:health_status:unhealthy', 'container:oom'],
	description: 'What starts the workflow. Each event is an item of a run of its own.',
	options: [
		{
			name: 'All Events',
			value: '*',
			description: 'Of containers, images, networks and volumes, without commands that are run in containers',
		},
		{ name: 'Container Created', value: 'container:create' },
		{ name: 'Container Ended', value: 'container:die', description: 'By itself, or because it was stopped' },
		{ name: 'Container Healthy', value: 'container:health_status:healthy' },
		{ name: 'Container Killed', value: 'container:kill', description: 'It was sent a signal' },
		{ name: 'Container Out of Memory', value: 'container:oom' },
		{ name: 'Container Paused', value: 'container:pause' },
		{ name: 'Container Removed', value: 'container:destroy' },
		{ name: 'Container Renamed', value: 'container:rename' },
		{
			name: 'Container Restarted',
			value: 'container:restart',
			description: 'By somebody, not by its policy',
		},
		{ name: 'Container Started', value: 'container:start' },
		{ name: 'Container Stopped', value: 'container:stop', description: 'By somebody, not by itself' },
		{ name: 'Container Unhealthy', value: 'container:health_status:unhealthy' },
		{ name: 'Container Unpaused', value: 'container:unpause' },
		{ name: 'Image Events', value: 'image:*', description: 'Pulled, tagged, removed and so on' },
		{ name: 'Network Events', value: 'network:*', description: 'Created, connected, removed and so on' },
		{ name: 'Volume Events', value: 'volume:*', description: 'Created, mounted, removed and so on' },
	],
};

export const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	description: 'All given filters must fit',
	options: [
		{
			displayName: 'Compose Project',
			name: 'project',
			type: 'string',
			default: '',
			placeholder: 'e.g. shop',
		},
		{
			displayName: 'Failures Only',
			name: 'failuresOnly',
			type: 'boolean',
			default: false,
			description: 'Whether to leave out containers that have ended with exit code 0',
		},
		{
			displayName: 'Labels',
			name: 'labels',
			type: 'string',
			default: '',
			placeholder: 'e.g. tier=web, opsdesk.heal',
			description:
				'Labels that the container must all have, as key or key=value, separated by commas. Events of images, networks and volumes have none.',
		},
		{
			displayName: 'Names',
			name: 'names',
			type: 'string',
			default: '',
			placeholder: 'e.g. shop-*, blog-web',
			description:
				'Whole names of which one must fit, separated by commas; * stands for any characters, ? for one',
		},
	],
};

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Catch Up After Restart',
			name: 'catchUp',
			type: 'boolean',
			default: true,
			description:
				'Whether to start the workflow also for what happened while n8n did not run, as far as the engine remembers it',
		},
		{
			displayName: 'Catch Up at Most (Minutes)',
			name: 'catchUpMinutes',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 10080 },
			default: 60,
			description: 'Events that are older when n8n is back are left out, and told as a gap',
		},
		{
			displayName: 'Report Outage After (Minutes)',
			name: 'outageMinutes',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 10080 },
			default: 5,
			description:
				'How long the engine may be out of reach before a failed run says so and the error workflow is started, once for each outage. With 0 it stands in the log of n8n alone.',
		},
		{
			displayName: 'Tell Gaps',
			name: 'tellGaps',
			type: 'boolean',
			default: true,
			description:
				'Whether to start the workflow with an item of the type history_gap when something may have happened that the engine does not remember',
		},
	],
};
