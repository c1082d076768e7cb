import { NodeHelpers, type INode, type INodeParameters, type INodeTypeDescription } from 'n8n-workflow';

import { ChannelBatchTrigger } from '../../../nodes/ChannelBatchTrigger/ChannelBatchTrigger.node';
import { ChannelSend } from '../../../nodes/ChannelSend/ChannelSend.node';
import { ChannelTrigger } from '../../../nodes/ChannelTrigger/ChannelTrigger.node';
import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { EvaDecide } from '../../../nodes/EvaDecide/EvaDecide.node';
import { SiteBackup } from '../../../nodes/SiteBackup/SiteBackup.node';
import { SiteCheck } from '../../../nodes/SiteCheck/SiteCheck.node';
import { SlaTimer } from '../../../nodes/SlaTimer/SlaTimer.node';
import { SlaTimerTrigger } from '../../../nodes/SlaTimerTrigger/SlaTimerTrigger.node';
import { SupabaseChatStore } from '../../../nodes/SupabaseChatStore/SupabaseChatStore.node';

const descriptions: INodeTypeDescription[] = [
	new ChannelBatchTrigger(),
	new ChannelSend(),
	new ChannelTrigger(),
	new DockerControl(),
	new EvaDecide(),
	new SiteBackup(),
	new SiteCheck(),
	new SlaTimer(),
	new SlaTimerTrigger(),
	new SupabaseChatStore(),
].map(({ description }) => description);

/**
 * What n8n's editor leaves out of a node: the field that chooses between its credentials ("authentication", else a list of
 * which every value shows one), which it moves into the window of the credential, and with it all on which a field that
 * shows a credential depends.
 */
function leftOut({ credentials = [], properties }: INodeTypeDescription): string[] {
	const values = new Map<string, unknown[]>();
	for (const { displayOptions } of credentials)
		for (const [name, shown = []] of Object.entries(displayOptions?.show ?? {}))
			values.set(name, [...(values.get(name) ?? []), ...(Array.isArray(shown) ? shown : [])]);
	const fields = properties.filter(({ name }) => values.has(name));
	const valuesOf = ({ options = [] }: (typeof fields)[number]) =>
		options.flatMap((option) => ('value' in option ? [option.value] : []));
	const chooses =
		fields.find((field) => field.name === 'authentication' && !valuesOf(field).includes('none')) ??
		fields.find((field) => {
			const own = valuesOf(field);
			return own.length > 0 && own.every((value) => values.get(field.name)?.includes(value));
		});
	if (!chooses) return [];
	const needed = fields.flatMap(({ displayOptions }) => Object.keys(displayOptions?.show ?? {}));
	return [
		...new Set([chooses.name, ...properties.map(({ name }) => name).filter((name) => needed.includes(name))]),
	];
}

test.each(descriptions.map((description) => [description.displayName, description] as const))(
	'%s keeps its fields in the editor: at most the choice of a credential goes into its window',
	(_, description) => {
		expect(leftOut(description).filter((name) => name !== 'authentication')).toEqual([]);
	},
);

/** The credentials that n8n asks for. */
function asked(description: INodeTypeDescription, parameters: INodeParameters): string[] {
	const node: INode = { id: '1', name: 'x', type: 'x', typeVersion: 1, position: [0, 0], parameters };
	node.parameters =
		NodeHelpers.getNodeParameters(description.properties, parameters, true, false, node, description) ?? {};
	return (description.credentials ?? [])
		.filter((credential) => NodeHelpers.displayParameter(node.parameters, credential, node, description))
		.map(({ name }) => name);
}

const [send, trigger] = [new ChannelSend().description, new ChannelTrigger().description];
const sending: Array<[INodeParameters, string[]]> = [
	[{}, ['telegramApi']],
	[{ platform: 'whatsapp' }, ['whatsAppApi']],
	[{ platform: 'messenger' }, ['facebookGraphApi']],
	[{ platform: 'instagram', sendThrough: 'store' }, ['facebookGraphApi', 'supabaseApi']],
	[{ platform: 'twilio', sendThrough: 'store', authentication: 'postgres' }, ['twilioApi', 'postgres']],
	[{ platform: 'gateway', operation: 'sendMedia' }, ['httpHeaderAuth']],
	[{ sendThrough: 'outbox' }, ['supabaseApi']],
	[{ sendThrough: 'outbox', authentication: 'postgres', to: 'chat', platform: 'twilio' }, ['postgres']],
	[{ resource: 'outbox' }, ['telegramApi', 'supabaseApi']],
	[{ resource: 'outbox', operation: 'sendDue', platform: 'twilio' }, ['twilioApi', 'supabaseApi']],
	...['getMany', 'replay', 'settle'].map((operation): [INodeParameters, string[]] => [
		{ resource: 'outbox', operation },
		['supabaseApi'],
	]),
	[{ resource: 'recipient' }, ['supabaseApi']],
	[
		{ resource: 'recipient', operation: 'set', platform: 'gateway', authentication: 'postgres' },
		['postgres'],
	],
];
test.each(sending)('Channel Send with %j asks for %j', (parameters, names) => {
	expect(asked(send, parameters)).toEqual(names);
});

const triggers: Array<[INodeParameters, string[]]> = [
	[{}, ['telegramApi']],
	[{ telegramSecret: 'webhookSecretApi' }, ['telegramApi', 'webhookSecretApi']],
	...['whatsapp', 'messenger', 'instagram'].map((platform): [INodeParameters, string[]] => [
		{ platform },
		['metaWebhookApi'],
	]),
	[{ platform: 'twilio' }, ['twilioApi']],
	[{ platform: 'twilio', twilioAuthentication: 'webhookSecretApi' }, ['webhookSecretApi']],
	[{ platform: 'gateway' }, ['webhookSecretApi']],
	[{ storeMessages: true }, ['telegramApi', 'supabaseApi']],
	[
		{ platform: 'gateway', storeMessages: true, authentication: 'postgres' },
		['webhookSecretApi', 'postgres'],
	],
];
test.each(triggers)('Channel Trigger with %j asks for %j', (parameters, names) => {
	expect(asked(trigger, parameters)).toEqual(names);
});

/** The fields that are shown, and the options that may be added. */
function shown(parameters: INodeParameters): { fields: string[]; options: string[] } {
	const node: INode = { id: '1', name: 'x', type: 'x', typeVersion: 1, position: [0, 0], parameters };
	const values = NodeHelpers.getNodeParameters(send.properties, parameters, true, false, node, send) ?? {};
	const fields = send.properties.filter((field) => NodeHelpers.displayParameter(values, field, node, send));
	const options = fields.find(({ name }) => name === 'options')?.options ?? [];
	return {
		fields: fields.map(({ name }) => name),
		options: options.flatMap((option) =>
			'displayName' in option &&
			'type' in option &&
			NodeHelpers.displayParameter(values, option, node, send, values)
				? [option.name]
				: [],
		),
	};
}

test('Channel Send asks first what is to be done, then which way and where', () => {
	expect(shown({}).fields.slice(0, 5)).toEqual(['resource', 'operation', 'sendThrough', 'platform', 'to']);
});

test('an answer through the outbox goes where its message came from: no platform is asked for', () => {
	expect(shown({ sendThrough: 'outbox' }).fields).not.toContain('platform');
	expect(shown({ sendThrough: 'outbox', to: 'chat' }).fields).toContain('platform');
});

test('options of the outbox and of single platforms are there where they change something', () => {
	const ofOutbox = ['key', 'mostAttempts', 'sendAt', 'whenUncertain'];
	const queued = shown({ sendThrough: 'outbox' }).options;
	expect(queued).toEqual(expect.arrayContaining(ofOutbox));
	expect(queued).not.toEqual(expect.arrayContaining(['waitAtMost']));
	const direct = shown({ platform: 'messenger' }).options;
	expect(direct).toEqual(expect.arrayContaining(['apiUrl', 'humanAgent', 'requestTimeout', 'waitAtMost']));
	expect(direct.filter((name) => [...ofOutbox, 'messagingServiceSid'].includes(name))).toEqual([]);
	expect(shown({ platform: 'twilio' }).options).toContain('messagingServiceSid');
	expect(shown({}).options).not.toContain('apiUrl');
});
