import { setTimeout as sleep } from 'node:timers/promises';

import { enqueue, getOutbox, type OutboxEntry } from '../../src/channels';
import { TelegramCloud } from '../support/channels/telegram-cloud';
import { DeskInN8n } from '../support/desk-in-n8n';
import { poll } from '../support/n8n/poll';
import { nodeOf } from '../workflows/backing-up';

let desk: DeskInN8n;
let cloud: TelegramCloud;

beforeAll(async () => {
	cloud = await TelegramCloud.start({ latencyMs: 400 });
	desk = await DeskInN8n.open('e2e-outbox-killed');
}, 600_000);
afterAll(async () => {
	await desk?.close();
	await cloud?.cloud.stop();
});

/** Thirty chats with one message each, and one with three in a row. */
const texts = [
	...Array.from({ length: 30 }, (_, index) => ({ chatId: String(5001 + index), text: `Message ${index}` })),
	...['first', 'second', 'third'].map((text) => ({ chatId: '6001', text })),
];

const entries = async (state?: OutboxEntry['state']): Promise<OutboxEntry[]> =>
	(await getOutbox(desk.store, state ? { state } : {}, { limit: 100 })).items;
/** n8n tells of the run that was broken off, too. */
const told = () => desk.alerts.filter(({ title }) => title.startsWith('Outbox: '));
/** Moves the ends of the leases of what is under way. @param end in SQL */
const endLeases = async (end: string): Promise<unknown> =>
	await desk.stand.supabase.exec(`update opsdesk.outbox set lease_until = ${end} where state = 'sending'`);
const taken = (): string[] => cloud.taken.map(({ text }) => text);
const until = async (ms: number, isSo: () => boolean | Promise<boolean>): Promise<void> => {
	expect(await poll(ms, async () => ((await isSo()) ? true : undefined))).toBe(true);
};

test('RT-23: n8n is killed while it sends: nothing is lost, what was under way is uncertain and told once, the rest is sent once', async () => {
	// Taken by the platform, and under way for as long as n8n lives.
	cloud.script('5003', 'silence');
	for (const { chatId, text } of texts) {
		const target = { platform: 'telegram', account: '123456789', chatId } as const;
		await enqueue(desk.store, target, { operation: 'message', text }, { key: `to-${chatId}-${text}` });
	}
	const bot = await desk.credential('Bot', 'telegramApi', {
		...{ accessToken: cloud.token, baseUrl: cloud.cloud.url },
	});
	await desk.install('send-outbox', {
		credentials: { 'Send due on Telegram': bot },
		change: (workflow) => {
			nodeOf(workflow, 'Every ten seconds').parameters = {
				rule: { interval: [{ field: 'cronExpression', expression: '*/2 * * * * *' }] },
			};
		},
	});
	await until(150_000, () => cloud.taken.length >= 10);
	await desk.kill();
	await endLeases(`now() + interval '1 hour'`);
	const underWay = (await entries('sending')).map(({ key }) => key).sort();
	const takenBefore = taken();
	expect(underWay).toContain('to-5003-Message 2');
	// Four at most of each run, and the next one may have begun.
	expect(underWay.length).toBeLessThan(texts.length / 2);
	expect((await entries('queued')).length).toBeGreaterThan(0);

	await desk.restart();
	// Until their lease is over nobody may say that they are not under way any more.
	const rest = texts.length - underWay.length;
	await until(150_000, async () => (await entries('sent')).length === rest);
	expect((await entries('sending')).map(({ key }) => key).sort()).toEqual(underWay);
	expect(told()).toEqual([]);

	await endLeases('now()');
	await until(150_000, () => told().length > 0);
	expect(told()).toMatchObject([
		{ title: expect.stringMatching(`^Outbox: ${underWay.length} message`) as string, severity: 'warning' },
	]);
	expect((await entries('uncertain')).map(({ key }) => key).sort()).toEqual(underWay);

	// More rounds of the schedule tell nothing and send nothing.
	await sleep(5000);
	expect(await entries('sent')).toHaveLength(rest);
	expect(told()).toHaveLength(1);
	const late = (key: string): boolean => !takenBefore.includes(key.replace(/^to-\d+-/, ''));
	// Sent once each; what was under way had been taken, or had not left n8n yet.
	expect(taken().sort()).toEqual(
		texts
			.filter(
				({ chatId, text }) => !(underWay.includes(`to-${chatId}-${text}`) && late(`to-${chatId}-${text}`)),
			)
			.map(({ text }) => text)
			.sort(),
	);
	expect(taken().filter((text) => ['first', 'second', 'third'].includes(text))).toEqual(
		['first', 'second', 'third'].filter((text) => taken().includes(text)),
	);
}, 600_000);
