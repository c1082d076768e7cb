import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { outputItems } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Delivery, routedMessages, untilRouted } from '../support/routed-messages';
import { RoutingDesk } from '../support/routing-desk';

const messages = routedMessages(30);
let desk: RoutingDesk;

beforeAll(async () => {
	desk = await RoutingDesk.open('e2e-routed', { timezone: 'UTC', always: true });
}, 600_000);
afterAll(() => desk?.close());

test('messages of five channels, some of them delivered twice, are stored once, decided, answered, escalated and timed as the table says', async () => {
	const delivery = new Delivery(desk, messages.slice(0, 25));
	await delivery.evenly(3);
	expect(delivery.pending.size).toBe(0);
	expect(await untilRouted(desk, messages.slice(0, 25), 60_000)).toEqual([]);
	expect(desk.n8n.alerts).toEqual([]);
});

test('a run by hand shows a message that comes in, which is worked on as all others', async () => {
	const { client } = desk.n8n.n8n;
	const id = 'opsdeskRoutMsg01';
	const workflow = await client.rest(`workflows/${id}`, z.custom<WorkflowJson>());
	// So that what it shows can be read here.
	Object.assign(workflow.settings ?? {}, { saveManualExecutions: true });
	await client.updateWorkflow(id, workflow);
	const trigger = 'When clients have written';
	const running = client.run(id, { trigger, timeoutMs: 60_000 });
	await sleep(3000);
	await new Delivery(desk, messages.slice(25)).evenly(3);
	const shown = outputItems(await running, trigger).map(({ json }) => json);
	expect(shown).toEqual([
		expect.objectContaining({ message: expect.objectContaining({ text: messages[25]?.text }) }),
	]);
	expect(await untilRouted(desk, messages, 60_000)).toEqual([]);
});
