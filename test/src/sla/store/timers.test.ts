import {
	acknowledge,
	applyToTimer,
	explainStoredTimer,
	getTimer,
	getTimers,
	noteOccurrence,
	savePolicy,
	SlaError,
} from '../../../../src/sla';
import { storeMessages } from '../../../../src/chat';
import { openStore, StoreError } from '../../../../src/store';
import { transportNames, type Stand } from '../../store/stand';
import { hourMs, minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('timers');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
	});

	test('SL-25 a reply that was recorded first leaves no breach, and one that comes second finds it recorded', async () => {
		const [early, late] = [await desk.conversation(), await desk.conversation()];
		const startedMs = Date.now() - 59 * minuteMs;
		for (const id of [early, late]) await desk.tell(id, { type: 'start', atMs: startedMs });
		for (const { id } of (await desk.claim('one')).events) await acknowledge(desk.store, [id], 'one');

		expect(await desk.tell(early, { type: 'answer', atMs: Date.now() })).toMatchObject({
			changed: true,
			timer: { status: 'answered', isBreached: false, nextDueAt: null, steps: [] },
		});
		await setClock(stand, 5 * minuteMs);
		const { events } = await desk.claim('one');
		expect(events).toMatchObject([{ kind: 'breach', conversation: { id: late } }]);
		expect(await desk.tell(late, { type: 'answer', atMs: Date.now() + 4 * minuteMs })).toMatchObject({
			timer: { status: 'answered', isBreached: true, nextDueAt: null },
		});
		// What was claimed before the answer is told, and says that the answer has come.
		await setClock(stand, 72 * hourMs);
		expect((await desk.claim('two')).events).toMatchObject([
			{ id: events[0]?.id, kind: 'breach', redelivered: true, timer: { status: 'answered' } },
		]);
		expect((await desk.claim('two')).events).toEqual([]);
	});

	test('SL-25 forty replies that race the breach: each timer has one outcome, and nothing is due after it', async () => {
		const conversations: number[] = [];
		for (let turn = 0; turn < 40; turn += 1) conversations.push(await desk.conversation());
		const dueMs = Date.now() + 1500;
		await Promise.all(conversations.map((id) => desk.tell(id, { type: 'start', atMs: dueMs - hourMs })));
		const breached = new Set<number>();
		const claim = async (limit: number) => {
			for (const { conversation, kind } of (await desk.claim('one', { limit })).events)
				if (kind === 'breach') breached.add(conversation.id);
		};
		await claim(100);
		const claiming = (async () => {
			while (Date.now() < dueMs + 600) await claim(3);
		})();
		const answers = conversations.map(async (id, index) => {
			await new Promise((resolve) => setTimeout(resolve, dueMs - Date.now() - 100 + index * 8));
			return await desk.tell(id, { type: 'answer', atMs: Date.now() });
		});
		const told = await Promise.all(answers);
		await claiming;
		await claim(100);
		for (const { changed, timer } of told) {
			expect([changed, timer?.status, timer?.nextDueAt]).toEqual([true, 'answered', null]);
			const recorded = timer?.state.cycle?.reached.some(({ kind }) => kind === 'breach');
			// Also when the answer came after the deadline and before anybody had claimed the breach.
			expect(timer?.isBreached).toBe(recorded);
			expect(breached.has(timer?.conversation.id ?? 0)).toBe(recorded);
		}
		await setClock(stand, 24 * hourMs);
		expect((await desk.claim('two')).events.every(({ redelivered }) => redelivered)).toBe(true);
	});

	test('SL-39 the same message told by ten at once begins one timer, once', async () => {
		const conversationId = await desk.conversation();
		const atMs = Date.now();
		const told = await Promise.all(
			Array.from({ length: 10 }, () => desk.tell(conversationId, { type: 'start', atMs, messageId: 'm1' })),
		);
		expect(told.filter(({ changed }) => changed)).toHaveLength(1);
		expect(new Set(told.map(({ timer }) => timer?.id)).size).toBe(1);
		expect((await getTimers(desk.store)).items).toHaveLength(1);
	});

	test('SL-40 a database that is down is an error, and nothing says that a timer was started', async () => {
		const gone = openStore(
			transport === 'supabase'
				? { supabase: { url: 'http://127.0.0.1:9', key: 'sb_secret_none' } }
				: { postgres: { connectionString: 'postgresql://nobody@127.0.0.1:9/none' } },
			{ attempts: 1 },
		);
		const starting = applyToTimer(gone, {
			conversation: { conversationId: 1 },
			event: { type: 'start', atMs: Date.now() },
		});
		await expect(starting).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
		await gone.close();
	});

	test('SL-40 without a stored conversation, or without a schedule, nothing is started, and the error says what is missing', async () => {
		await expect(desk.tell(999_999_999, { type: 'start', atMs: Date.now() })).rejects.toThrow(
			'There is no such conversation',
		);
		const conversationId = await desk.conversation();
		await stand.supabase.exec(`delete from opsdesk.working_schedules where tenant_id = $1`, [desk.tenant]);
		const starting = desk.tell(conversationId, { type: 'start', atMs: Date.now() });
		await expect(starting).rejects.toThrow(StoreError);
		await expect(starting).rejects.toMatchObject({ code: 'not_found', remedy: /working schedule/ });
		expect(await getTimer(desk.store, { conversationId })).toBeNull();
		await savePolicy(desk.store, {
			layer: 'tenant',
			policy: { clock: 'calendar', escalation: { clock: 'calendar' } },
		});
		expect(await desk.tell(conversationId, { type: 'start', atMs: Date.now() })).toMatchObject({
			changed: true,
		});
	});

	test('a time that is none is refused, and names its field', async () => {
		const conversationId = await desk.conversation();
		for (const atMs of [Number.NaN, 1_700_000_000])
			await expect(desk.tell(conversationId, { type: 'start', atMs })).rejects.toThrow(SlaError);
	});

	test('a pause withdraws what is due, and a resumption moves it by as much', async () => {
		const conversationId = await desk.conversation();
		const startedMs = Date.now() - 30 * minuteMs;
		await desk.tell(conversationId, { type: 'start', atMs: startedMs });
		const paused = await desk.tell(conversationId, { type: 'pause', atMs: startedMs + 10 * minuteMs });
		expect(paused.timer).toMatchObject({ status: 'paused', nextDueAt: null, deadline: null });
		const resumed = await desk.tell(conversationId, { type: 'resume', atMs: startedMs + 25 * minuteMs });
		expect(resumed.timer).toMatchObject({
			status: 'running',
			deadline: new Date(startedMs + 75 * minuteMs).toISOString(),
		});
		expect(await desk.tell(conversationId, { type: 'resume', atMs: Date.now() })).toMatchObject({
			changed: false,
			notes: ['The timer runs already.'],
		});
		const explained = await explainStoredTimer(desk.store, { conversationId });
		const counted = explained?.explanation.pieces
			.filter((piece) => piece.counted)
			.reduce((sum, { start, end }) => sum + end - start, 0);
		expect(counted).toBe(explained?.standing.elapsedMs);
		expect(explained?.standing.elapsedMs).toBe((explained?.clockMs ?? 0) - startedMs - 15 * minuteMs);
	});

	test('SL-36 what is reopened is a new cycle, and the ended one is kept with its time and who has ended it', async () => {
		const conversationId = await desk.conversation();
		const startedMs = Date.now() - 40 * minuteMs;
		await desk.tell(conversationId, { type: 'start', atMs: startedMs, messageId: 'm1' });
		const answered = await applyToTimer(desk.store, {
			conversation: { conversationId },
			event: { type: 'answer', atMs: startedMs + 20 * minuteMs },
			by: 'member:7',
		});
		expect(answered.timer).toMatchObject({ deadline: new Date(startedMs + hourMs).toISOString() });
		const again = await desk.tell(conversationId, { type: 'reopen', atMs: Date.now(), messageId: 'm2' });
		expect(again.timer).toMatchObject({ status: 'running', cycle: 2, isBreached: false, endedAt: null });
		const rows = await stand.supabase.exec(
			`select number, message_id, outcome, ended_by, elapsed_ms::int, target_ms::int, is_breached from opsdesk.sla_cycles
			where timer_id = $1`,
			[again.timer?.id],
		);
		expect(rows).toEqual([
			{
				...{ number: 1, message_id: 'm1', outcome: 'answered', ended_by: 'member:7' },
				...{ elapsed_ms: 20 * minuteMs, target_ms: 60 * minuteMs, is_breached: false },
			},
		]);
	});

	test('a chat that is not monitored starts no timer, and says why', async () => {
		const conversationId = await desk.conversation();
		await savePolicy(desk.store, { layer: 'chat', key: { conversationId }, monitored: false });
		expect(await desk.tell(conversationId, { type: 'start', atMs: Date.now() })).toMatchObject({
			changed: false,
			timer: null,
			notes: ['This conversation is not monitored.'],
		});
	});

	test('stored messages say who waits: a deleted request hands over to the next one, and an answer ends it', async () => {
		const bot = { platform: 'telegram', chat: { id: 'g1', kind: 'group' as const } };
		const startedMs = Date.now() - 20 * minuteMs;
		const said = (id: string, minutes: number) => ({
			...bot,
			id,
			sender: { id: 'u1', name: 'Anna' },
			sentAt: new Date(startedMs + minutes * minuteMs),
			text: 'Is it ready?',
		});
		await storeMessages(desk.store, [said('m1', 0), said('m2', 5)]);
		const chat = { platform: 'telegram', chatId: 'g1' };
		const request = (messageId: string, minutes: number) =>
			noteOccurrence(desk.store, chat, {
				...{ type: 'message', author: 'client', messageId },
				atMs: startedMs + minutes * minuteMs,
			});
		expect(await request('m1', 0)).toMatchObject([{ metric: 'firstResponse', changed: true }]);
		expect(await request('m2', 5)).toMatchObject([{ metric: 'firstResponse', changed: false }]);
		await noteOccurrence(desk.store, chat, {
			type: 'delete',
			messageId: 'm1',
			atMs: startedMs + 6 * minuteMs,
		});
		expect(await getTimer(desk.store, chat)).toMatchObject({
			status: 'running',
			startedAt: new Date(startedMs + 5 * minuteMs).toISOString(),
			state: { cycle: { messageId: 'm2' } },
		});
		const answer = { type: 'message', author: 'agent', messageId: 'a1', atMs: Date.now() } as const;
		await noteOccurrence(desk.store, chat, answer, { by: 'Boris' });
		expect(await getTimer(desk.store, chat)).toMatchObject({ status: 'answered' });
		// From the first answer on each next one is owed.
		expect(
			await noteOccurrence(desk.store, chat, {
				...{ type: 'message', author: 'client', messageId: 'm3' },
				atMs: Date.now(),
			}),
		).toMatchObject([{ metric: 'nextResponse', changed: true }]);
	});

	test('timers are listed by status, breach, due time, member and team, page by page', async () => {
		const member = await desk.member('manager', 'Boris');
		const conversations = [await desk.conversation({ assignee: member }), await desk.conversation()];
		for (const [index, id] of conversations.entries())
			await desk.tell(id, { type: 'start', atMs: Date.now() - index * 2 * hourMs });
		await desk.claim('one');
		const listed = async (query: Parameters<typeof getTimers>[1]) =>
			(await getTimers(desk.store, query)).items.map(({ conversation }) => conversation.id);
		expect(await listed({ status: 'open' })).toEqual(conversations);
		expect(await listed({ breached: true })).toEqual(conversations.slice(1));
		expect(await listed({ assignedMemberId: member })).toEqual(conversations.slice(0, 1));
		expect(await listed({ dueBefore: new Date(Date.now() + 40 * minuteMs).toISOString() })).toEqual(
			conversations.slice(1),
		);
		expect(await listed({ teamId: 999 })).toEqual([]);
		const first = await getTimers(desk.store, {}, { limit: 1 });
		const second = await getTimers(desk.store, {}, { limit: 1, cursor: first.cursor });
		expect([...first.items, ...second.items].map(({ conversation }) => conversation.id)).toEqual(
			conversations,
		);
		expect(second.cursor).toBeUndefined();
	});
});
