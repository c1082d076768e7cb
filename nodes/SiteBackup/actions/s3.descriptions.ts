import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

/** The type of a destination in object storage. */
export const s3Type = {
	name: 'S3',
	value: 's3',
	description: 'A bucket of Amazon S3 or of a compatible service; needs a credential S3 or AWS',
};

/** The fields of a destination in object storage. */
export const s3Fields: INodeProperties[] = updateDisplayOptions({ show: { type: ['s3'] } }, [
	{
		displayName: 'Bucket',
		name: 'bucket',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. example-backups',
		description: 'Name of the bucket; it must exist',
	},
	{
		displayName: 'Credential',
		name: 'credential',
		type: 'options',
		default: 's3',
		description: 'Which of the credentials of this node has the keys',
		options: [
			{ name: 'AWS', value: 'aws', description: 'Access keys or temporary keys of Amazon' },
			{ name: 'S3', value: 's3', description: 'Keys and address of any service' },
		],
	},
	{
		displayName: 'Endpoint',
		name: 'endpoint',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://s3.example.com',
		description: 'Address of the service. When empty, that of the credential, else Amazon S3 in the region.',
	},
	{
		displayName: 'Part Size (MiB)',
		name: 'partSizeMiB',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 512 },
		default: 0,
		description:
			'Size of every part of a large upload, at least 5; 0 for parts that grow from 8 to 64 MiB, which is enough for 492 GiB',
	},
	{
		displayName: 'Prefix',
		name: 'prefix',
		type: 'string',
		default: '',
		placeholder: 'e.g. web-1',
		description: 'What the names of all objects begin with',
	},
	{
		displayName: 'Read Back',
		name: 'readBack',
		type: 'options',
		default: 'auto',
		description: 'Whether what was stored is read again to prove it',
		options: [
			{ name: 'Always', value: 'always', description: 'All of it, which doubles the traffic' },
			{
				name: 'Where Needed',
				value: 'auto',
				description: 'Only where the checksum that the service tells does not prove it',
			},
		],
	},
	{
		displayName: 'Region',
		name: 'region',
		type: 'string',
		default: '',
		placeholder: 'e.g. eu-central-1',
		description: 'Region of the bucket. When empty, that of the credential.',
	},
	{
		displayName: 'Storage Class',
		name: 'storageClass',
		type: 'string',
		default: '',
		placeholder: 'e.g. STANDARD_IA',
		description: 'Of the artefacts. When empty, that of the bucket.',
	},
]);
