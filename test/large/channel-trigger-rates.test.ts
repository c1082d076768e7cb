import { startTriggerInN8n, type TriggerInN8n } from '../support/channels/trigger-in-n8n';
import { deliverEvenly, numbers, untilRun, updatesOf } from '../support/channels/rates';

let desk: TriggerInN8n;

beforeAll(async () => {
	desk = await startTriggerInN8n('large-channels');
}, 600_000);
afterAll(() => desk?.close());

test('RT-27: ten messages a second for twenty seconds are each stored and answered within a second', async () => {
	const answers = await deliverEvenly(desk, updatesOf(numbers(1, 200)), 20_000);
	expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
	const sorted = answers.map(({ ms }) => ms).sort((one, other) => one - other);
	expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(1000);
	await untilRun(desk, 200);
	expect(new Set(await desk.stored()).size).toBe(200);
	expect(desk.runs()).toHaveLength(200);
}, 60_000);

test('RT-7, RT-27: of a burst of 500 in ten seconds, some of it twice, each is stored and run once', async () => {
	const ids = numbers(1001, 500);
	const twice = ids.filter((id) => id % 5 === 0);
	const answers = await deliverEvenly(
		desk,
		updatesOf([...ids, ...twice].sort((one, other) => one - other)),
		10_000,
	);
	expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
	await untilRun(desk, 700);
	const stored = await desk.stored();
	expect(stored).toHaveLength(700);
	expect(new Set(stored).size).toBe(700);
	expect(desk.runs()).toHaveLength(700);
	expect(new Set(desk.runs().map(({ eventId }) => eventId)).size).toBe(700);
}, 60_000);
