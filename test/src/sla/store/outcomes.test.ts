import { storeMessages } from '../../../../src/chat';
import {
	getTimer,
	getTimers,
	noteOccurrence,
	savePolicy,
	type AppliedEvent,
	type OutsideEvent,
} from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('outcomes');
});
afterAll(() => stand?.close());

/** What the report says of each timer that was ended. */
async function reported(told: AppliedEvent): Promise<boolean | undefined> {
	const [row] = await stand.supabase.exec<{ is_breached: boolean }>(
		`select is_breached from opsdesk.sla_cycles where timer_id = $1 order by number desc limit 1`,
		[told.timer?.id],
	);
	return row?.is_breached;
}

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;
	let conversationId: number;
	/** Due an hour later. */
	let startedMs: number;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
		conversationId = await desk.conversation();
		startedMs = Date.now() - 85 * minuteMs;
		await desk.tell(conversationId, { type: 'start', atMs: startedMs });
	});

	const after = (minutes: number): number => startedMs + minutes * minuteMs;
	const tell = (event: OutsideEvent) => desk.tell(conversationId, event);
	const aim = (minutes: number) =>
		savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: minutes } } });

	test.each<OutsideEvent['type']>(['pause', 'answer', 'cancel'])(
		'SL-25 a breach that nobody has claimed is recorded and told, though %s came before the next claim',
		async (type) => {
			const reason = 'closed';
			const told = await tell({ type, atMs: after(70), reason } as OutsideEvent);
			expect(told.timer).toMatchObject({ isBreached: true, nextDueAt: null, steps: [] });
			expect(told.timer?.state.cycle?.reached.map(({ kind }) => kind)).toEqual(['warning', 'breach']);
			if (type !== 'pause') expect(await reported(told)).toBe(true);
			const claimed = await desk.claim('one');
			expect(claimed.events).toMatchObject([
				{ kind: 'breach', attempts: 1, redelivered: false, superseded: [{ kind: 'warning' }] },
			]);
			expect((await desk.claim('two')).events).toEqual([]);
			if (type !== 'pause') return;
			// Nor does it breach once more when it goes on.
			const resumed = await tell({ type: 'resume', atMs: Date.now() });
			expect(resumed.timer?.steps.map(({ kind, level }) => `${kind} ${level}`)[0]).toBe('escalation 1');
		},
	);

	test.each([55, 60])(
		'SL-25 an answer given after %i minutes withdraws what nobody has claimed',
		async (minutes) => {
			const told = await tell({ type: 'answer', atMs: after(minutes) });
			expect(told.timer).toMatchObject({ isBreached: false, deadline: new Date(after(60)).toISOString() });
			expect(await reported(told)).toBe(false);
			expect((await desk.claim('one')).events).toEqual([]);
		},
	);

	test('SL-25 a reply in time that is told after the breach leaves one outcome in timer and report', async () => {
		expect((await desk.claim('one')).events).toMatchObject([{ kind: 'breach' }]);
		const told = await tell({ type: 'answer', atMs: after(55) });
		expect([told.timer?.isBreached, await reported(told)]).toEqual([true, true]);
		const listed = await getTimers(desk.store, { breached: true });
		expect(listed.items.map(({ id }) => id)).toEqual([told.timer?.id]);
	});

	test('an answer is judged by the deadline that was planned, and not by a promise that was made since', async () => {
		await aim(30);
		const kept = await tell({ type: 'answer', atMs: after(45) });
		expect(kept.timer).toMatchObject({ isBreached: false, targetMinutes: 60 });
		expect(await reported(kept)).toBe(false);

		const other = await desk.conversation();
		await desk.tell(other, { type: 'start', atMs: startedMs });
		await aim(120);
		const late = await desk.tell(other, { type: 'answer', atMs: after(45) });
		expect(late.timer).toMatchObject({ isBreached: true, targetMinutes: 30 });
		expect(await reported(late)).toBe(true);
		expect((await desk.claim('one')).events).toMatchObject([{ kind: 'breach', conversation: { id: other } }]);
	});

	test('an answer to a paused timer is judged by the target that it was planned with', async () => {
		await tell({ type: 'pause', atMs: after(40) });
		await aim(30);
		const told = await tell({ type: 'answer', atMs: after(80) });
		expect(told.timer).toMatchObject({ isBreached: false, targetMinutes: 60 });
		expect(await reported(told)).toBe(false);
	});

	test.each([
		['of a second before a request', 1],
		['in the second of a request', 0],
	])('an answer %s that was told first leaves that request waiting', async (_name, seconds) => {
		const chat = { platform: 'telegram', chatId: 'g1' };
		const answeredMs = Math.floor(Date.now() / 1000) * 1000 - 10 * minuteMs;
		const agent = `m${await desk.member('observer', 'Boris')}`;
		const said = (id: string, sentMs: number, sender: string) => ({
			...{ platform: 'telegram', chat: { id: 'g1', kind: 'group' as const }, id, text: 'Is it ready?' },
			...{ sender: { id: sender, name: 'Anna' }, sentAt: new Date(sentMs) },
		});
		const times = { m1: answeredMs - 20 * minuteMs, a1: answeredMs, m2: answeredMs + seconds * 1000 };
		await storeMessages(desk.store, [said('m1', times.m1, 'u1'), said('m2', times.m2, 'u1')]);
		const note = (messageId: keyof typeof times, author: 'client' | 'agent') =>
			noteOccurrence(desk.store, chat, { type: 'message', author, messageId, atMs: times[messageId] });
		await note('m1', 'client');
		expect(await note('m2', 'client')).toMatchObject([{ changed: false }]);
		await storeMessages(desk.store, [said('a1', times.a1, agent)]);
		expect(await note('a1', 'agent')).toMatchObject([
			{ metric: 'firstResponse', timer: { status: 'answered' } },
			{ metric: 'nextResponse', timer: { status: 'running', startedAt: new Date(times.m2).toISOString() } },
		]);
		// Neither of them tells anything new any more.
		for (const again of [await note('m2', 'client'), await note('m1', 'client')])
			expect(again.some(({ changed }) => changed)).toBe(false);
		expect(await getTimer(desk.store, chat, 'nextResponse')).toMatchObject({ status: 'running', cycle: 1 });
	});

	test('a first answer leaves the timer of the next one as it is read and listed: nothing has begun', async () => {
		const answer = { type: 'message', author: 'agent', messageId: 'a1', atMs: after(20) } as const;
		const told = await noteOccurrence(desk.store, { conversationId }, answer);
		expect(told).toMatchObject([
			{ timer: { status: 'answered' } },
			{ timer: { status: 'idle', startedAt: null } },
		]);
		expect((await getTimers(desk.store, { status: 'idle' })).items).toMatchObject([{ cycle: null }]);
		expect(await getTimer(desk.store, { conversationId }, 'nextResponse')).toMatchObject({ status: 'idle' });
	});
});
