import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class BackupKeyApi implements ICredentialType {
	name = 'backupKeyApi';

	displayName = 'Backup Key API';

	icon: Icon = { light: 'file:backupKey.svg', dark: 'file:backupKey.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/encryption.md#in-n8n';

	properties: INodeProperties[] = [
		{
			displayName:
				'To back up, recipients or a passphrase are enough; identities or the passphrase are needed to verify the content of backups and to restore. Keep a copy of the key outside n8n: without it nobody can open the backups.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Recipients',
			name: 'recipients',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. age1…',
			description:
				'Public keys of age, one a line, for which sites that are encrypted for recipients are encrypted too; each of their owners can open the backups alone',
		},
		{
			displayName: 'Identities (Private Keys)',
			name: 'privateKeys',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			placeholder: 'e.g. AGE-SECRET-KEY-1…',
			description:
				'Secret keys of age, one a line, that open what was encrypted for their recipients. The content of files as age-keygen and "opsdesk backup keygen" write them can be pasted whole.',
		},
		{
			displayName: 'Passphrase',
			name: 'passphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Encrypts the backups of sites that are encrypted with a passphrase, and opens them. It is taken as it is, with its blanks.',
		},
	];
}
