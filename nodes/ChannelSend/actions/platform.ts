import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import type { ChannelClient, Platform, TargetInput } from '../../../src/channels';
import { asText, textOf } from '../../shared/values';
import type { Session } from './operation';

export const platforms = ['instagram', 'messenger', 'gateway', 'telegram', 'twilio', 'whatsapp'];

/** By which way it goes; two of them are SMS, and one of these is others as well. */
export const platform: INodeProperties = {
	displayName: 'Platform',
	name: 'platform',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Instagram', value: 'instagram' },
		{ name: 'Messenger', value: 'messenger' },
		{ name: 'SMS (Other Gateway)', value: 'gateway', description: 'Any gateway that takes JSON over HTTPS' },
		{ name: 'Telegram', value: 'telegram' },
		{
			name: 'Twilio (SMS, WhatsApp, Messenger)',
			value: 'twilio',
			description: 'Numbers of Twilio, and senders of WhatsApp and pages that are connected there',
		},
		{ name: 'WhatsApp (Cloud API)', value: 'whatsapp', description: 'Straight to Meta' },
	],
	default: 'telegram',
};

/** What a gateway of one's own has to be told. */
export const gatewayFields: INodeProperties[] = [
	{
		displayName: 'Gateway URL',
		name: 'gatewayUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://sms.example.com/v1/messages',
		description: 'Where a message is posted',
	},
	{
		displayName: 'Gateway Body',
		name: 'gatewayBody',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '{"to": "{{to}}", "from": "{{from}}", "text": "{{text}}"}',
		required: true,
		description: 'JSON in which {{to}}, {{from}} and {{text}} stand within quotes',
	},
	{
		displayName: 'Gateway ID Field',
		name: 'gatewayIdField',
		type: 'string',
		default: 'id',
		description: 'Where the answer says the ID of the message, such as data.ID',
	},
];

/** Shows an option only where the fields of the node have one of these values. */
export const shownOption =
	(show: Record<string, string[]>) =>
	(option: INodeProperties): INodeProperties => ({
		...option,
		displayOptions: { show: { ...option.displayOptions?.show, ...show } },
	});

export const apiUrl: INodeProperties = {
	displayName: 'API URL',
	name: 'apiUrl',
	type: 'string',
	// The credential goes there: no item may say where.
	noDataExpression: true,
	default: '',
	placeholder: 'e.g. https://graph.example.com',
	description: 'Where the interface of the platform is, in place of the usual address',
	// The credential of Telegram says it, and a gateway has an address of its own.
	displayOptions: { show: { '/platform': ['instagram', 'messenger', 'twilio', 'whatsapp'] } },
};

export const humanAgent: INodeProperties = {
	displayName: 'Human Agent',
	name: 'humanAgent',
	type: 'boolean',
	default: false,
	description: 'Whether a person answers, for which seven days are left where the app of Meta may do that',
	displayOptions: { show: { '/platform': ['instagram', 'messenger'] } },
};

export const requestTimeout: INodeProperties = {
	displayName: 'Request Timeout (Seconds)',
	name: 'requestTimeout',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 60 },
	default: 30,
	description: 'After which nobody knows whether a message was sent',
};

export const messagingService: INodeProperties = {
	displayName: 'Messaging Service SID',
	name: 'messagingServiceSid',
	type: 'string',
	default: '',
	placeholder: 'e.g. MG…',
	description: 'Service of Twilio that chooses the number to send from',
	displayOptions: { show: { '/platform': ['twilio'] } },
};

/** Whether Twilio is chosen, which serves numbers of SMS, and of other platforms. */
export function isTwilio(context: IExecuteFunctions, itemIndex: number): boolean {
	return context.getNodeParameter('platform', itemIndex, 'telegram') === 'twilio';
}

/** Whether a message for this account may go the chosen way. @throws NodeOperationError with the way that serves it */
export function checkWay(
	context: IExecuteFunctions,
	{ channels }: Session,
	itemIndex: number,
	{ platform: wanted, account = '' }: TargetInput,
): void {
	const chosen = platformOf(context, itemIndex);
	const carrier = channels.carrierOf(String(account));
	const isServed = carrier ? isTwilio(context, itemIndex) : wanted === chosen;
	if (isServed) return;
	const from = carrier ? `${wanted} over Twilio` : wanted;
	throw new NodeOperationError(
		context.getNode(),
		`The message came from ${from}, and this node sends to ${isTwilio(context, itemIndex) ? 'Twilio' : chosen}.`,
		{
			itemIndex,
			description:
				'Send through the outbox, which serves all platforms, or use one node for each behind a Switch.',
		},
	);
}

/** The platform as the store knows it. */
export function platformOf(context: IExecuteFunctions, itemIndex: number): Platform {
	const chosen = asText(context.getNodeParameter('platform', itemIndex, 'telegram'));
	return chosen === 'twilio' || chosen === 'gateway' ? 'sms' : (chosen as Platform);
}

interface Way {
	client: ChannelClient;
	/** The account that the credential belongs to, where it says so. */
	account: string | undefined;
}

/** The way to the chosen platform with the selected credential. @throws NodeOperationError */
export async function wayOf(
	context: IExecuteFunctions,
	{ channels }: Session,
	itemIndex: number,
	options: Record<string, unknown>,
): Promise<Way> {
	const chosen = asText(context.getNodeParameter('platform', itemIndex));
	const timeoutMs = Math.min(Math.max(Number(options['requestTimeout'] ?? 30), 1), 60) * 1000;
	const baseUrl = textOf(options['apiUrl']);
	const keys = async (name: string) => await context.getCredentials(name, itemIndex);
	switch (chosen) {
		case 'telegram': {
			const { accessToken, baseUrl: root } = await keys('telegramApi');
			const token = asText(accessToken);
			return {
				client: channels.telegramClient({ token, baseUrl: textOf(root), timeoutMs }),
				account: token.split(':')[0],
			};
		}
		case 'whatsapp': {
			const accessToken = asText((await keys('whatsAppApi'))['accessToken']);
			return { client: channels.whatsAppClient({ accessToken, baseUrl, timeoutMs }), account: undefined };
		}
		case 'messenger':
		case 'instagram': {
			const accessToken = asText((await keys('facebookGraphApi'))['accessToken']);
			const humanAgent = options['humanAgent'] === true;
			return {
				client: channels.messengerClient({ accessToken, baseUrl, timeoutMs, humanAgent }),
				account: undefined,
			};
		}
		case 'twilio': {
			const fields = await keys('twilioApi');
			const isKey = fields['authType'] === 'apiKey';
			return {
				client: channels.twilioClient({
					accountSid: asText(fields['accountSid']),
					username: asText(fields[isKey ? 'apiKeySid' : 'accountSid']),
					password: asText(fields[isKey ? 'apiKeySecret' : 'authToken']),
					messagingServiceSid: textOf(options['messagingServiceSid']),
					...{ baseUrl, timeoutMs },
				}),
				account: undefined,
			};
		}
		case 'gateway':
			return { client: await gateway(context, channels, itemIndex, timeoutMs), account: undefined };
		default:
			throw new NodeOperationError(context.getNode(), `Channel Send knows no platform "${chosen}".`, {
				itemIndex,
				description: 'Choose one from the list.',
			});
	}
}

async function gateway(
	context: IExecuteFunctions,
	channels: Session['channels'],
	itemIndex: number,
	timeoutMs: number,
): Promise<ChannelClient> {
	const isKeyed = context.getNode().credentials?.['httpHeaderAuth'] !== undefined;
	const key = isKeyed ? await context.getCredentials('httpHeaderAuth', itemIndex) : undefined;
	return channels.gatewayClient({
		url: asText(context.getNodeParameter('gatewayUrl', itemIndex)),
		body: String(context.getNodeParameter('gatewayBody', itemIndex)),
		idPath: textOf(context.getNodeParameter('gatewayIdField', itemIndex, 'id')),
		timeoutMs,
		...(key && { header: { name: asText(key['name']), value: String(key['value']) } }),
	});
}
