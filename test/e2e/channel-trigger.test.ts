import { textUpdate } from '../support/channels/telegram-deliverer';
import { startTriggerInN8n, type TriggerInN8n } from '../support/channels/trigger-in-n8n';

let desk: TriggerInN8n;

beforeAll(async () => {
	desk = await startTriggerInN8n('e2e-channels');
}, 600_000);
afterAll(() => desk?.close());

test('RT-1: the webhook is set with a secret token, and a forged update is neither stored nor run', async () => {
	expect(desk.telegram.webhook.url).toContain('/webhook/c0ffee00-0000-4000-8000-00000000c4a1/channel');
	expect(desk.telegram.webhook.secret_token).toMatch(/^[0-9a-f]{64}$/);
	expect(desk.telegram.webhook.allowed_updates).toContain('edited_message');
	expect((await desk.telegram.deliver(textUpdate(1), { secret: 'guessed' })).status).toBe(401);
	const broken = await fetch(desk.telegram.webhook.url, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			'x-telegram-bot-api-secret-token': desk.telegram.webhook.secret_token,
		},
		body: '{"update_id": 1',
	});
	expect(broken.status).toBe(400);
	expect(await desk.stored()).toEqual([]);
	expect(desk.runs()).toEqual([]);
});
