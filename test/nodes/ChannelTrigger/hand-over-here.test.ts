import { createHash } from 'node:crypto';

import { MessageStore } from '../../../nodes/ChannelTrigger/message-store';
import { EventQueue, parseTelegramUpdate } from '../../../src/channels';
import { endProcesses } from '../../support/channels/ended-process';
import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { Scope } from '../../support/scope';
import { Desk } from './trigger-double';

const botToken = '123456:a-token-that-nobody-is-to-see-0123';
let scope: Scope;
let telegram: TelegramDeliverer;

beforeAll(async () => {
	scope = await Scope.open('channel-hand-over');
	process.env.OPSDESK_STATE = scope.path('state');
	process.env.N8N_MULTI_MAIN_SETUP_ENABLED = 'true';
	telegram = await TelegramDeliverer.start(botToken);
});
afterAll(async () => {
	delete process.env.OPSDESK_STATE;
	delete process.env.N8N_MULTI_MAIN_SETUP_ENABLED;
	await telegram.http.stop();
	await scope.close();
});
afterEach(() => jest.restoreAllMocks());

/** Published for its secret, with nobody in this process who works off. */
async function openDesk(workflowId: string): Promise<Desk> {
	const desk = await new Desk({
		workflowId,
		parameters: { platform: 'telegram', events: ['message'], storeMessages: true },
		credentials: { telegramApi: { accessToken: botToken, baseUrl: telegram.http.url } },
	}).publish();
	await desk.close();
	return desk;
}

async function deliver(desk: Desk, id: number) {
	const { status, run } = await desk.request({
		headers: {
			'content-type': 'application/json',
			'x-telegram-bot-api-secret-token': telegram.webhook.secret_token,
		},
		body: Buffer.from(JSON.stringify(textUpdate(id))),
	});
	return { status, items: run?.[0]?.map(({ json }) => json) ?? [] };
}

test('RT-7: a message whose first attempt failed runs when it comes again, once', async () => {
	const desk = await openDesk('retried');
	const store = jest.spyOn(MessageStore.prototype, 'store').mockRejectedValueOnce(new Error('no database'));
	store.mockResolvedValue([{ status: 'created' }]);
	expect(await deliver(desk, 1)).toEqual({ status: 503, items: [] });
	const again = await deliver(desk, 1);
	expect(again).toMatchObject({ status: 200, items: [{ eventId: 'telegram:123456:4242:1:message' }] });
	expect(again.items[0]).not.toHaveProperty('redelivered');
	expect(await deliver(desk, 1)).toEqual({ status: 200, items: [] });
});

test('a message whose process was killed between the answer and the run goes with the next one, and says so', async () => {
	jest
		.spyOn(MessageStore.prototype, 'store')
		.mockImplementation((messages) => Promise.resolve(messages.map(() => ({ status: 'created' }))));
	const desk = await openDesk('killed');
	const place = createHash('sha256').update('killed:trigger').digest('hex').slice(0, 32);
	const folder = scope.path(`state/channels/${place}`);
	const killed = await EventQueue.open(folder);
	for (const event of parseTelegramUpdate(textUpdate(1), '123456').events) await killed.put(event);
	for (const waiting of killed.waiting) await killed.begin(waiting);
	await endProcesses(folder);
	const { items } = await deliver(desk, 2);
	expect(items.map(({ eventId, redelivered }) => [eventId, redelivered])).toEqual([
		['telegram:123456:4242:1:message', true],
		['telegram:123456:4242:2:message', undefined],
	]);
});
