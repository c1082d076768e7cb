import { randomUUID } from 'node:crypto';

import { updateConversation } from '../../../../src/chat';
import {
	explainStoredTimer,
	getTimer,
	getTimers,
	noteOccurrence,
	recompute,
	savePolicy,
	settleClosed,
	type Metric,
} from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { hourMs, minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('closing');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;
	let conversationId: number;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
		const targetMinutes = { firstResponse: 60, nextResponse: 60, resolution: 240 };
		await savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes } });
		conversationId = await desk.conversation();
	});

	const asks = async (messageId: string, atMs: number) =>
		await noteOccurrence(
			desk.store,
			{ conversationId },
			{ type: 'message', author: 'client', messageId, atMs },
		);
	const close = async () => await updateConversation(desk.store, { conversationId }, { status: 'closed' });
	const timer = async (metric: Metric) => await getTimer(desk.store, { conversationId }, metric);
	const cycles = async () =>
		await stand.supabase.exec(
			`select t.metric, c.number, c.outcome, c.reason, c.elapsed_ms is not null as counted, c.is_breached as late
			from opsdesk.sla_cycles c join opsdesk.sla_timers t on t.id = c.timer_id where t.conversation_id = $1 order by 1, 2`,
			[conversationId],
		);

	test('a conversation that is closed is settled, nobody waits for an answer, and nothing is told of it', async () => {
		await asks('1', Date.now() - 10 * minuteMs);
		await close();
		await setClock(stand, 5 * hourMs);
		expect((await desk.claim('one')).events).toEqual([]);
		expect(await timer('resolution')).toMatchObject({
			...{ status: 'answered', isBreached: false, nextDueAt: null, closedAt: null, steps: [] },
			state: { cycle: { reason: 'closed' } },
		});
		expect(await timer('firstResponse')).toMatchObject({ status: 'cancelled' });
		expect((await desk.claim('one')).events).toEqual([]);
		expect(await cycles()).toEqual([
			{
				metric: 'firstResponse',
				number: 1,
				outcome: 'cancelled',
				reason: 'closed',
				counted: true,
				late: false,
			},
			{ metric: 'resolution', number: 1, outcome: 'answered', reason: 'closed', counted: true, late: false },
		]);
	});

	test('time counts until it was closed, however late somebody looks; a paused timer ends as well', async () => {
		await asks('1', Date.now() - 10 * minuteMs);
		await desk.tell(conversationId, { type: 'pause', atMs: Date.now() - 4 * minuteMs });
		await close();
		await setClock(stand, 5 * hourMs);
		const explained = await explainStoredTimer(desk.store, { conversationId }, 'resolution');
		expect(explained?.timer.status).toBe('answered');
		expect((explained?.standing.elapsedMs ?? 0) / minuteMs).toBeCloseTo(10, 0);
		const first = await explainStoredTimer(desk.store, { conversationId });
		expect(first?.timer).toMatchObject({ status: 'cancelled', state: { pausedAtMs: null } });
		expect((first?.standing.elapsedMs ?? 0) / minuteMs).toBeCloseTo(6, 0);
	});

	test('SL-25 a breach that nobody has claimed before is told all the same', async () => {
		await asks('1', Date.now() - 70 * minuteMs);
		await close();
		expect(await timer('firstResponse')).toMatchObject({ status: 'cancelled', isBreached: true });
		expect((await desk.claim('one')).events).toMatchObject([{ kind: 'breach' }]);
	});

	test('SL-36 what the client asks for after it is owed anew, in cycles of its own', async () => {
		await asks('1', Date.now() - 10 * minuteMs);
		await close();
		await asks('2', Date.now() + 1000);
		expect(await timer('resolution')).toMatchObject({
			...{ status: 'running', cycle: 2 },
			state: { cycle: { reason: 'new request' }, earlier: [{ number: 1, reason: 'closed' }] },
		});
		expect(await timer('firstResponse')).toMatchObject({ status: 'running', cycle: 2 });
		expect(await cycles()).toHaveLength(2);
	});

	test('who makes it active again owes nothing by that', async () => {
		await asks('1', Date.now() - 10 * minuteMs);
		await close();
		await updateConversation(desk.store, { conversationId }, { status: 'active' });
		expect(await timer('resolution')).toMatchObject({ status: 'answered' });
		expect((await getTimers(desk.store, { status: 'open' })).items).toEqual([]);
	});

	test('lists, recomputing and the run of each minute find those that were closed', async () => {
		const others = [await desk.conversation(), await desk.conversation()];
		for (const id of [conversationId, ...others])
			await noteOccurrence(
				desk.store,
				{ conversationId: id },
				{ type: 'message', author: 'client', messageId: 'm', atMs: Date.now() - minuteMs },
			);
		for (const id of [conversationId, ...others])
			await updateConversation(desk.store, { conversationId: id }, { status: 'closed' });
		expect((await getTimers(desk.store, { conversationId })).items.map(({ status }) => status)).toEqual([
			'cancelled',
			'answered',
		]);
		expect((await recompute(desk.store, { all: true, dryRun: false })).changed).toBe(0);
		expect(await settleClosed(desk.store)).toBe(2);
		expect(await settleClosed(desk.store)).toBe(0);
		await updateConversation(desk.store, { conversationId }, { status: 'active' });
		await asks('again', Date.now() + 1000);
		await close();
		await recompute(desk.store, { unplanned: true, dryRun: false });
		expect(
			await stand.supabase.exec(
				`select status from opsdesk.sla_timers where tenant_id = $1 and status in ('running', 'paused')`,
				[desk.tenant],
			),
		).toEqual([]);
	});

	test('a manager closes it in the database, without a right to change timers', async () => {
		await asks('1', Date.now() - 10 * minuteMs);
		const sub = randomUUID();
		await stand.supabase.exec(
			`insert into opsdesk.members (tenant_id, user_id, name, role) values ($1, $2, 'Manager', 'manager')`,
			[desk.tenant, sub],
		);
		const answer = await fetch(`${stand.supabase.url}/rest/v1/conversations?id=eq.${conversationId}`, {
			method: 'PATCH',
			headers: {
				...{ apikey: stand.supabase.publishableKey, 'content-type': 'application/json' },
				authorization: `Bearer ${stand.supabase.userToken({ sub })}`,
				'content-profile': 'opsdesk',
			},
			body: JSON.stringify({ status: 'closed' }),
		});
		expect(answer.status).toBe(204);
		expect(await timer('resolution')).toMatchObject({ status: 'answered' });
	});
});
