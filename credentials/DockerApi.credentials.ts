import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

const overNetwork = { show: { connectionType: ['tcp', 'tls'] } };
const overTls = { show: { connectionType: ['tls'] } };

export class DockerApi implements ICredentialType {
	name = 'dockerApi';

	displayName = 'Docker API';

	icon: Icon = { light: 'file:docker.svg', dark: 'file:docker.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk#connect-n8n-to-docker';

	properties: INodeProperties[] = [
		{
			displayName: 'Connection Type',
			name: 'connectionType',
			type: 'options',
			default: 'tcp',
			options: [
				{
					name: 'TCP',
					value: 'tcp',
					description:
						'A filtering proxy in the same Docker network: the best choice where n8n runs in a container',
				},
				{ name: 'TCP with TLS', value: 'tls', description: 'An engine on another machine' },
				{ name: 'Unix Socket', value: 'socket', description: 'The engine on the machine n8n runs on' },
			],
		},
		{
			displayName: 'Socket Path',
			name: 'socketPath',
			type: 'string',
			default: '/var/run/docker.sock',
			required: true,
			displayOptions: { show: { connectionType: ['socket'] } },
		},
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. docker-proxy',
			description: 'Name or address of the proxy or engine, without protocol and port',
			displayOptions: overNetwork,
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			default: 2375,
			required: true,
			description: 'Usually 2375 without and 2376 with TLS',
			displayOptions: overNetwork,
		},
		{
			displayName: 'CA Certificate',
			name: 'ca',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				'The authority that signed the certificate of the engine, in PEM format. When empty, the authorities of the system are trusted.',
			displayOptions: overTls,
		},
		{
			displayName: 'Client Certificate',
			name: 'clientCertificate',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			displayOptions: overTls,
		},
		{
			displayName: 'Client Private Key',
			name: 'clientPrivateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			displayOptions: overTls,
		},
		{
			displayName: 'Client Private Key Passphrase',
			name: 'clientPrivateKeyPassphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			displayOptions: overTls,
		},
		{
			displayName: 'Access Level',
			name: 'accessLevel',
			type: 'options',
			default: 'read',
			description: 'What workflows with this credential may do',
			options: [
				{ name: 'Read Only', value: 'read', description: 'List, inspect, logs and statistics' },
				{ name: 'Control', value: 'control', description: 'Also start, stop, pause, restart and heal' },
				{
					name: 'Full',
					value: 'full',
					description:
						'Also create, update and remove, run programs in containers, back up and restore: whoever may do that can do everything on the host',
				},
			],
		},
		{
			displayName: 'Allowed Containers',
			name: 'allowedContainers',
			type: 'string',
			default: '*',
			required: true,
			placeholder: 'e.g. shop-*, blog-web-1',
			description:
				'Names of the containers that workflows with this credential may see and touch, separated by commas. * stands for any characters, ? for one.',
		},
		{
			displayName: 'Allowed Volumes',
			name: 'allowedVolumes',
			type: 'string',
			default: '*',
			placeholder: 'e.g. shop_*, blog_media',
			description:
				'Names of the volumes that workflows with this credential may see, change, back up and restore, separated by commas. * stands for any characters, ? for one.',
		},
		{
			displayName: 'Allowed Networks',
			name: 'allowedNetworks',
			type: 'string',
			default: '*',
			placeholder: 'e.g. shop_*',
			description:
				'Names of the networks that workflows with this credential may see and change, separated by commas. * stands for any characters, ? for one.',
		},
		{
			displayName: 'Allowed Images',
			name: 'allowedImages',
			type: 'string',
			default: '*',
			placeholder: 'e.g. nginx:*, ghcr.io/shop/*',
			description:
				'Names of the images, with tag, that workflows with this credential may see, pull, use and remove, separated by commas. * stands for any characters, ? for one.',
		},
		{
			displayName: 'Allowed Host Paths',
			name: 'allowedHostPaths',
			type: 'string',
			default: '',
			placeholder: 'e.g. /srv/backups, /srv/www',
			description:
				'Folders of the host that workflows with this credential may read and write through the engine, with all that lies in them, separated by commas. When empty, none.',
			displayOptions: { show: { accessLevel: ['full'] } },
		},
		{
			displayName: 'Helper Image',
			name: 'helperImage',
			type: 'string',
			default: '',
			placeholder: 'e.g. busybox:1.37',
			description:
				'Image, by name or digest, that backups use to reach volumes and folders of the host. It must be on the engine already. When empty, one of the well-known images that are there (busybox, alpine, postgres and the like) or that of n8n.',
			displayOptions: { show: { accessLevel: ['full'] } },
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 600 },
			default: 15,
			description:
				'How long to wait for an answer of the engine. A stop has its grace period in addition, a start 45 seconds.',
		},
	];
}
