import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { outputItems } from '../support/n8n/executions';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Delivery, routedMessages, untilRouted, type RoutedMessage } from '../support/routed-messages';
import { RoutingDesk } from '../support/routing-desk';

const messages = routedMessages(60);
let desk: RoutingDesk;

beforeAll(async () => {
	desk = await RoutingDesk.open('e2e-routed', { timezone: 'UTC', always: true });
}, 600_000);
afterAll(() => desk?.close());

test('messages of five channels, some of them delivered twice, are stored once, decided, answered, escalated and timed as the table says', async () => {
	const delivery = new Delivery(desk, messages.slice(0, 25));
	await delivery.evenly(3);
	expect(delivery.pending.size).toBe(0);
	expect(await untilRouted(desk, messages.slice(0, 25), 150_000)).toEqual([]);
	expect(desk.n8n.alerts).toEqual([]);
}, 480_000);

test('a run by hand shows a message that comes in, which is worked on as all others', async () => {
	const { client } = desk.n8n.n8n;
	const id = 'opsdeskRoutMsg01';
	const workflow = await client.rest(`workflows/${id}`, z.custom<WorkflowJson>());
	// So that what it shows can be read here.
	Object.assign(workflow.settings ?? {}, { saveManualExecutions: true });
	await client.updateWorkflow(id, workflow);
	const trigger = 'When clients have written';
	let isRunning = true;
	const running = client.run(id, { trigger, timeoutMs: 150_000 }).finally(() => (isRunning = false));
	// What comes before it listens is only worked on.
	const delivered: RoutedMessage[] = [];
	for (const message of messages.slice(25)) {
		if (!isRunning) break;
		delivered.push(message);
		await new Delivery(desk, [message]).evenly(1);
		await Promise.race([running, sleep(2000)]);
	}
	const shown = outputItems(await running, trigger).map(({ json }) => json);
	expect(shown).toHaveLength(1);
	const { text } = z.looseObject({ text: z.string() }).parse(shown[0]?.['message']);
	expect(delivered.map((message) => message.text)).toContain(text);
	expect(await untilRouted(desk, [...messages.slice(0, 25), ...delivered], 150_000)).toEqual([]);
}, 480_000);
