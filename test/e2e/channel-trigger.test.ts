import { setTimeout as sleep } from 'node:timers/promises';

import { numbers, untilRun, updatesOf } from '../support/channels/rates';
import { textUpdate } from '../support/channels/telegram-deliverer';
import { startTriggerInN8n, type TriggerInN8n } from '../support/channels/trigger-in-n8n';
import { startN8nServer } from '../support/n8n/host';
import { poll } from '../support/n8n/poll';

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

test('RT-7: of many messages at once, each delivered until it is taken and some of them twice, each is run once', async () => {
	const ids = numbers(1001, 100);
	const deliver = async (update: object): Promise<void> => {
		// As platforms do.
		const taken = await poll(20_000, async () =>
			(await desk.telegram.deliver(update)).ok ? true : undefined,
		);
		expect(taken).toBe(true);
	};
	await Promise.all(updatesOf([...ids, ...ids.slice(0, 20)]).map(deliver));
	await untilRun(desk, 100);
	expect((await desk.stored()).sort()).toEqual(ids.map((id) => `Message ${id}`).sort());
	expect(desk.runs()).toHaveLength(100);
	expect(new Set(desk.runs().map(({ eventId }) => eventId)).size).toBe(100);
}, 60_000);

test('RT-27: n8n is killed in the middle, what was not answered is delivered again, and each is stored once', async () => {
	const { n8n, telegram } = desk;
	const ids = numbers(5001, 60);
	const pending = new Set(ids);
	const deliver = async (id: number, origin = ''): Promise<void> => {
		const answer = await telegram.deliver(updatesOf([id])[0] ?? {}, { origin }).catch(() => undefined);
		if (answer?.status === 200) pending.delete(id);
	};
	const delivering = Promise.all(
		ids.map(async (id, index) => {
			await sleep(index * 30);
			await deliver(id);
		}),
	);
	await sleep(700);
	await n8n.process.end('SIGKILL');
	await delivering;
	const { N8N_PORT = '', N8N_RUNNERS_BROKER_PORT = '' } = n8n.env;
	await startN8nServer(desk.stand.scope, {
		name: 'n8n-again',
		userFolder: n8n.userFolder,
		env: { N8N_PORT, N8N_RUNNERS_BROKER_PORT },
		withPackage: false,
	});
	await poll(30_000, async () => {
		for (const id of pending) await deliver(id);
		return pending.size === 0 ? true : undefined;
	});
	const runs = () =>
		desk.runs().filter(({ eventId }) => ids.some((id) => eventId.endsWith(`:${id}:message`)));
	const ran = (): Set<string> => new Set(runs().map(({ eventId }) => eventId));
	await poll(30_000, () => Promise.resolve(ran().size >= ids.length ? true : undefined));
	const stored = (await desk.stored()).filter((text) => ids.some((id) => text === `Message ${id}`));
	expect(stored).toHaveLength(ids.length);
	expect(new Set(stored).size).toBe(ids.length);
	expect(ran().size).toBe(ids.length);
	// A run that the kill has cut off comes again and says so; no other comes twice.
	const first = new Set<string>();
	const unsaid = runs().filter(({ eventId, redelivered }) => {
		const isRepeated = first.has(eventId);
		first.add(eventId);
		return isRepeated && !redelivered;
	});
	expect(unsaid).toEqual([]);
}, 120_000);
