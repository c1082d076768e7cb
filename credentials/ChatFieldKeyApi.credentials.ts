import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class ChatFieldKeyApi implements ICredentialType {
	name = 'chatFieldKeyApi';

	displayName = 'Chat Field Key API';

	icon: Icon = { light: 'file:chatFieldKey.svg', dark: 'file:chatFieldKey.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/sealed-fields.md#in-n8n';

	properties: INodeProperties[] = [
		{
			displayName:
				'With this key the e-mail, phone and real name of contacts are sealed before they reach the database. Make one with "openssl rand -base64 32". Keep a copy outside n8n: without it nobody can read these fields again.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Current Key',
			name: 'currentSecretKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'32 random bytes in base64 or hexadecimal digits. What is written is sealed with it. Testing the credential shows its ID, by which a copy of the key is known again.',
		},
		{
			displayName: 'Former Keys',
			name: 'formerSecretKeys',
			type: 'string',
			typeOptions: { password: true, rows: 2 },
			default: '',
			description:
				'Keys that were current before, one a line, for fields that are still sealed with them. They can go when Reseal Fields has answered for each tenant of this credential that nothing is left ("left": 0); "leftElsewhere" counts contacts of other tenants that other keys have sealed. Keep them outside n8n for as long as backups from before are kept.',
		},
	];
}
