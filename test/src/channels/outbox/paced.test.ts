import { once } from 'node:events';

import { enqueue } from '../../../../src/channels/outbox';
import { usualLimits, type RateLimits, type RateRule } from '../../../../src/channels/limits';
import type { Store } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { entries, hand, send, sender, to } from './stand';

let stand: Stand;
beforeAll(async () => {
	stand = await openStand('outbox-paced');
});
afterAll(() => stand?.close());

/**
 * The limits of Telegram in a sixtieth of the time: minutes are seconds. The account has a narrower one besides, for no machine
 * sends thirty messages in a sixtieth of a second.
 */
const faster = (rules: RateRule[]): RateRule[] =>
	rules.map(({ limit, periodMs }) => ({ limit, periodMs: periodMs / 60 }));
const { account, chat, group } = usualLimits.telegram;
const limits: RateLimits = {
	account: [...faster(account), { limit: 10, periodMs: 300 }],
	chat: faster(chat),
	group: faster(group),
};
/** What takes Telegram a tenth of a second. */
const latencyMs = 100 / 60;

test('RT-12 two workers, each with a way of its own to the store, send 200 messages to a group and 40 chats and pass no limit; none is lost, doubled or out of order', async () => {
	const cloud = await TelegramCloud.start({ ...limits, latencyMs });
	const tenant = await stand.tenant();
	const store = stand.open('postgres', { tenant });
	try {
		const chats = ['-100900', ...Array.from({ length: 40 }, (_, index) => String(5000 + index))];
		const texts = (name: string): string[] =>
			Array.from({ length: name.startsWith('-') ? 80 : 3 }, (_, index) => `text ${index}`);
		await Promise.all(chats.map(async (name) => await hand(store, name, ...texts(name))));
		const workers = transportNames.map((transport) =>
			sender(stand, transport, tenant, cloud, { parallel: 4, forMs: 200_000, limits }),
		);
		const exits = await Promise.all(workers.map(async (worker) => await once(worker, 'exit')));
		expect(exits.map(([code]) => code as number)).toEqual([0, 0]);
		expect(cloud.passed).toBe(0);
		for (const name of chats)
			expect(cloud.taken.filter(({ chatId }) => chatId === name).map(({ text }) => text)).toEqual(
				texts(name),
			);
		expect(new Set((await entries(store)).map(({ state }) => state))).toEqual(new Set(['sent']));
	} finally {
		await cloud.cloud.stop();
	}
});

describe.each(transportNames)('RT-12 limits over %s', (transport) => {
	let store: Store;
	let tenant: string;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	test('an album counts once for each of its items', async () => {
		const cloud = await TelegramCloud.start({ group: [{ limit: 20, periodMs: 2000 }] });
		try {
			const media = Array.from({ length: 10 }, (_, index) => ({
				kind: 'photo' as const,
				url: `https://files.example.com/${index}.jpg`,
			}));
			for (const key of ['a', 'b', 'c'])
				await enqueue(store, to('-100901'), { operation: 'media', media }, { key });
			const startedAt = performance.now();
			const own = {
				...limits,
				group: [{ limit: 20, periodMs: 2000 }],
				account: [{ limit: 100, periodMs: 10 }],
			};
			const { settled } = await send(store, cloud, { forMs: 60_000, limits: own });
			expect(settled.map(({ externalIds }) => externalIds?.length)).toEqual([10, 10, 10]);
			expect(performance.now() - startedAt).toBeGreaterThan(2000);
			expect(cloud.passed).toBe(0);
		} finally {
			await cloud.cloud.stop();
		}
	});

	test('an account of the store may have limits of its own', async () => {
		const cloud = await TelegramCloud.start();
		try {
			await stand.supabase.exec(
				`insert into opsdesk.channel_accounts (tenant_id, platform, external_id, settings)
				values ($1, 'telegram', '123456789', '{"rateLimits": {"account": [{"limit": 2, "periodMs": 1200}]}}')`,
				[tenant],
			);
			for (const chatId of ['7001', '7002', '7003']) await hand(store, chatId, 'hello');
			const startedAt = performance.now();
			await send(store, cloud, { forMs: 60_000 });
			expect(cloud.taken).toHaveLength(3);
			expect(performance.now() - startedAt).toBeGreaterThan(1200);
		} finally {
			await cloud.cloud.stop();
		}
	});
});
