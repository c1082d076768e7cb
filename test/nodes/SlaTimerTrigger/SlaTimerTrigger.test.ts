import { setTimeout as sleep } from 'node:timers/promises';

import { SlaTimerTrigger } from '../../../nodes/SlaTimerTrigger/SlaTimerTrigger.node';
import { savePolicy } from '../../../src/sla';
import {
	hourMs,
	minuteMs,
	openDesk,
	openSlaStand,
	setClock,
	until,
	type Desk,
} from '../../src/sla/store/sla-stand';
import { transportNames, type Stand, type TransportName } from '../../src/store/stand';
import { storeCredentials } from '../store-node';
import { activateTrigger, type RunningTrigger, type TriggerSetting } from '../trigger-double';

let stand: Stand;
const running: RunningTrigger[] = [];

beforeAll(async () => {
	stand = await openSlaStand('trigger');
});
afterEach(async () => {
	await Promise.all(running.splice(0).map(async (trigger) => await trigger.close()));
	await setClock(stand, 0);
});
afterAll(() => stand?.close());

const authentications = { supabase: 'supabaseApi', postgres: 'postgres' } as const;

async function begin(
	through: TransportName,
	tenant: string,
	more: Partial<TriggerSetting> = {},
): Promise<RunningTrigger> {
	const authentication = authentications[through];
	const all = storeCredentials(stand.supabase);
	const trigger = await activateTrigger(new SlaTimerTrigger(), {
		credential: () => all[authentication] ?? {},
		name: 'Alerts',
		...more,
		parameters: { authentication, pollSeconds: 1, store: { tenant }, ...more.parameters },
	});
	running.push(trigger);
	return trigger;
}

const said = (trigger: RunningTrigger): string[] =>
	trigger.items.map(
		({ kind, level, redelivered }) => `${kind} ${level}${redelivered === true ? ' again' : ''}`,
	);

describe.each(transportNames)('over %s', (through) => {
	let desk: Desk;
	beforeEach(async () => {
		desk = await openDesk(stand, through);
	});

	test('SL-26: warning, breach and escalations are told once, each at its instant, until nobody waits any more', async () => {
		await savePolicy(desk.store, {
			layer: 'tenant',
			policy: {
				targetMinutes: { firstResponse: 12 / 60 },
				warnings: [{ percent: 50 }],
				escalation: { everyMinutes: 6 / 60, most: 5 },
			},
		});
		const trigger = await begin(through, desk.tenant, { parameters: { pollSeconds: 60 } });
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() });
		// The trigger looks every minute, and hears of this timer by the next one that is due.
		await trigger.close();
		const next = await begin(through, desk.tenant, { parameters: { pollSeconds: 60 } });
		await next.until(() => next.items.length >= 4);
		await desk.tell(conversationId, { type: 'answer', atMs: Date.now() });
		const events = [...next.items];
		const levels = ['warning 1', 'breach 1', 'escalation 1', 'escalation 2', 'escalation 3'];
		expect(said(next)).toEqual(levels.slice(0, events.length));
		for (const { dueAt, claimedAt } of events)
			expect(Date.parse(String(claimedAt)) - Date.parse(String(dueAt))).toBeLessThan(5000);
		expect(events[1]).toMatchObject({
			timer: { metric: 'firstResponse', targetMinutes: expect.closeTo(12 / 60, 3) },
			conversation: { id: conversationId, title: 'Shop' },
		});
		await setClock(stand, hourMs);
		expect(await desk.claim('a look')).toMatchObject({ events: [], nextDueAtMs: null });
		expect(next.items).toEqual(events);
		expect([next.errors, next.failedRuns, trigger.items]).toEqual([[], [], []]);
	});

	test('SL-27: what was told and not acknowledged when n8n died is told again with the same id, after the lease', async () => {
		await desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() - 50 * minuteMs });
		// Nothing ends here, as in a process that is killed: it is not closed, either.
		const dying = await activateTrigger(new SlaTimerTrigger(), {
			credential: () => storeCredentials(stand.supabase)[authentications[through]] ?? {},
			finish: false,
			parameters: {
				...{ authentication: authentications[through], pollSeconds: 60, store: { tenant: desk.tenant } },
				options: { leaseSeconds: 300 },
			},
		});
		await dying.until(() => dying.items.length === 1);
		running.push(dying);
		await setClock(stand, 301_000);
		const next = await begin(through, desk.tenant);
		await next.until(() => next.items.length === 1);
		expect(said(next)).toEqual(['warning 1 again']);
		expect(next.items[0]?.['id']).toBe(dying.items[0]?.['id']);
	});

	test('what n8n did not start is given back, and told for the first time later', async () => {
		await desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() - 50 * minuteMs });
		let refusals = 0;
		// Twice, for what was given back once is offered once more.
		const trigger = await begin(through, desk.tenant, { refuses: () => (refusals += 1) <= 2 });
		await trigger.until(() => trigger.items.length === 1);
		expect(said(trigger)).toEqual(['warning 1']);
	});
});

test('SL-27: a run that has failed is started again after the lease, as often as is asked for', async () => {
	const desk = await openDesk(stand, 'postgres');
	for (let turn = 0; turn < 2; turn += 1)
		await desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() - 50 * minuteMs });
	const [failing] = (await desk.claim('a look', { leaseMs: 1000 })).events;
	await setClock(stand, 2000);
	const trigger = await begin('postgres', desk.tenant, {
		outcome: ({ id }) => (id === failing?.id ? 'error' : 'success'),
		parameters: { options: { attempts: 3, leaseSeconds: 10 } },
	});
	await trigger.until(() => trigger.items.length === 2);
	await setClock(stand, 15_000);
	await trigger.until(() => trigger.items.length === 3);
	const handedOver = async (): Promise<unknown[]> =>
		await stand.supabase.exec(
			'select told from opsdesk.sla_events where tenant_id = $1 and handed_over_at is not null',
			[desk.tenant],
		);
	await until(async () => (await handedOver()).length === 2);
	await setClock(stand, 30_000);
	// It looks every second.
	await sleep(2200);
	const ids = trigger.items.map(({ id }) => id);
	expect(ids.filter((id) => id === failing?.id)).toHaveLength(2);
	expect(ids).toHaveLength(3);
	expect(trigger.items.at(-1)).toMatchObject({ id: failing?.id, attempts: 3, redelivered: true });
	expect(await handedOver()).toEqual([{ told: expect.any(Array) }, { told: expect.any(Array) }]);
});

test('a run by hand shows one event that is due, which stays due for the trigger that is switched on', async () => {
	const desk = await openDesk(stand, 'postgres');
	await expect(begin('postgres', desk.tenant, { mode: 'manual' })).rejects.toMatchObject({
		message: 'No warning, breach or escalation is due.',
		description: expect.stringContaining('None is planned'),
	});
	const conversationId = await desk.conversation();
	await desk.tell(conversationId, { type: 'start', atMs: Date.now() });
	await expect(begin('postgres', desk.tenant, { mode: 'manual' })).rejects.toMatchObject({
		description: expect.stringMatching(/^The next one is due at \d{4}-/),
	});
	await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
	const shown = await begin('postgres', desk.tenant, { mode: 'manual' });
	expect(said(shown)).toEqual(['warning 1']);
	const real = await begin('postgres', desk.tenant);
	await real.until(() => real.items.length === 1);
	expect(said(real)).toEqual(['warning 1']);
});

describe('a store that cannot be reached', () => {
	const away = { credential: () => ({ ...storeCredentials(stand.supabase)['postgres'], port: 1 }) };

	test('is told to whoever publishes the workflow', async () => {
		await expect(begin('postgres', 'default', away)).rejects.toMatchObject({
			message: expect.stringMatching(/refused|cannot be reached/),
			description: expect.stringMatching(/.+/),
		});
	});

	test('is waited for when n8n starts, with a word in the log, and what fell due meanwhile is told', async () => {
		const desk = await openDesk(stand, 'postgres');
		await desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() - 50 * minuteMs });
		let isAway = true;
		const trigger = await begin('postgres', desk.tenant, {
			activation: 'init',
			credential: () => (isAway ? away.credential() : (storeCredentials(stand.supabase)['postgres'] ?? {})),
		});
		await trigger.until(() => trigger.log.length === 1);
		expect(trigger.log[0]).toMatch(/^"Alerts" of the workflow "Events" no longer sees what is due\. /);
		isAway = false;
		await trigger.until(() => trigger.items.length === 1);
		expect(trigger.log[1]).toMatch(/sees what is due again, after \d/);
		expect([trigger.errors, trigger.failedRuns]).toEqual([[], []]);
	});

	test('wrong parameters are told by their names', async () => {
		await expect(begin('postgres', 'default', { parameters: { pollSeconds: 0 } })).rejects.toMatchObject({
			message: expect.stringContaining('Look Every'),
		});
		await expect(
			begin('postgres', 'default', { parameters: { options: { leaseSeconds: 'x' } } }),
		).rejects.toMatchObject({ message: expect.stringContaining('Lease') });
		await expect(
			begin('postgres', 'default', { parameters: { options: { attempts: 0 } } }),
		).rejects.toMatchObject({ message: expect.stringContaining('Attempts at Most') });
	});
});
