import type { INodeCredentialDescription } from 'n8n-workflow';

import { meta, platforms } from './descriptions';

type Shown = NonNullable<INodeCredentialDescription['displayOptions']>;

const allBut = (...served: string[]): string[] => platforms.filter((one) => !served.includes(one));

const ofStore = (other: string): Shown => ({ hide: { storeMessages: [false], authentication: [other] } });

/**
 * Where each credential is shown: hidden, and never shown, because n8n's editor takes a field on which the showing of a
 * credential depends for one of the credential, and leaves it out of the node, with all that it depends on itself. A field
 * that is not there hides nothing. n8n looks at the first entry of a name alone.
 */
export const displayOptions = {
	telegramApi: { hide: { platform: allBut('telegram') } },
	metaWebhookApi: { hide: { platform: allBut(...meta) } },
	twilioApi: { hide: { platform: allBut('twilio'), twilioAuthentication: ['webhookSecretApi'] } },
	webhookSecretApi: {
		hide: { platform: meta, telegramSecret: ['derived'], twilioAuthentication: ['twilioApi'] },
	},
	supabaseApi: ofStore('postgres'),
	postgres: ofStore('supabaseApi'),
} satisfies Record<string, Shown>;
