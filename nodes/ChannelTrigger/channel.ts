import { createHash, createHmac } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

import type * as Channels from '../../src/channels';
import type { TriggerFunctions } from '../shared/store/stores';
import { asText } from '../shared/values';
import { placeOf } from './inbox';

/** n8n reads a credential from its database each time, which many requests at once would wait for. */
const keepMs = 5000;
const mostKept = 200;
const kept = new Map<string, { at: number; channel: Promise<Channels.Channel> }>();

/** The channel of a node as it was within the last seconds. @throws ChannelError */
export async function channelOf(
	context: TriggerFunctions,
	channels: typeof Channels,
	platform: string,
): Promise<Channels.Channel> {
	const { parameters, credentials } = context.getNode();
	const key = createHash('sha256')
		.update(JSON.stringify([placeOf(context), parameters, credentials]))
		.digest('hex');
	const known = kept.get(key);
	if (known && Date.now() - known.at < keepMs) return await known.channel;
	if (kept.size >= mostKept) kept.clear();
	const channel = openChannel(context, channels, platform);
	kept.set(key, { at: Date.now(), channel });
	// Whoever comes next tries again.
	channel.catch(() => kept.delete(key));
	return await channel;
}

/** The channel that the parameters and credentials describe. @throws ChannelError */
async function openChannel(
	context: TriggerFunctions,
	channels: typeof Channels,
	platform: string,
): Promise<Channels.Channel> {
	switch (platform) {
		case 'telegram': {
			const { token } = await telegramBot(context);
			const secrets = await telegramSecrets(context, token);
			return channels.telegramChannel({ account: channels.botId(token), secrets });
		}
		case 'whatsapp':
			return channels.whatsAppChannel(await metaOptions(context));
		case 'messenger':
			return channels.messengerChannel(await metaOptions(context));
		case 'instagram':
			return channels.instagramChannel(await metaOptions(context));
		case 'twilio':
			return channels.twilioChannel({ authTokens: await twilioTokens(context, channels) });
		case 'gateway':
			return channels.gatewayChannel({ gateway: gatewayOf(context), secrets: await secretsOf(context) });
		default:
			throw new channels.ChannelError(
				'invalid_input',
				`"Platform" is none that this node knows: ${platform}`,
				'Choose one from the list.',
			);
	}
}

/** @throws NodeOperationError of n8n when there is no credential */
export async function telegramBot(context: TriggerFunctions): Promise<Channels.TelegramBot> {
	const { accessToken, baseUrl } = await context.getCredentials('telegramApi');
	return { token: asText(accessToken), apiRoot: asText(baseUrl) || 'https://api.telegram.org' };
}

/** Of the credential, or derived from the token, so that nobody has to make one up and it is not to be guessed. */
export async function telegramSecrets(context: TriggerFunctions, token: string): Promise<Channels.Secrets> {
	if (context.getNodeParameter('telegramSecret', 'derived') === 'webhookSecretApi')
		return await secretsOf(context);
	const place = `opsdesk ${context.getWorkflow().id} ${context.getNode().id}`;
	return { current: createHmac('sha256', token).update(place).digest('hex') };
}

async function secretsOf(context: TriggerFunctions): Promise<Channels.Secrets> {
	const { secret, formerSecret } = await context.getCredentials('webhookSecretApi');
	return { current: verbatim(secret), former: verbatim(formerSecret) };
}

async function metaOptions(context: TriggerFunctions): Promise<Channels.MetaOptions> {
	const { appSecret, formerAppSecret, verifyToken } = await context.getCredentials('metaWebhookApi');
	return {
		appSecrets: { current: asText(appSecret), former: asText(formerAppSecret) },
		verifyToken: verbatim(verifyToken),
	};
}

async function twilioTokens(context: TriggerFunctions, channels: typeof Channels): Promise<Channels.Secrets> {
	if (context.getNodeParameter('twilioAuthentication', 'twilioApi') === 'webhookSecretApi')
		return await secretsOf(context);
	const { authType, authToken } = await context.getCredentials('twilioApi');
	if (authType !== 'apiKey') return { current: asText(authToken) };
	throw new channels.ChannelError(
		'misconfigured',
		'The Twilio credential holds an API key, and Twilio signs what it delivers with the auth token of the account.',
		'Choose "Webhook Secret Credential" under Auth Token From, and enter the auth token there.',
	);
}

function gatewayOf(context: TriggerFunctions): Channels.GatewayInput {
	const parameter = (name: string): unknown => context.getNodeParameter(name, '');
	const more = context.getNodeParameter('gateway', {}) as IDataObject;
	const option = (name: string): string | undefined => asText(more[name]) || undefined;
	const picked = (names: string[]) =>
		Object.fromEntries(names.flatMap((name) => (option(name) === undefined ? [] : [[name, option(name)]])));
	const proof =
		parameter('proof') === 'token'
			? { kind: 'token', ...picked(['header']) }
			: { kind: 'hmac', ...picked(['header', 'algorithm', 'encoding', 'prefix']) };
	// Read and judged by the channel, which names what is wrong.
	return {
		proof,
		...picked(['contentType']),
		fields: {
			id: asText(parameter('idField')),
			from: asText(parameter('fromField')),
			...(asText(parameter('textField')) !== '' && { text: asText(parameter('textField')) }),
			...picked(['to', 'messages', 'name', 'mediaUrl', 'status', 'sentAt']),
		},
	} as Channels.GatewayInput;
}

/** Not even a space is taken from a secret that somebody has made up. */
function verbatim(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
