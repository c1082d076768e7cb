import { liftHold, placeHold, runRetention } from '../../../../src/chat';
import { applyToTimer, getTimers, savePolicy, type Metric } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('retained');
}, 120_000);
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
		const targetMinutes = { firstResponse: 60, nextResponse: 60, resolution: 60 };
		await savePolicy(desk.store, {
			layer: 'tenant',
			policy: { targetMinutes, warnings: [], escalation: { most: 0 } },
		});
	});

	/** A timer that was begun so many days ago and ended a minute later, having told of a breach; its id. */
	async function ended(
		conversationId: number,
		days: number,
		metric: Metric = 'firstResponse',
	): Promise<number> {
		const conversation = { conversationId };
		const atMs = Date.now() - 2 * 60 * minuteMs;
		await applyToTimer(desk.store, { conversation, metric, event: { type: 'start', atMs } });
		await desk.claim('one');
		const event = { type: 'answer', atMs: Date.now() } as const;
		const { timer } = await applyToTimer(desk.store, { conversation, metric, event });
		await stand.supabase.exec(
			`update opsdesk.sla_timers set ended_at = now() - $2 * interval '24 hours' where id = $1`,
			[timer?.id, days],
		);
		return timer?.id ?? 0;
	}
	const left = async () => (await getTimers(desk.store)).items.map(({ id }) => id);
	const rows = async () => {
		const [row] = await stand.supabase.exec<{ cycles: number; events: number; plans: number }>(
			`select (select count(*)::int from opsdesk.sla_cycles where tenant_id = $1) as cycles,
				(select count(*)::int from opsdesk.sla_events where tenant_id = $1) as events,
				(select count(*)::int from opsdesk.sla_plans where tenant_id = $1) as plans`,
			[desk.tenant],
		);
		return row;
	};

	test('CS-19 timers that ended before the messages that stay go with all that was recorded of them, as a dry run has counted', async () => {
		const old = await ended(await desk.conversation(), 91);
		const young = await ended(await desk.conversation(), 89);
		const dry = await runRetention(desk.store, { dryRun: true });
		expect(dry.timers).toEqual({ deleted: 1, cycles: 1, events: 1 });
		expect(await left()).toEqual([old, young]);
		expect(await rows()).toEqual({ cycles: 2, events: 2, plans: 2 });
		const others = await runRetention(desk.store, { dryRun: false, kinds: ['messages', 'errorLogs'] });
		expect(others.timers).toEqual({ deleted: 0, cycles: 0, events: 0 });
		const real = await runRetention(desk.store, { dryRun: false });
		expect([real.timers, real.left]).toEqual([dry.timers, 0]);
		expect(await left()).toEqual([young]);
		expect(await rows()).toEqual({ cycles: 1, events: 1, plans: 1 });
	});

	test('an open timer stays for as long as it is open, and so do the others of its conversation', async () => {
		const [waiting, recent] = [await desk.conversation(), await desk.conversation()];
		const kept = [await ended(waiting, 200)];
		const open = await applyToTimer(desk.store, {
			conversation: { conversationId: waiting },
			metric: 'resolution',
			event: { type: 'start', atMs: Date.now() - minuteMs },
		});
		kept.push(await ended(recent, 200), await ended(recent, 10, 'nextResponse'));
		expect(await left()).toHaveLength(4);
		expect((await runRetention(desk.store, { dryRun: false })).timers.deleted).toBe(0);
		await stand.supabase.exec(
			`update opsdesk.sla_timers set status = 'answered', ended_at = now() - interval '100 days'
				where id = $1`,
			[open.timer?.id],
		);
		expect((await runRetention(desk.store, { dryRun: false })).timers.deleted).toBe(2);
		expect(await left()).toEqual(kept.slice(1));
	});

	test('a legal hold keeps the timers of its conversation; batches of one come to the end', async () => {
		const held = await desk.conversation();
		const kept = await ended(held, 400);
		for (let n = 0; n < 3; n += 1) await ended(await desk.conversation(), 300 - n);
		const hold = await placeHold(desk.store, { conversationId: held }, 'case 4711');
		expect((await runRetention(desk.store, { dryRun: false, batchSize: 1 })).timers.deleted).toBe(3);
		expect(await left()).toEqual([kept]);
		await liftHold(desk.store, hold.id);
		expect((await runRetention(desk.store, { dryRun: false })).timers.deleted).toBe(1);
	});
});
