import type { INodeCredentialDescription } from 'n8n-workflow';

import { meta, platforms } from './descriptions';

// Hidden, and never shown: n8n's editor takes a field on which the showing of a credential depends for one of the
// credential, and leaves it out of the node, with all that it depends on itself. A field that is not there hides nothing.
// n8n looks at the first entry of a name alone.

const allBut = (...served: string[]): string[] => platforms.filter((one) => !served.includes(one));

const ofStore = (name: string, other: string): INodeCredentialDescription => ({
	name,
	required: true,
	displayOptions: { hide: { storeMessages: [false], authentication: [other] } },
});

export const credentials: INodeCredentialDescription[] = [
	{ name: 'telegramApi', required: true, displayOptions: { hide: { platform: allBut('telegram') } } },
	{
		name: 'metaWebhookApi',
		required: true,
		testedBy: 'metaWebhookApiTest',
		displayOptions: { hide: { platform: allBut(...meta) } },
	},
	{
		name: 'twilioApi',
		required: true,
		displayOptions: { hide: { platform: allBut('twilio'), twilioAuthentication: ['webhookSecretApi'] } },
	},
	{
		name: 'webhookSecretApi',
		required: true,
		testedBy: 'webhookSecretApiTest',
		displayOptions: {
			hide: { platform: meta, telegramSecret: ['derived'], twilioAuthentication: ['twilioApi'] },
		},
	},
	ofStore('supabaseApi', 'postgres'),
	ofStore('postgres', 'supabaseApi'),
];
