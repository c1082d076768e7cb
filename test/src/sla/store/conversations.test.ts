import { eraseContact, anonymiseContact, storeMessages } from '../../../../src/chat';
import { getTimer, noteOccurrence, savePolicy, type Occurrence } from '../../../../src/sla';
import { saveTeam, setTeamMembers } from '../../../../src/store';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('conversations');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	const store = (
		chat: string,
		id: string,
		sender: string,
		kind: 'private' | 'group' = 'group',
		formerId?: string,
	) =>
		storeMessages(desk.store, [
			{
				...{ platform: 'telegram', id, text: 'Is it ready?', sentAt: new Date() },
				chat: { id: chat, kind, ...(formerId !== undefined && { formerId }) },
				sender: { id: sender, name: `Client ${sender}` },
			},
		]);
	const request = async (chatId: string, messageId: string, agoMs = 0): Promise<void> => {
		const occurrence: Occurrence = { type: 'message', author: 'client', messageId, atMs: Date.now() - agoMs };
		await noteOccurrence(desk.store, { platform: 'telegram', chatId }, occurrence);
	};
	const rows = async (table: string): Promise<number> => {
		const [found] = await stand.supabase.exec<{ amount: number }>(
			`select count(*)::int as amount from opsdesk.${table} where tenant_id = $1`,
			[desk.tenant],
		);
		return found?.amount ?? -1;
	};

	test('the timers of an erased conversation go with it, and with all that was recorded', async () => {
		await store('u1', 'm1', 'u1', 'private');
		await request('u1', 'm1', 50 * minuteMs);
		expect((await desk.claim('one')).events).toHaveLength(1);
		await eraseContact(desk.store, { identity: { platform: 'telegram', id: 'u1' } });
		for (const table of ['sla_timers', 'sla_plans', 'sla_cycles', 'sla_events'])
			expect([table, await rows(table)]).toEqual([table, 0]);
	});

	test('in a group the timer that waits for an erased person is cancelled, and no id of their messages stays', async () => {
		await store('g1', 'm1', 'u1');
		await request('g1', 'm1', 50 * minuteMs);
		await desk.claim('one');
		await eraseContact(desk.store, { identity: { platform: 'telegram', id: 'u1' } });
		expect(await getTimer(desk.store, { platform: 'telegram', chatId: 'g1' })).toMatchObject({
			...{ status: 'cancelled', nextDueAt: null, steps: [] },
			state: {
				status: 'cancelled',
				cycle: { messageId: null, reason: 'erased', reached: [{ kind: 'warning' }] },
			},
		});
		// Whoever writes next is waited for again.
		await store('g1', 'm2', 'u2');
		await request('g1', 'm2');
		expect(await getTimer(desk.store, { platform: 'telegram', chatId: 'g1' })).toMatchObject({
			...{ status: 'running', cycle: 2 },
		});
		expect(await rows('sla_cycles')).toBe(1);
	});

	test('a timer outlives that a person is anonymised, without the id of their message', async () => {
		await store('g1', 'm1', 'u1');
		await request('g1', 'm1');
		await anonymiseContact(desk.store, { identity: { platform: 'telegram', id: 'u1' } });
		expect(await getTimer(desk.store, { platform: 'telegram', chatId: 'g1' })).toMatchObject({
			...{ status: 'running', state: { cycle: { messageId: null } } },
		});
		await setClock(stand, 50 * minuteMs);
		const { events } = await desk.claim('one');
		await setClock(stand, 0);
		expect(events.map(({ timer }) => timer.messageId)).toEqual([null]);
	});

	test('a group that becomes another one takes its timer along, and of two open timers the earlier stays', async () => {
		await store('g1', 'm1', 'u1');
		await request('g1', 'm1', 20 * minuteMs);
		const chat = { platform: 'telegram', chatId: 'g1' };
		const before = await getTimer(desk.store, chat);
		await store('-100', 'm2', 'u1');
		await request('-100', 'm2', 10 * minuteMs);
		await savePolicy(desk.store, {
			layer: 'chat',
			key: { platform: 'telegram', chatId: '-100' },
			monitored: true,
		});
		await store('-100', 'm3', 'u1', 'group', 'g1');
		const after = await getTimer(desk.store, { platform: 'telegram', chatId: '-100' });
		expect(after).toMatchObject({ id: before?.id, status: 'running', startedAt: before?.startedAt });
		const ids = await stand.supabase.exec(
			'select message_id, cycle from opsdesk.sla_timers where tenant_id = $1',
			[desk.tenant],
		);
		expect(ids).toEqual([{ message_id: null, cycle: 1 }]);
		expect([await rows('sla_timers'), await rows('sla_policies')]).toEqual([1, 2]);
	});

	test('a timer that only the later group has goes to the joined one', async () => {
		await store('g1', 'm1', 'u1');
		await store('-100', 'm2', 'u1');
		await request('-100', 'm2', 10 * minuteMs);
		await store('-100', 'm3', 'u1', 'group', 'g1');
		expect(await getTimer(desk.store, { platform: 'telegram', chatId: 'g1' })).toMatchObject({
			status: 'running',
		});
	});

	test('each level is for the members whom its policy names, with their ids on the channels as they are now', async () => {
		const [boss, agent, other] = [
			await desk.member('manager', 'Boss'),
			await desk.member('observer', 'Agent'),
			await desk.member('observer', 'Other'),
		];
		const { id: team } = await saveTeam(desk.store, { team: 'night' });
		await setTeamMembers(desk.store, { teamId: team }, [other]);
		const told = async (notify: string[], fields = {}) => {
			await savePolicy(desk.store, {
				layer: 'tenant',
				policy: { targetMinutes: { firstResponse: 60 }, notify: { warning: notify } },
			});
			const conversationId = await desk.conversation(fields);
			await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
			const [event] = (await desk.claim('one')).events;
			expect(event?.conversation.id).toBe(conversationId);
			return event?.targets.map(({ recipient, members }) => [recipient, members.map(({ id }) => id)]);
		};
		expect(await told(['assignee', 'manager', 'team'], { assignee: agent, team })).toEqual([
			['assignee', [agent]],
			['manager', [boss]],
			['team', [other]],
		]);
		expect(await told([`member:${agent}`, 'Member3@example.com', '#alerts'])).toEqual([
			[`member:${agent}`, [agent]],
			['Member3@example.com', [other]],
			['#alerts', []],
		]);
		// Nobody has the conversation: it is somebody's problem all the same.
		expect(await told(['assignee'])).toEqual([
			['assignee', []],
			['leaders', [boss]],
		]);
		expect(await told([])).toEqual([]);
		// What nobody reads any more is not written to, and hides nothing from those who lead.
		await stand.supabase.exec(`update opsdesk.members set removed_at = now() where id = $1`, [other]);
		expect(await told(['member3@example.com'])).toEqual([['leaders', [boss]]]);
		expect(await told(['member3@example.com', '#alerts'])).toEqual([['#alerts', []]]);
		const conversationId = await desk.conversation({ assignee: agent });
		await savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		expect((await desk.claim('one')).events).toMatchObject([
			{
				targets: [
					{
						recipient: 'assignee',
						members: [
							{
								...{ id: agent, name: 'Agent', role: 'observer', email: 'member2@example.com' },
								identities: [{ platform: 'telegram', id: `m${agent}` }],
							},
						],
					},
				],
			},
		]);
	});
});
