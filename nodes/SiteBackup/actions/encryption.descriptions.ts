import type { INodeProperties } from 'n8n-workflow';

/** How the backups of the site are encrypted; the keys themselves come from the credential. */
export const encryptionProperties: INodeProperties[] = [
	{
		displayName: 'Encryption',
		name: 'encryption',
		type: 'options',
		default: 'none',
		description: 'How new backups of the site are encrypted, in the format of age',
		options: [
			{ name: 'None', value: 'none', description: 'Whoever can read the destination can read the backups' },
			{
				name: 'For Recipients',
				value: 'recipients',
				description: 'With public keys; n8n needs no secret to back up',
			},
			{
				name: 'With a Passphrase',
				value: 'passphrase',
				description: 'With that of the Backup Key credential',
			},
		],
	},
	{
		displayName: 'Recipients',
		name: 'recipients',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. age1…',
		description:
			'Public keys of age, separated by commas or line breaks. Each of their owners can open the backups alone; those of the credential are added.',
		displayOptions: { show: { encryption: ['recipients'] } },
	},
];
