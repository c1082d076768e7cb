import { once } from 'node:events';

import { usualLimits } from '../../src/channels/limits';
import { hand, sender } from '../src/channels/outbox/stand';
import { openStand, transportNames, type Stand } from '../src/store/stand';
import { TelegramCloud } from '../support/channels/telegram-cloud';

let stand: Stand;
beforeAll(async () => {
	stand = await openStand('large-outbox');
}, 120_000);
afterAll(() => stand?.close());

test('RT-12 in real time: two workers send 22 messages to a group, of which no minute sees more than 20', async () => {
	const { telegram } = usualLimits;
	const cloud = await TelegramCloud.start({ ...telegram, latencyMs: 10 });
	const tenant = await stand.tenant();
	const texts = Array.from({ length: 22 }, (_, index) => `text ${index}`);
	try {
		await hand(stand.open('postgres', { tenant }), '-100950', ...texts);
		const workers = transportNames.map((transport) =>
			sender(stand, transport, tenant, cloud, { forMs: 90_000, limits: telegram }),
		);
		const exits = await Promise.all(workers.map(async (worker) => await once(worker, 'exit')));
		const endedAt = performance.now();
		expect(exits.map(([code]) => code as number)).toEqual([0, 0]);
		expect(cloud.taken.map(({ text }) => text)).toEqual(texts);
		expect(cloud.passed).toBe(0);
		const arrivals = cloud.cloud.requests.map(({ atMs }) => atMs);
		for (const [index, atMs] of arrivals.entries()) {
			const later = arrivals[index + 20];
			if (later !== undefined) expect(later - atMs).toBeGreaterThanOrEqual(60_000);
		}
		// The start of two processes is no part of it.
		const tookMs = endedAt - (arrivals[0] ?? 0);
		expect(tookMs).toBeGreaterThan(60_000);
		expect(tookMs).toBeLessThan(70_000);
	} finally {
		await cloud.cloud.stop();
	}
}, 120_000);
