import { acknowledge, getTimer, giveBack, type SlaEvent } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { hourMs, minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('claims');
});
afterAll(() => stand?.close());

const named = ({ kind, level }: { kind: string; level: number }): string => `${kind} ${level}`;
const ids = (events: readonly SlaEvent[]): number[] => events.map(({ id }) => id);

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
	});

	test('SL-27 what a dead worker has claimed is handed over once its lease has ended, with the same id', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const [first] = (await desk.claim('one', { leaseMs: 60_000 })).events;
		expect(first).toMatchObject({ kind: 'warning', level: 1, redelivered: false, attempts: 1 });

		expect((await desk.claim('two')).events).toEqual([]);
		await setClock(stand, 30_000);
		expect((await desk.claim('two')).events).toEqual([]);
		await setClock(stand, 61_000);
		const [again] = (await desk.claim('two')).events;
		expect(again).toMatchObject({ id: first?.id, kind: 'warning', redelivered: true, attempts: 2 });

		// The first one was not dead after all.
		expect(await acknowledge(desk.store, [first?.id ?? 0], 'one')).toEqual({
			acknowledged: [],
			lost: [{ id: first?.id, reason: 'claimed' }],
		});
		expect(await acknowledge(desk.store, [first?.id ?? 0], 'two')).toMatchObject({
			acknowledged: [first?.id],
			lost: [],
		});
		await setClock(stand, 3 * 60_000);
		expect((await desk.claim('three')).events).toEqual([]);
		expect(await acknowledge(desk.store, [first?.id ?? 0], 'one')).toMatchObject({
			lost: [{ reason: 'handedOver' }],
		});
	});

	test('SL-27 an acknowledgement that is told twice, or after the lease while nobody else has it, counts', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const claimed = ids((await desk.claim('one', { leaseMs: 1000 })).events);
		await setClock(stand, 10_000);
		for (let turn = 0; turn < 2; turn += 1)
			expect(await acknowledge(desk.store, claimed, 'one')).toEqual({ acknowledged: claimed, lost: [] });
		expect(await acknowledge(desk.store, [999_999_999], 'one')).toMatchObject({ lost: [{ reason: 'gone' }] });
		expect((await desk.claim('two')).events).toEqual([]);
	});

	test('what is given back is taken by the next one at once, and was not handed over before', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const claimed = ids((await desk.claim('one')).events);
		expect(await giveBack(desk.store, claimed, 'two')).toMatchObject({
			returned: [],
			lost: [{ reason: 'claimed' }],
		});
		for (let turn = 0; turn < 2; turn += 1)
			expect(await giveBack(desk.store, claimed, 'one')).toEqual({ returned: claimed, lost: [] });
		expect(await acknowledge(desk.store, claimed, 'one')).toMatchObject({ lost: [{ reason: 'returned' }] });
		expect((await desk.claim('two')).events).toMatchObject([
			{ id: claimed[0], redelivered: false, attempts: 2 },
		]);
	});

	test('SL-28 after three days down each level is recorded in order, and one message tells of a timer', async () => {
		const startedMs = Date.now() - 72 * hourMs;
		const conversations = [await desk.conversation(), await desk.conversation(), await desk.conversation()];
		for (const [index, id] of conversations.entries())
			await desk.tell(id, { type: 'start', atMs: startedMs + index * 1000 });
		const { events, nextDueAtMs, clockMs } = await desk.claim('one', { limit: 2 });
		expect(events.map(({ conversation }) => conversation.id)).toEqual(conversations.slice(0, 2));
		expect(nextDueAtMs).toBeLessThanOrEqual(clockMs);
		const [event] = events;
		expect(event).toMatchObject({ kind: 'escalation', level: 5, isLast: true });
		expect(event?.superseded.map(named)).toEqual([
			...['warning 1', 'breach 1', 'escalation 1', 'escalation 2', 'escalation 3', 'escalation 4'],
		]);
		expect(event?.dueAt).toBe(new Date(startedMs + (60 + 5 * 30) * minuteMs).toISOString());
		expect(event?.timer.elapsedMinutes).toBe(210);

		await acknowledge(desk.store, ids(events), 'one');
		const rest = await desk.claim('one');
		expect(rest.events.map(({ conversation }) => conversation.id)).toEqual(conversations.slice(2));
		await acknowledge(desk.store, ids(rest.events), 'one');
		expect(await desk.claim('one')).toMatchObject({ events: [], nextDueAtMs: null });
		const rows = await stand.supabase.exec<{ kind: string; level: number }>(
			`select kind, level from opsdesk.sla_events where timer_id = $1 order by id`,
			[event?.timer.id],
		);
		expect(rows.map(named)).toEqual([...(event?.superseded.map(named) ?? []), 'escalation 5']);
	});

	test('SL-28 a level that was claimed and never handed over is told by the later one', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const [warning] = (await desk.claim('one', { leaseMs: 1000 })).events;
		await setClock(stand, 15 * minuteMs);
		const { events } = await desk.claim('two');
		expect(events).toMatchObject([{ kind: 'breach', superseded: [{ id: warning?.id, kind: 'warning' }] }]);
		expect(await acknowledge(desk.store, [warning?.id ?? 0], 'one')).toMatchObject({
			lost: [{ reason: 'superseded' }],
		});
	});

	test('SL-29 the last escalation says so, and the timer after it has nothing to come', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 72 * hourMs });
		const { events } = await desk.claim('one');
		expect(events.map(({ isLast }) => isLast)).toEqual([true]);
		const timer = await getTimer(desk.store, { conversationId });
		expect(timer).toMatchObject({ status: 'running', isBreached: true, nextDueAt: null, steps: [] });
		expect(timer?.state.cycle).toMatchObject({ isExhausted: true });
		expect(timer?.state.cycle?.reached.map(named)).toHaveLength(7);
	});

	test('SL-32 a clock that is set back an hour lets nothing fire twice, and loses nothing', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		await setClock(stand, hourMs);
		const first = await desk.claim('one');
		expect(first.events.map(named)).toEqual(['escalation 1']);
		await setClock(stand, 0);
		expect((await desk.claim('two')).events).toEqual([]);
		await acknowledge(desk.store, ids(first.events), 'one');
		for (const aheadMs of [0, hourMs]) {
			await setClock(stand, aheadMs);
			expect((await desk.claim('two')).events).toEqual([]);
		}
		await setClock(stand, hourMs + 30 * minuteMs);
		expect((await desk.claim('two')).events.map(named)).toEqual(['escalation 2']);
	});

	test('SL-32 what a dead worker had claimed before the clock was set back waits for its lease alone', async () => {
		const conversations = [await desk.conversation(), await desk.conversation()];
		for (const id of conversations) await desk.tell(id, { type: 'start', atMs: Date.now() - 15 * minuteMs });
		await setClock(stand, hourMs);
		const [claimed = 0, returned = 0] = ids((await desk.claim('one', { leaseMs: 60_000 })).events);
		await giveBack(desk.store, [returned], 'one');
		await setClock(stand, 0);
		const next = await desk.claim('two', { leaseMs: 1000 });
		expect(ids(next.events)).toEqual([returned]);
		expect(next.nextDueAtMs).toBeLessThan(next.clockMs + 61_000);
		await acknowledge(desk.store, [returned], 'two');
		await setClock(stand, 30_000);
		expect((await desk.claim('two')).events).toEqual([]);
		await setClock(stand, 62_000);
		expect((await desk.claim('two')).events).toMatchObject([{ id: claimed, redelivered: true }]);
	});

	test('SL-32 what a pause has recorded before the clock was set back is claimed at once', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 15 * minuteMs });
		await setClock(stand, hourMs);
		await desk.tell(conversationId, { type: 'pause', atMs: Date.now() + hourMs });
		await setClock(stand, 0);
		expect((await desk.claim('one')).events).toMatchObject([{ kind: 'breach', redelivered: false }]);
	});

	test('an event names the message that has begun its own cycle, also when another one runs by then', async () => {
		const conversationId = await desk.conversation();
		const startedMs = Date.now() - 50 * minuteMs;
		await desk.tell(conversationId, { type: 'start', atMs: startedMs, messageId: 'm1' });
		const begun = { cycle: 1, messageId: 'm1', startedAt: new Date(startedMs).toISOString() };
		const first = await desk.claim('one', { leaseMs: 1000 });
		expect(first.events).toMatchObject([{ timer: { ...begun, status: 'running' } }]);
		await desk.tell(conversationId, { type: 'cancel', atMs: Date.now(), reason: 'moved' });
		await desk.tell(conversationId, { type: 'reopen', atMs: Date.now(), messageId: 'm2' });
		await setClock(stand, 49 * minuteMs);
		expect((await desk.claim('two')).events).toMatchObject([
			{ id: ids(first.events)[0], redelivered: true, timer: begun },
			{ kind: 'warning', redelivered: false, timer: { cycle: 2, messageId: 'm2' } },
		]);
	});

	test('nothing is due before its instant, and the claim says when it will be', async () => {
		const conversationId = await desk.conversation();
		const startedMs = Date.now();
		await desk.tell(conversationId, { type: 'start', atMs: startedMs });
		expect(await desk.claim('one')).toMatchObject({ events: [], nextDueAtMs: startedMs + 48 * minuteMs });
	});
});
