import { Delivery, routedMessages, untilRouted } from '../support/routed-messages';
import { RoutingDesk } from '../support/routing-desk';

let desk: RoutingDesk;

beforeAll(async () => {
	desk = await RoutingDesk.open('e2e-routed', { timezone: 'UTC', always: true });
}, 600_000);
afterAll(() => desk?.close(), 60_000);

test('messages of five channels, some of them delivered twice, are stored once, decided, answered, escalated and timed as the table says', async () => {
	const messages = routedMessages(25);
	const delivery = new Delivery(desk, messages);
	await delivery.evenly(3);
	expect(delivery.pending.size).toBe(0);
	expect(await untilRouted(desk, messages, 60_000)).toEqual([]);
	expect(desk.n8n.alerts).toEqual([]);
}, 120_000);
