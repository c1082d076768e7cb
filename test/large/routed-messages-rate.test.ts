import { decisionTimes, Delivery, routedMessages, untilRouted } from '../support/routed-messages';
import { RoutingDesk } from '../support/routing-desk';

let desk: RoutingDesk;

beforeEach(async () => {
	// A run of send-outbox for each message would be a good part of the work at this rate.
	desk = await RoutingDesk.open('large-routed', { timezone: 'UTC', always: true }, false);
}, 600_000);
afterEach(() => desk?.close(), 60_000);

test('200 messages of five channels at 5 a second become what the table says, 95 of 100 decided within a second', async () => {
	const messages = routedMessages(225);
	// n8n compiles what it runs most with the first ones.
	const first = new Delivery(desk, messages.slice(0, 25));
	await first.evenly(2);
	const delivery = new Delivery(desk, messages.slice(25));
	await delivery.evenly(5);
	expect(delivery.pending.size).toBe(0);
	expect(await untilRouted(desk, messages, 120_000)).toEqual([]);
	const times = await decisionTimes(desk, delivery);
	expect(times).toHaveLength(200);
	expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(1000);
}, 300_000);
