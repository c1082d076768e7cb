import type { IDataObject } from 'n8n-workflow';

import { fixture, gateway, signedRequest } from '../../src/channels/receive/channels';
import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { poll } from '../../support/n8n/poll';
import { Scope } from '../../support/scope';
import { Desk, type HttpRequest } from './trigger-double';

const key = 'd'.repeat(32);
const url = 'https://hooks.example.com/webhook/desk/channel';
const webhookSecretApi = { secret: key, formerSecret: '' };
const metaWebhookApi = { appSecret: key, formerAppSecret: '', verifyToken: 'words of our own' };
const twilioApi = { authType: 'authToken', authToken: key };
const { header, prefix } = { header: 'X-Signature', prefix: 'sha256=', ...gateway.proof };
let scope: Scope;
let telegram: TelegramDeliverer;

beforeAll(async () => {
	scope = await Scope.open('channel-trigger-credentials');
	process.env.OPSDESK_STATE = scope.path('state');
	telegram = await TelegramDeliverer.start('123456:a-token-of-the-tests');
});
afterAll(async () => {
	delete process.env.OPSDESK_STATE;
	await telegram.http.stop();
	await scope.close();
});

const signed = (platform: string, body: unknown): HttpRequest => {
	const { headers, body: bytes } = signedRequest(platform, body, key);
	return { headers: headers as Record<string, string>, body: bytes };
};
const gatewayFields = {
	...{ idField: 'id', fromField: 'from', textField: 'message.text' },
	gateway: { messages: 'results', header, prefix },
};

const ways: Array<[string, IDataObject, Record<string, object>]> = [
	['telegram', { telegramSecret: 'webhookSecretApi' }, { webhookSecretApi }],
	['telegram', {}, {}],
	['whatsapp', {}, { metaWebhookApi }],
	['messenger', {}, { metaWebhookApi }],
	['instagram', {}, { metaWebhookApi }],
	['twilio', {}, { twilioApi }],
	['twilio', { twilioAuthentication: 'webhookSecretApi' }, { webhookSecretApi }],
	['gateway', gatewayFields, { webhookSecretApi }],
];

test.each(ways)('%s with %j takes its own credential, as n8n hands it out', async (platform, more, own) => {
	const telegramApi = { accessToken: telegram.token, baseUrl: telegram.http.url };
	const desk = new Desk({
		workflowId: `${platform}-${JSON.stringify(more).length}`,
		parameters: { platform, events: ['message'], settings: { publicUrl: url }, ...more },
		credentials: { ...own, ...(platform === 'telegram' && { telegramApi }) },
	});
	try {
		await desk.publish();
		const request =
			platform === 'telegram'
				? {
						headers: {
							'content-type': 'application/json',
							'x-telegram-bot-api-secret-token': telegram.webhook.secret_token,
						},
						body: Buffer.from(JSON.stringify(textUpdate(1))),
					}
				: signed(platform, fixture(platform, 'text').body);
		expect(await desk.request(request)).toMatchObject({ status: 200 });
		expect(await poll(60_000, () => Promise.resolve(desk.items[0]))).toMatchObject({ kind: 'message' });
	} finally {
		await desk.close();
	}
});
