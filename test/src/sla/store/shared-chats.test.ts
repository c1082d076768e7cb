import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

import { eraseContact, storeMessages } from '../../../../src/chat';
import {
	deletePolicy,
	getTimer,
	noteOccurrence,
	recompute,
	savePolicy,
	type StoredTimer,
} from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, until, type Desk } from './sla-stand';

let stand: Stand;
let beside: Client;

beforeAll(async () => {
	stand = await openSlaStand('shared');
	beside = new Client({ connectionString: stand.supabase.ownerUrl });
	await beside.connect();
});
afterAll(async () => {
	await beside?.end();
	await stand?.close();
});

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	const now = Date.now();
	const write = (chat: string, id: string, sender: string, agoMs = 0, formerId?: string) =>
		storeMessages(desk.store, [
			{
				...{ platform: 'telegram', id, text: 'Is it ready?', sentAt: new Date(now - agoMs) },
				chat: { id: chat, kind: 'group', ...(formerId !== undefined && { formerId }) },
				sender: { id: sender, name: `Client ${sender}` },
			},
		]);
	const ask = async (chatId: string, messageId: string, sender: string, agoMs: number): Promise<void> => {
		await write(chatId, messageId, sender, agoMs);
		const occurrence = { type: 'message', author: 'client', messageId, atMs: now - agoMs } as const;
		await noteOccurrence(desk.store, { platform: 'telegram', chatId }, occurrence);
	};
	const answer = (chatId: string, agoMs: number) =>
		noteOccurrence(
			desk.store,
			{ platform: 'telegram', chatId },
			{ type: 'message', author: 'agent', messageId: `a${agoMs}`, atMs: now - agoMs },
		);
	const timerOf = (chatId: string, metric: StoredTimer['metric'] = 'firstResponse') =>
		getTimer(desk.store, { platform: 'telegram', chatId }, metric);
	const cycles = () =>
		stand.supabase.exec(
			`select number, outcome, reason, is_breached from opsdesk.sla_cycles where tenant_id = $1 order by number`,
			[desk.tenant],
		);
	const erase = (id: string) => eraseContact(desk.store, { identity: { platform: 'telegram', id } });

	const isWaited = async (calling: string): Promise<boolean> => {
		const found = await stand.supabase.exec(
			`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`,
			[calling],
		);
		return found.length > 0;
	};

	describe('a timer that is begun while its group becomes another one', () => {
		/** Begins a timer as the store does, in a transaction that is still open. */
		const beginBeside = async (chatId: string): Promise<void> => {
			const [conversationId, like] = [(await idOf(chatId)) ?? 0, await desk.conversation()];
			const { timer } = await desk.tell(like, { type: 'start', atMs: now });
			const [{ token } = { token: '' }] = await stand.supabase.exec<{ token: string }>(
				`select planned_by as token from opsdesk.sla_plans where timer_id = $1`,
				[timer?.id],
			);
			const row = { metric: 'firstResponse', revision: null, state: timer?.state, steps: timer?.steps };
			const timers = [{ ...row, targetMs: 60 * minuteMs, isBreached: false, ended: [] }];
			const change = '5a0e3f4c-8c1e-4a56-9a9f-0d1f3a7c2b11';
			await beside.query('begin');
			const { rows } = await beside.query<{ saved: object | null }>(
				'select opsdesk.save_sla_timers($1, $2) as saved',
				[desk.tenant, JSON.stringify({ conversationId, change, token, timers })],
			);
			expect(rows[0]?.saved).not.toBeNull();
		};
		const idOf = async (chatId: string): Promise<number | undefined> => {
			const [found] = await stand.supabase.exec<{ id: number }>(
				`select conversation_id::int as id from opsdesk.chats where tenant_id = $1 and external_id = $2`,
				[desk.tenant, chatId],
			);
			return found?.id;
		};
		test.each(['-100', 'g1'])('is kept: %s', async (chatId) => {
			await write('g1', '1', 'u1');
			await write('-100', '1', 'u1');
			if (chatId === 'g1')
				await noteOccurrence(
					desk.store,
					{ platform: 'telegram', chatId: '-100' },
					{ type: 'message', author: 'client', messageId: '1', atMs: now },
				);
			await beginBeside(chatId);
			const joined = write('-100', '2', 'u1', 0, 'g1');
			await until(() => isWaited('store_messages'));
			await beside.query('commit');
			expect(await joined).toHaveLength(1);
			expect(await timerOf('g1')).toMatchObject({
				status: 'running',
				startedAt: new Date(now).toISOString(),
			});
		});
	});

	test('who plans waits for a change of what all tenants say, and plans by it', async () => {
		const conversationId = await desk.conversation();
		const said = { layer: 'default', policy: { warnings: [{ percent: 50 }] } };
		await beside.query('begin');
		await beside.query(`select opsdesk.save_sla_policy('default', $1)`, [JSON.stringify(said)]);
		const begun = desk.tell(conversationId, { type: 'start', atMs: now });
		await until(() => isWaited('save_sla_timers'));
		await beside.query('commit');
		expect((await begun).timer?.steps[0]).toMatchObject({ kind: 'warning', atMs: now + 30 * minuteMs });
		await deletePolicy(stand.open('postgres'), { layer: 'default' });
	});

	describe('who is erased in a group', () => {
		test('leaves the promise to the others, from their own request on', async () => {
			await ask('g1', '1', 'u1', 50 * minuteMs);
			await ask('g1', '2', 'u2', 45 * minuteMs);
			await write('g1', '3', 'u3', 10 * minuteMs);
			await erase('u1');
			const timer = await timerOf('g1');
			expect(timer).toMatchObject({
				...{ status: 'running', cycle: 1, startedAt: new Date(now - 45 * minuteMs).toISOString() },
				...{ state: { cycle: { messageId: '2', startedAtMs: now - 45 * minuteMs } } },
			});
			expect((await desk.claim('one')).events).toMatchObject([
				{ kind: 'warning', timer: { messageId: '2' } },
			]);

			await recompute(desk.store, { all: true, dryRun: false });
			expect(await timerOf('g1')).toMatchObject({ deadline: new Date(now + 15 * minuteMs).toISOString() });
		});

		test('leaves a wait that is paused paused, since their own request alone', async () => {
			await ask('g1', '1', 'u1', 50 * minuteMs);
			const conversation = { platform: 'telegram', chatId: 'g1' };
			const status = (name: string, agoMs: number) =>
				noteOccurrence(desk.store, conversation, { type: 'status', status: name, atMs: now - agoMs });
			await status('waiting_for_client', 49 * minuteMs);
			await status('active', 40 * minuteMs);
			await status('waiting_for_client', 35 * minuteMs);
			await write('g1', '2', 'u2', 45 * minuteMs);
			await erase('u1');
			expect(await timerOf('g1')).toMatchObject({
				...{ status: 'paused', nextDueAt: null },
				state: {
					pausedAtMs: now - 35 * minuteMs,
					cycle: { pauses: [{ start: now - 45 * minuteMs, end: now - 40 * minuteMs }] },
				},
			});
			await status('active', 30 * minuteMs);
			// Ten minutes were paused since then.
			expect(await timerOf('g1')).toMatchObject({ deadline: new Date(now + 25 * minuteMs).toISOString() });
		});

		test('ends the promise when everybody else was answered', async () => {
			await ask('g1', '1', 'u1', 50 * minuteMs);
			await answer('g1', 45 * minuteMs);
			await write('g1', '2', 'u2', 50 * minuteMs);
			await ask('g1', '3', 'u1', 40 * minuteMs);
			await erase('u1');
			expect(await timerOf('g1', 'nextResponse')).toMatchObject({
				...{ status: 'cancelled', state: { cycle: { reason: 'erased' } } },
			});
		});

		test('leaves a matter that somebody has taken up, to be settled', async () => {
			await savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { resolution: 90 } } });
			await ask('g1', '1', 'u1', 50 * minuteMs);
			await answer('g1', 45 * minuteMs);
			await erase('u1');
			expect(await timerOf('g1', 'resolution')).toMatchObject({
				...{ status: 'running', state: { cycle: { messageId: null } } },
				deadline: new Date(now + 40 * minuteMs).toISOString(),
			});
		});
	});

	describe('a group that goes on in another one', () => {
		test('begins a promise by a message that has the number of a former one', async () => {
			await ask('g1', '15', 'u1', 50 * minuteMs);
			await answer('g1', 45 * minuteMs);
			await ask('g1', '16', 'u2', 44 * minuteMs);
			await answer('g1', 43 * minuteMs);
			await write('-100', '1', 'u1', 40 * minuteMs, 'g1');
			await ask('-100', '16', 'u1', 30 * minuteMs);
			expect(await timerOf('g1', 'nextResponse')).toMatchObject({
				...{ status: 'running', cycle: 2, startedAt: new Date(now - 30 * minuteMs).toISOString() },
				state: { cycle: { messageId: '16' }, earlier: [{ messageId: null }] },
			});
			await erase('u2');
			expect(await timerOf('g1', 'nextResponse')).toMatchObject({
				...{ status: 'running', state: { cycle: { messageId: '16' } } },
			});
		});

		test('keeps the timer that runs, however long the other one has been paused', async () => {
			await ask('g1', '1', 'u1', 90 * minuteMs);
			const chat = { platform: 'telegram', chatId: 'g1' };
			const status = 'waiting_for_client';
			await noteOccurrence(desk.store, chat, { type: 'status', status, atMs: now - 80 * minuteMs });
			await ask('-100', '1', 'u1', 10 * minuteMs);
			await write('-100', '2', 'u1', 0, 'g1');
			expect(await timerOf('g1')).toMatchObject({
				...{ status: 'running', deadline: new Date(now + 50 * minuteMs).toISOString() },
			});
			expect(await cycles()).toMatchObject([{ outcome: 'cancelled', reason: 'joined' }]);
		});

		test('loses no breach that a dead worker had claimed', async () => {
			await ask('g1', '1', 'u1', 30 * minuteMs);
			await ask('-100', '1', 'u1', 65 * minuteMs);
			const [breach] = (await desk.claim('dead', { leaseMs: 1000 })).events;
			expect(breach).toMatchObject({ kind: 'breach', timer: { messageId: '1' } });
			const status = 'waiting_for_client';
			const chat = { platform: 'telegram', chatId: '-100' };
			await noteOccurrence(desk.store, chat, { type: 'status', status, atMs: now });
			await write('-100', '2', 'u1', 0, 'g1');
			await sleep(1100);
			expect((await desk.claim('two')).events).toMatchObject([
				{ id: breach?.id, kind: 'breach', redelivered: true, timer: { cycle: 0, messageId: '1' } },
			]);
			expect(await cycles()).toMatchObject([{ number: 0, is_breached: true }]);
		});

		test('was answered, and waits for the next answer', async () => {
			await ask('g1', '1', 'u1', 90 * minuteMs);
			await answer('g1', 20 * minuteMs);
			await ask('-100', '1', 'u1', 10 * minuteMs);
			await write('-100', '2', 'u1', 0, 'g1');
			expect(await timerOf('g1')).toMatchObject({ status: 'answered', isBreached: true });
			expect(await timerOf('g1', 'nextResponse')).toMatchObject({
				...{ status: 'running', startedAt: new Date(now - 10 * minuteMs).toISOString() },
				state: { metric: 'nextResponse', cycle: { messageId: '1' } },
			});
			expect(await cycles()).toMatchObject([{ outcome: 'answered', is_breached: true }]);
			expect(await recompute(desk.store, { all: true, dryRun: false })).toMatchObject({ failedCount: 0 });
		});
	});
});
