import { liftHold, placeHold, runRetention } from '../../../../src/chat';
import { applyToTimer, getTimers, savePolicy, type Metric } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('retained');
});
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

	/** A timer of so many answered cycles, each with a breach that was told, which began so many days ago. */
	async function cycled(conversationId: number, ...days: number[]): Promise<number> {
		const about = { conversation: { conversationId }, metric: 'nextResponse' } as const;
		let id = 0;
		for (const place of days.keys()) {
			const startMs = Date.now() - (days.length - place) * 180 * minuteMs;
			await applyToTimer(desk.store, { ...about, event: { type: 'start', atMs: startMs } });
			await desk.claim('one');
			const event = { type: 'answer', atMs: startMs + 90 * minuteMs } as const;
			const { timer } = await applyToTimer(desk.store, { ...about, event });
			id = timer?.id ?? 0;
		}
		await stand.supabase.exec(
			`update opsdesk.sla_events set available_at = null, handed_over_at = now() where timer_id = $1`,
			[id],
		);
		await stand.supabase.exec(
			`update opsdesk.sla_cycles set ended_at = now() - ($2::int[])[number] * interval '24 hours' where timer_id = $1`,
			[id, days],
		);
		return id;
	}
	const numbers = async (id: number) => {
		const [row] = await stand.supabase.exec<{ cycles: number[]; events: number[] }>(
			`select array(select number from opsdesk.sla_cycles where timer_id = $1 order by 1) as cycles,
				array(select cycle from opsdesk.sla_events where timer_id = $1 order by 1) as events`,
			[id],
		);
		return row;
	};

	test('in a conversation that goes on old cycles go with their events; the last one and the open one stay', async () => {
		const [going, waiting] = [await desk.conversation(), await desk.conversation()];
		const one = await cycled(going, 300, 100, 89, 1);
		const other = await cycled(waiting, 300, 200);
		const conversation = { conversationId: waiting };
		const start = { type: 'start', atMs: Date.now() - minuteMs } as const;
		const begun = await applyToTimer(desk.store, { conversation, metric: 'nextResponse', event: start });
		expect(begun.timer).toMatchObject({ id: other, status: 'running', cycle: 3 });
		const dry = await runRetention(desk.store, { dryRun: true });
		expect(dry.timers).toEqual({ deleted: 0, cycles: 3, events: 3 });
		const real = await runRetention(desk.store, { dryRun: false, batchSize: 1 });
		expect([real.timers, real.left]).toEqual([dry.timers, 0]);
		expect(await numbers(one)).toEqual({ cycles: [3, 4], events: [3, 4] });
		expect(await numbers(other)).toEqual({ cycles: [2], events: [2] });
		const event = { type: 'answer', atMs: Date.now() } as const;
		const answered = await applyToTimer(desk.store, { conversation, metric: 'nextResponse', event });
		expect(answered.timer).toMatchObject({ status: 'answered', cycle: 3 });
		expect(await numbers(other)).toMatchObject({ cycles: [2, 3] });
		expect((await runRetention(desk.store, { dryRun: false })).timers.cycles).toBe(1);
		expect(await numbers(other)).toEqual({ cycles: [3], events: [] });
	});

	test('a cycle of which something is still to be told stays, and so do those of a conversation that is held', async () => {
		const [told, held] = [await desk.conversation(), await desk.conversation()];
		const [one, other] = [await cycled(told, 300, 200, 1), await cycled(held, 300, 1)];
		await stand.supabase.exec(
			`update opsdesk.sla_events set available_at = now(), handed_over_at = null where timer_id = $1 and cycle = 1`,
			[one],
		);
		await placeHold(desk.store, { conversationId: held }, 'case 4711');
		const dry = await runRetention(desk.store, { dryRun: true });
		expect(dry.timers).toEqual({ deleted: 0, cycles: 1, events: 1 });
		expect((await runRetention(desk.store, { dryRun: false })).timers).toEqual(dry.timers);
		expect(await numbers(one)).toMatchObject({ cycles: [1, 3] });
		expect(await numbers(other)).toMatchObject({ cycles: [1, 2] });
	});

	test('a timer that was never begun goes when its conversation has long been quiet, and not before', async () => {
		const idle = async (days: number): Promise<[conversation: number, timer: number]> => {
			const conversationId = await desk.conversation();
			const conversation = { conversationId };
			const event = { type: 'answer', atMs: Date.now() } as const;
			await applyToTimer(desk.store, { conversation, metric: 'nextResponse', event });
			const [timer] = await stand.supabase.exec<{ id: number }>(
				`update opsdesk.sla_timers set updated_at = now() - $2 * interval '24 hours' where conversation_id = $1 returning id::int`,
				[conversationId, days],
			);
			return [conversationId, timer?.id ?? 0];
		};
		const [[, gone], [, young], [busy, waiting], [spoken, quoted]] = [
			await idle(91),
			await idle(89),
			await idle(200),
			await idle(200),
		];
		expect(new Set([gone, young, waiting, quoted]).size).toBe(4);
		const start = { type: 'start', atMs: Date.now() - minuteMs } as const;
		await applyToTimer(desk.store, {
			conversation: { conversationId: busy },
			metric: 'resolution',
			event: start,
		});
		await stand.supabase.exec(
			`insert into opsdesk.messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sent_at)
				select tenant_id, conversation_id, id, 'm1', 'outbound', 'system', now() - interval '5 days'
				from opsdesk.chats where conversation_id = $1`,
			[spoken],
		);
		const dry = await runRetention(desk.store, { dryRun: true, kinds: ['timers'] });
		expect(dry.timers).toEqual({ deleted: 1, cycles: 0, events: 0 });
		expect((await runRetention(desk.store, { dryRun: false, kinds: ['timers'] })).timers).toEqual(dry.timers);
		const stay = await left();
		expect(stay).not.toContain(gone);
		expect(stay).toEqual(expect.arrayContaining([young, waiting, quoted]));
	});
});
