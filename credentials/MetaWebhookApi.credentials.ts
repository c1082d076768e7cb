import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class MetaWebhookApi implements ICredentialType {
	name = 'metaWebhookApi';

	displayName = 'Meta Webhook API';

	icon: Icon = { light: 'file:webhookSecret.svg', dark: 'file:webhookSecret.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/channels.md#meta';

	properties: INodeProperties[] = [
		{
			displayName: 'App Secret',
			name: 'appSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'Of the app, under App Settings → Basic. What Meta delivers is signed with it.',
		},
		{
			displayName: 'Former App Secret',
			name: 'formerAppSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'The one before, while it is being changed. Deliveries that are signed with it are still taken, and reported.',
		},
		{
			displayName: 'Verify Token',
			name: 'verifyToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'Any words of your own; enter the same where the webhook is set up in the app',
		},
	];
}
