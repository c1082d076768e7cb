import {readFile} from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { textUpdate } from '../support/channels/telegram-deliverer';
import { startTriggerInN8n, type TriggerInN8n } from '../support/channels/trigger-in-n8n';
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
	console.log((await readFile(desk.stand.scope.path('n8n.log'),'utf8')).split('\n').filter((l)=>!/^\s*at /.test(l)).slice(-40).join('\n'));
	expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
	await workedOff(700);
	const stored = await desk.stored();
	expect(stored).toHaveLength(700);
	expect(new Set(stored).size).toBe(700);
	expect(desk.runs()).toHaveLength(700);
	expect(new Set(desk.runs().map(({ eventId }) => eventId)).size).toBe(700);
}, 60_000);
