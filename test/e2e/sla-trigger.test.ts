import { setTimeout as sleep } from 'node:timers/promises';

import { getTimer, savePolicy, saveSchedule } from '../../src/sla';
import type { Store } from '../../src/store';
import { openStand, type Stand } from '../src/store/stand';
import type { StoredCredential } from '../support/n8n/client';
import { executionError, outputItems } from '../support/n8n/executions';
import { restartN8n, startN8n, type N8n } from '../support/n8n/host';
import { poll } from '../support/n8n/poll';
import type { WorkflowJson } from '../support/n8n/workflow';

let stand: Stand;
let store: Store;
let n8n: N8n;
let credential: StoredCredential;

beforeAll(async () => {
	stand = await openStand('e2e-sla');
	store = stand.open('postgres');
	n8n = await startN8n(stand.scope);
	credential = await n8n.client.createCredential('Help desk', 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
}, 600_000);
afterAll(() => stand?.close());

const step = (name: string, type: string, column: number, parameters: Record<string, unknown>) => ({
	...{ id: `${name}-id`, name, type: `n8n-nodes-opsdesk.${type}`, typeVersion: 1, parameters },
	position: [column * 220, 0] as [number, number],
	credentials: { supabaseApi: { id: credential.id, name: credential.name } },
});
const next = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });

const alerts = (): WorkflowJson => ({
	...{ id: 'slaTimerAlerts01', name: 'Tell what is due', settings: { executionOrder: 'v1' } },
	nodes: [
		step('SLA events', 'slaTimerTrigger', 0, { pollSeconds: 1 }),
		{
			...{ id: 'told-id', name: 'Told', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
			position: [220, 0],
		},
	],
	connections: { 'SLA events': next('Told') },
});

/** A message arrives: it is kept, and the timers of its conversation hear of it. */
const message = (id: string, messageId: string, author: 'client' | 'agent'): WorkflowJson => ({
	...{ id, name: `A message of the ${author}`, settings: { executionOrder: 'v1' } },
	nodes: [
		{
			...{ id: 'start-id', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
			...{ parameters: {}, position: [0, 0] },
		},
		step('Keep the message', 'supabaseChatStore', 1, {
			...{
				chatId: '4242',
				messageId,
				senderId: author === 'client' ? '4242' : '1',
				text: 'Where is my invoice?',
			},
			...{ direction: author === 'client' ? 'inbound' : 'outbound', sentAt: '={{ $now.toISO() }}' },
		}),
		step('Tell the timers', 'slaTimer', 2, {
			...{ messageId: '={{ $json.externalId }}', author, category: 'REQUEST', options: {} },
			conversation: { __rl: true, mode: 'id', value: '={{ $json.conversationId }}' },
		}),
	],
	connections: { Start: next('Keep the message'), 'Keep the message': next('Tell the timers') },
});

async function arrives(workflow: WorkflowJson): Promise<number> {
	const { id } = await n8n.client.importWorkflow(workflow);
	const run = await n8n.client.run(id);
	expect(executionError(run)).toBeUndefined();
	const [applied] = outputItems(run, 'Tell the timers');
	expect(applied?.json).toMatchObject({ metric: 'firstResponse', changed: true });
	return (applied?.json['timer'] as { conversation: { id: number } }).conversation.id;
}

/** What the runs of the workflow were started with, the first one first. */
async function told(): Promise<Record<string, unknown>[]> {
	const executions = await n8n.client.executions('slaTimerAlerts01');
	return executions
		.flatMap((execution) => outputItems(execution, 'SLA events').map(({ json }) => json))
		.sort((one, other) => Number(one['id']) - Number(other['id']));
}
const kinds = (events: Record<string, unknown>[]) =>
	events.map(
		({ kind, level, redelivered }) =>
			`${String(kind)} ${String(level)}${redelivered === true ? ' again' : ''}`,
	);
/** Those that an event stands for come before it. */
const withSuperseded = (events: Record<string, unknown>[]): string[] =>
	events.flatMap((event) => kinds([...(event['superseded'] as Record<string, unknown>[]), event]));
const untilTold = async (count: number) =>
	await poll(200_000, async () => ((await told()).length >= count ? true : undefined));
/** Until nothing is in the hands of the workflow of which it is not known that it has arrived. */
const untilAcknowledged = async () =>
	expect(
		await poll(60_000, async () => {
			const open = await stand.supabase.exec('select from opsdesk.sla_events where available_at is not null');
			return open.length === 0 ? true : undefined;
		}),
	).toBe(true);

test('SL-26, SL-27: warning, breach and escalations start a workflow once each, a kill of n8n in between or not, until somebody answers', async () => {
	await saveSchedule(store, {
		name: 'Always',
		definition: { timezone: 'UTC', always: true },
		isDefault: true,
	});
	const seconds = (count: number): number => count / 60;
	await savePolicy(store, {
		layer: 'tenant',
		policy: {
			targetMinutes: { firstResponse: seconds(30) },
			warnings: [{ percent: 50 }],
			escalation: { everyMinutes: seconds(15), most: 3 },
		},
	});
	const { id } = await n8n.client.importWorkflow(alerts());
	await n8n.client.activate(id);
	const conversationId = await arrives(message('slaTimerMessag01', '1', 'client'));

	await untilTold(3);
	const before = await told();
	const first = before.slice(0, 3);
	expect(kinds(first)).toEqual(['warning 1', 'breach 1', 'escalation 1']);
	for (const { dueAt, claimedAt } of first)
		expect(Date.parse(String(claimedAt)) - Date.parse(String(dueAt))).toBeLessThan(12_000);
	await untilAcknowledged();
	await n8n.process.end('SIGKILL');
	n8n = await restartN8n(stand.scope, n8n);

	// What fell due while n8n was away is one event, unless it was back sooner.
	const levels = async () => withSuperseded(await told());
	await poll(200_000, async () => ((await levels()).length >= 5 ? true : undefined));
	const all = ['warning 1', 'breach 1', 'escalation 1', 'escalation 2', 'escalation 3'];
	// The kill may have come before the acknowledgement of another one.
	expect((await levels()).filter((level) => level !== 'escalation 2 again')).toEqual(all);
	expect((await told()).at(-1)).toMatchObject({
		conversation: { id: conversationId, platform: 'telegram', chatId: '4242' },
		timer: { metric: 'firstResponse', cycle: 1 },
		isLast: true,
	});
	const recorded = await stand.supabase.exec<{ level: string }>(
		`select kind || ' ' || level as level from opsdesk.sla_events order by due_at`,
	);
	expect(recorded.map(({ level }) => level)).toEqual(all);

	await arrives(message('slaTimerMessag02', '2', 'agent'));
	const timer = await getTimer(store, { conversationId });
	expect(timer).toMatchObject({ status: 'answered', isBreached: true, steps: [], nextDueAt: null });
	const count = (await told()).length;
	await sleep(2000);
	expect(await told()).toHaveLength(count);
}, 900_000);

test('a run by hand says when nothing is due', async () => {
	const run = await n8n.client
		.run('slaTimerAlerts01', { trigger: 'SLA events' })
		.catch((thrown: unknown) => thrown);
	expect(JSON.stringify(run instanceof Error ? run.message : run)).toContain(
		'No warning, breach or escalation is due.',
	);
});
