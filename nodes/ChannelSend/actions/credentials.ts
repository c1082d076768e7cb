import type { INodeCredentialDescription } from 'n8n-workflow';

// n8n looks at the first entry of a name alone. Fields that are not shown have no value when it decides.

/** Where something goes to the platform itself, and not only into the outbox. */
const ofPlatforms = (name: string, platforms: string[], required = true): INodeCredentialDescription => ({
	name,
	required,
	displayOptions: { show: { platform: platforms }, hide: { sendThrough: ['outbox'], operation: ['set'] } },
});

const ofStore = (name: string): INodeCredentialDescription => ({
	name,
	required: true,
	displayOptions: { show: { authentication: [name] }, hide: { sendThrough: ['directly'] } },
});

export const credentials: INodeCredentialDescription[] = [
	ofPlatforms('telegramApi', ['telegram']),
	ofPlatforms('whatsAppApi', ['whatsapp']),
	ofPlatforms('facebookGraphApi', ['messenger', 'instagram']),
	ofPlatforms('twilioApi', ['twilio']),
	ofPlatforms('httpHeaderAuth', ['gateway'], false),
	ofStore('supabaseApi'),
	ofStore('postgres'),
];
