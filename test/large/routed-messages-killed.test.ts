import { setTimeout as sleep } from 'node:timers/promises';

import { getOutbox } from '../../src/channels';
import { poll } from '../support/n8n/poll';
import { Delivery, routedMessages, untilRouted } from '../support/routed-messages';
import { RoutingDesk } from '../support/routing-desk';

let desk: RoutingDesk;

beforeEach(async () => {
	// A run of send-outbox for each message would be half of the work at this rate.
	desk = await RoutingDesk.open('large-routed', { timezone: 'UTC', always: true }, false);
}, 600_000);
afterEach(() => desk?.close(), 60_000);

test('n8n is killed in the middle of 200 messages: none is lost or doubled, and what was being sent is uncertain', async () => {
	const messages = routedMessages(200);
	const delivery = new Delivery(desk, messages);
	const delivering = delivery.evenly(5);
	await sleep(20_000);
	await desk.n8n.kill();
	await delivering;
	expect(delivery.pending.size).toBeGreaterThan(0);
	const underWay = (await getOutbox(desk.n8n.store, { state: 'sending' })).items.map(({ key }) => key);
	await desk.n8n.restart();
	await poll(60_000, async () => {
		await delivery.again();
		return delivery.pending.size === 0 ? true : undefined;
	});
	// As if the ninety seconds were over, after which those that sent count as gone.
	await desk.n8n.stand.supabase.exec(
		`update opsdesk.outbox set lease_until = now() where state = 'sending' and key = any($1)`,
		[underWay],
	);
	expect(await untilRouted(desk, messages, 180_000)).toEqual([]);
	const uncertain = (await getOutbox(desk.n8n.store, { state: 'uncertain' })).items.map(({ key }) => key);
	expect(uncertain.sort()).toEqual(underWay.sort());
	// Of two runs at once each tells of other platforms.
	const told = desk.n8n.alerts.map(({ title }) => Number(/^Outbox: (\d+) message/.exec(title)?.[1] ?? 0));
	expect(told.reduce((sum, count) => sum + count, 0)).toBe(underWay.length);
}, 600_000);
