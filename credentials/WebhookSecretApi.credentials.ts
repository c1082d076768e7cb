import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class WebhookSecretApi implements ICredentialType {
	name = 'webhookSecretApi';

	displayName = 'Webhook Secret API';

	icon: Icon = { light: 'file:webhookSecret.svg', dark: 'file:webhookSecret.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/channels.md#changing-a-secret';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret',
			name: 'secret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'What shows who has sent a request: the key or token of an SMS gateway, the auth token of Twilio, or the secret token of a Telegram webhook',
		},
		{
			displayName: 'Former Secret',
			name: 'formerSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'The one before, while it is being changed. Requests with it are still taken, and reported.',
		},
	];
}
