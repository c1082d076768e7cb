import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { poll } from '../../support/n8n/poll';
import { Scope } from '../../support/scope';
import { Desk } from './trigger-double';

const botToken = '123456:a-token-that-nobody-is-to-see-0123';
let scope: Scope;
let telegram: TelegramDeliverer;

beforeAll(async () => {
	scope = await Scope.open('channel-together');
	process.env.OPSDESK_STATE = scope.path('state');
	telegram = await TelegramDeliverer.start(botToken);
});
afterAll(async () => {
	delete process.env.OPSDESK_STATE;
	await telegram.http.stop();
	await scope.close();
});

const open = async (workflowId: string, settings: object): Promise<Desk> =>
	await new Desk({
		...{ workflowId, finish: false },
		parameters: { platform: 'telegram', events: ['message'], settings: { ...settings } },
		credentials: { telegramApi: { accessToken: botToken, baseUrl: telegram.http.url } },
	}).publish();

async function deliver(desk: Desk, id: number, chat: number): Promise<void> {
	const headers = {
		'content-type': 'application/json',
		'x-telegram-bot-api-secret-token': telegram.webhook.secret_token,
	};
	const body = Buffer.from(JSON.stringify(textUpdate(id, `No. ${id}`, chat)));
	expect((await desk.request({ headers, body })).status).toBe(200);
}

/** Waits until so many items went out. @returns how many each run has begun with */
async function runsOf(desk: Desk, items: number): Promise<number[]> {
	await poll(60_000, () => Promise.resolve(desk.items.length >= items ? true : undefined));
	return desk.runs;
}

test('what comes while a run is under way goes together into the next one, each message once and one of a chat', async () => {
	const desk = await open('together', { perRun: 3 });
	await deliver(desk, 1, 1);
	expect(await runsOf(desk, 1)).toEqual([1]);
	for (const [id, chat] of [
		[2, 2],
		[3, 3],
		[4, 3],
		[5, 4],
	] as const)
		await deliver(desk, id, chat);
	// What another chat has begun is not waited for longer than two seconds.
	expect(await runsOf(desk, 4)).toEqual([1, 3]);
	desk.endRuns();
	expect(await runsOf(desk, 5)).toEqual([1, 3, 1]);
	desk.endRuns();
	expect(new Set(desk.items.map(({ eventId }) => eventId)).size).toBe(5);
	expect(new Set(desk.keys).size).toBe(3);
	await desk.close();
});

test('unless it is chosen each run has one message', async () => {
	const desk = await open('alone', {});
	for (const id of [11, 12, 13]) await deliver(desk, id, id);
	expect(await runsOf(desk, 3)).toEqual([1, 1, 1]);
	await desk.close();
});
