import type { INodeProperties } from 'n8n-workflow';

import { environmentField } from './command';
import { limitFields } from './limits';

type Values = NonNullable<INodeProperties['options']>;

/** A list whose entries have fields of their own. */
function list(displayName: string, name: string, entry: string, values: INodeProperties[]): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: `Add ${entry}`,
		default: {},
		options: [{ displayName: 'Entry', name: 'entries', values }] as Values,
	};
}

const labels = list('Labels', 'labels', 'label', [
	{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. tier' },
	{ displayName: 'Value', name: 'value', type: 'string', default: '' },
]);

const mounts = list('Mounts', 'mounts', 'mount', [
	{
		displayName: 'Path in Container',
		name: 'target',
		type: 'string',
		default: '',
		placeholder: 'e.g. /data',
	},
	{ displayName: 'Read Only', name: 'readOnly', type: 'boolean', default: false },
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		default: '',
		placeholder: 'e.g. shop_media or /srv/www',
		description:
			'Name of the volume, or a folder of the host; the credential must cover it. Empty for a new volume without a name, and for memory.',
	},
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		default: 'volume',
		options: [
			{ name: 'Host Folder', value: 'hostPath' },
			{ name: 'Memory', value: 'tmpfs' },
			{ name: 'Volume', value: 'volume' },
		],
	},
]);

const networks = list('Networks', 'networks', 'network', [
	{ displayName: 'Aliases', name: 'aliases', type: 'string', default: '', placeholder: 'e.g. db, database' },
	{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. shop_default' },
]);

const ports = list('Ports', 'ports', 'port', [
	{ displayName: 'Container Port', name: 'containerPort', type: 'number', default: 80 },
	{
		displayName: 'Host Address',
		name: 'hostAddress',
		type: 'string',
		default: '127.0.0.1',
		description: 'Where it listens; 0.0.0.0 is open to everybody who can reach the host',
	},
	{
		displayName: 'Host Port',
		name: 'hostPort',
		type: 'number',
		default: 0,
		description: '0 for any that is free',
	},
	{
		displayName: 'Protocol',
		name: 'protocol',
		type: 'options',
		default: 'tcp',
		options: [
			{ name: 'TCP', value: 'tcp' },
			{ name: 'UDP', value: 'udp' },
		],
	},
]);

const healthCheck: INodeProperties = {
	displayName: 'Health Check',
	name: 'healthCheck',
	type: 'json',
	default: '',
	placeholder: 'e.g. {"command": ["wget", "-q", "http://127.0.0.1/"], "intervalSeconds": 10, "retries": 3}',
	description: 'Its program with arguments; intervalSeconds, timeoutSeconds, retries and startPeriodSeconds',
};

/** What a new container may have besides name, image and command. */
export const definitionFields: INodeProperties[] = [
	environmentField,
	healthCheck,
	labels,
	{
		displayName: 'Limits',
		name: 'limits',
		type: 'fixedCollection',
		placeholder: 'Add limits',
		default: {},
		options: [{ displayName: 'Limits', name: 'values', values: limitFields }],
	},
	mounts,
	networks,
	ports,
	{ displayName: 'User', name: 'user', type: 'string', default: '', placeholder: 'e.g. 1000:1000' },
	{
		displayName: 'Working Directory',
		name: 'workingDirectory',
		type: 'string',
		default: '',
		placeholder: 'e.g. /srv',
	},
];
