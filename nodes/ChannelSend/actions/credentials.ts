import type { INodeCredentialDescription } from 'n8n-workflow';

import { platforms } from './platform';

// Hidden, and never shown: n8n's editor takes a field on which the showing of a credential depends for one of the
// credential, and leaves it out of the node, with all that it depends on itself. A field that is not there hides nothing.

const withoutPlatform = ['getMany', 'judge', 'replay', 'set', 'settle'];

/** Where something goes to the platform itself, and not only into the outbox. */
const ofPlatforms = (name: string, served: string[], required = true): INodeCredentialDescription => ({
	name,
	required,
	displayOptions: {
		hide: {
			platform: platforms.filter((one) => !served.includes(one)),
			sendThrough: ['outbox'],
			operation: withoutPlatform,
		},
	},
});

const ofStore = (name: string, other: string): INodeCredentialDescription => ({
	name,
	required: true,
	displayOptions: { hide: { authentication: [other], sendThrough: ['directly'] } },
});

export const credentials: INodeCredentialDescription[] = [
	ofPlatforms('telegramApi', ['telegram']),
	ofPlatforms('whatsAppApi', ['whatsapp']),
	ofPlatforms('facebookGraphApi', ['messenger', 'instagram']),
	ofPlatforms('twilioApi', ['twilio']),
	ofPlatforms('httpHeaderAuth', ['gateway'], false),
	ofStore('supabaseApi', 'postgres'),
	ofStore('postgres', 'supabaseApi'),
];
