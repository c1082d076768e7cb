import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { textUpdate } from '../support/channels/telegram-deliverer';
import { startTriggerInN8n, type TriggerInN8n } from '../support/channels/trigger-in-n8n';
import { startN8nServer } from '../support/n8n/host';
import { poll } from '../support/n8n/poll';

let desk: TriggerInN8n;

beforeAll(async () => {
	desk = await startTriggerInN8n('e2e-channels');
}, 600_000);
afterAll(() => desk?.close());

/** Delivers these at equal distances, each on time whether the one before is answered or not. */
async function deliverEvenly(
	updates: object[],
	durationMs: number,
): Promise<Array<{ status: number; ms: number }>> {
	const answers = updates.map(async (update, index) => {
		await sleep((index * durationMs) / updates.length);
		const startedAt = performance.now();
		const { status } = await desk.telegram.deliver(update);
		return { status, ms: performance.now() - startedAt };
	});
	return await Promise.all(answers);
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
const updatesOf = (ids: number[]) => ids.map((id) => textUpdate(id, `Message ${id}`, 1000 + (id % 40)));

/** Waits until as many runs have come as messages, and a moment more, in which one too many would. */
async function workedOff(count: number): Promise<void> {
	await poll(30_000, () => Promise.resolve(desk.runs().length >= count ? true : undefined));
	await sleep(500);
}

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

test('RT-27: ten messages a second for twenty seconds are each stored and answered within a second', async () => {
	const answers = await deliverEvenly(updatesOf(numbers(1, 200)), 20_000);
	expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
	const sorted = answers.map(({ ms }) => ms).sort((one, other) => one - other);
	expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(1000);
	await workedOff(200);
	expect(new Set(await desk.stored()).size).toBe(200);
	expect(desk.runs()).toHaveLength(200);
}, 60_000);

test('RT-7, RT-27: of a burst of 500 in ten seconds, some of it twice, each is stored and run once', async () => {
	const ids = numbers(1001, 500);
	const twice = ids.filter((id) => id % 5 === 0);
	const answers = await deliverEvenly(
		updatesOf([...ids, ...twice].sort((one, other) => one - other)),
		10_000,
	);
	expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
	await workedOff(700);
	const stored = await desk.stored();
	expect(stored).toHaveLength(700);
	expect(new Set(stored).size).toBe(700);
	expect(desk.runs()).toHaveLength(700);
	expect(new Set(desk.runs().map(({ eventId }) => eventId)).size).toBe(700);
}, 60_000);

test('RT-27: n8n is killed in the middle, what was not answered is delivered again, and each is stored once', async () => {
	const { n8n, telegram } = desk;
	const before = desk.runs().length;
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
	const ran = (): Set<string> =>
		new Set(
			desk
				.runs()
				.slice(before)
				.map(({ eventId }) => eventId),
		);
	await poll(30_000, () => Promise.resolve(ran().size >= ids.length ? true : undefined));
	const stored = (await desk.stored()).filter((text) => ids.some((id) => text === `Message ${id}`));
	expect(stored).toHaveLength(ids.length);
	expect(new Set(stored).size).toBe(ids.length);
	expect(ran().size).toBe(ids.length);
	// A run that the kill has cut off comes again and says so; no other comes twice.
	const first = new Set<string>();
	const unsaid = desk.runs().filter(({ eventId, redelivered }) => {
		const isRepeated = first.has(eventId);
		first.add(eventId);
		return isRepeated && !redelivered;
	});
	expect(unsaid).toEqual([]);
}, 120_000);
