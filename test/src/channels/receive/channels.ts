import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

import {
	gatewayChannel,
	instagramChannel,
	messengerChannel,
	telegramChannel,
	twilioChannel,
	whatsAppChannel,
	type Channel,
	type GatewayInput,
	type InboundRequest,
	type Secrets,
} from '../../../../src/channels';

/** How each channel is set up in the tests, and how its platform signs. */
export const publicUrl = 'https://hooks.example.com/webhook/desk/channel';
export const verifyToken = 'words of our own';

export const gateway: GatewayInput = {
	proof: { kind: 'hmac', header: 'X-Signature', prefix: 'sha256=' },
	fields: {
		messages: 'results',
		id: 'id',
		from: 'from',
		to: 'to',
		text: 'message.text',
		sentAt: 'received',
		mediaUrl: 'media',
		status: 'state',
	},
};

export interface Kind {
	open(secrets: Secrets): Channel;
	/** Headers that prove a body. */
	sign(body: Buffer, secret: string): Record<string, string>;
	contentType: string;
	encode(body: unknown): Buffer;
}

const json = {
	contentType: 'application/json',
	encode: (body: unknown) => Buffer.from(JSON.stringify(body)),
};

const hmac = (body: Buffer, secret: string) =>
	`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

const meta = (open: (options: { appSecrets: Secrets; verifyToken: string }) => Channel): Kind => ({
	...json,
	open: (appSecrets) => open({ appSecrets, verifyToken }),
	sign: (body, secret) => ({ 'x-hub-signature-256': hmac(body, secret) }),
});

export const kinds: Record<string, Kind> = {
	telegram: {
		...json,
		open: (secrets) => telegramChannel({ account: '123456', secrets }),
		sign: (_, secret) => ({ 'x-telegram-bot-api-secret-token': secret }),
	},
	whatsapp: meta(whatsAppChannel),
	messenger: meta(messengerChannel),
	instagram: meta(instagramChannel),
	twilio: {
		contentType: 'application/x-www-form-urlencoded',
		encode: (body) =>
			Buffer.from(new URLSearchParams(z.record(z.string(), z.string()).parse(body)).toString()),
		open: (authTokens) => twilioChannel({ authTokens }),
		sign: (body, secret) => ({ 'x-twilio-signature': twilioSignature(publicUrl, body, secret) }),
	},
	gateway: {
		...json,
		open: (secrets) => gatewayChannel({ gateway, secrets }),
		sign: (body, secret) => ({ 'x-signature': hmac(body, secret) }),
	},
};

/** By https://www.twilio.com/docs/usage/security, written apart from the product. */
export function twilioSignature(url: string, body: Buffer, token: string): string {
	const fields = [...new URLSearchParams(body.toString())].map(([name, value]) => name + value).sort();
	return createHmac('sha1', token)
		.update(url + fields.join(''))
		.digest('base64');
}

export function kindOf(platform: string): Kind {
	const kind = kinds[platform];
	if (!kind) throw new Error(`There is no platform ${platform}.`);
	return kind;
}

/** A request as the platform sends it, signed. */
export function signedRequest(platform: string, body: unknown, secret: string): InboundRequest {
	const { encode, sign, contentType } = kindOf(platform);
	const bytes = Buffer.isBuffer(body) ? body : encode(body);
	return {
		method: 'POST',
		headers: {
			'content-type': `${contentType}; charset=utf-8`,
			'content-length': String(bytes.length),
			...sign(bytes, secret),
		},
		query: {},
		body: bytes,
		publicUrl,
	};
}

const fixtureSchema = z.strictObject({
	body: z.unknown(),
	events: z.array(z.record(z.string(), z.unknown())),
	broken: z.array(z.string()).default([]),
});

export type Fixture = z.output<typeof fixtureSchema> & { name: string };

export function fixturesOf(platform: string): Fixture[] {
	const folder = resolve(__dirname, '../../../fixtures/channels', platform);
	return readdirSync(folder).map((file) => ({
		name: file.replace(/\.json$/, ''),
		...fixtureSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
	}));
}

export function fixture(platform: string, name: string): Fixture {
	const found = fixturesOf(platform).find((one) => one.name === name);
	if (!found) throw new Error(`There is no fixture ${platform}/${name}.`);
	return found;
}
