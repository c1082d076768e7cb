import {
	deleteSchedule,
	getPolicies,
	getSchedule,
	getSchedules,
	getTimer,
	importHolidays,
	deletePolicy,
	recompute,
	resolveFor,
	savePolicy,
	saveSchedule,
	type ScheduleDefinition,
	type StepDifference,
} from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { hourMs, minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('recompute');
});
afterAll(() => stand?.close());

const day = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const open = (from: string, to: string): ScheduleDefinition => ({
	timezone: 'UTC',
	weekly: Object.fromEntries(day.map((name) => [name, [[from, to]]])),
});

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	test('SL-38 a holiday moves the instants of open timers, and a dry run lists every difference and changes nothing', async () => {
		const { id } = await saveSchedule(desk.store, {
			name: 'office',
			definition: open('09:00', '18:00'),
			isDefault: true,
		});
		const today = new Date().toISOString().slice(0, 10);
		const tomorrow = new Date(Date.now() + 24 * hourMs).toISOString().slice(0, 10);
		const startedMs = Date.parse(`${today}T18:00Z`) - 24 * hourMs;
		const conversations: number[] = [];
		for (let turn = 0; turn < 3; turn += 1) {
			const conversationId = await desk.conversation();
			conversations.push(conversationId);
			await savePolicy(desk.store, {
				layer: 'chat',
				key: { conversationId },
				// The deadline falls on tomorrow.
				policy: {
					targetMinutes: { firstResponse: (9 + turn) * 60 + 30 },
					warnings: [],
					escalation: { most: 1 },
				},
			});
			await desk.tell(conversationId, { type: 'start', atMs: startedMs });
		}
		expect(await importHolidays(desk.store, { schedule: { id }, dates: [tomorrow] })).toMatchObject({
			...{ id, version: 2, added: 1, changed: true, openTimers: 3 },
		});

		const told: StepDifference[] = [];
		const dry = await recompute(desk.store, {
			...{ schedule: { name: 'office' }, dryRun: true, listed: 1 },
			onDifferences: (differences) => void told.push(...differences),
		});
		expect(dry).toMatchObject({ dryRun: true, changed: 3, unchanged: 0, failedCount: 0, differenceCount: 6 });
		expect(dry.differences).toHaveLength(1);
		expect(told).toHaveLength(6);
		for (const { beforeMs, afterMs } of told) expect((afterMs ?? 0) - (beforeMs ?? 0)).toBe(24 * hourMs);
		const [first = 0] = conversations;
		const before = await getTimer(desk.store, { conversationId: first });
		expect(before?.deadline).toBe(`${tomorrow}T09:30:00.000Z`);

		expect(await recompute(desk.store, { schedule: { id }, dryRun: false })).toMatchObject({
			...{ changed: 3, unchanged: 0, busy: 0, differenceCount: 6 },
		});
		const after = await getTimer(desk.store, { conversationId: first });
		expect(Date.parse(after?.deadline ?? '') - Date.parse(before?.deadline ?? '')).toBe(24 * hourMs);
		expect(after).toMatchObject({ scheduleVersion: 2, nextDueAt: after?.deadline });
		expect(await recompute(desk.store, { all: true, dryRun: false })).toMatchObject({
			changed: 0,
			unchanged: 3,
		});
	});

	test('SL-38 what was recorded stays recorded, and what is due earlier by a new promise is due at once', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		expect((await desk.claim('one')).events).toMatchObject([{ kind: 'warning' }]);
		const { id } = await savePolicy(desk.store, {
			layer: 'tenant',
			policy: { targetMinutes: { firstResponse: 30 } },
		});
		const result = await recompute(desk.store, { policy: id, dryRun: false });
		expect(result).toMatchObject({ changed: 1 });
		expect(result.differences.map(({ step }) => step.kind)).not.toContain('warning');
		expect((await desk.claim('two')).events).toMatchObject([
			{ kind: 'breach', timer: { targetMinutes: 30 } },
		]);
	});

	test('SL-38 twelve hundred timers are planned anew page by page, while others answer some of them', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() });
		await stand.supabase.exec(
			`with v as (insert into opsdesk.conversations (tenant_id, account_id, kind)
				select tenant_id, account_id, kind from opsdesk.conversations, generate_series(1, 1199) where id = $1 returning id),
			h as (insert into opsdesk.chats (tenant_id, account_id, external_id, conversation_id)
				select c.tenant_id, c.account_id, 'c' || v.id, v.id from v, opsdesk.conversations c where c.id = $1),
			t as (insert into opsdesk.sla_timers (tenant_id, conversation_id, metric, status, cycle, due_at, started_at)
				select tenant_id, v.id, metric, status, cycle, due_at, started_at
				from v, opsdesk.sla_timers t where t.conversation_id = $1 returning id)
			insert into opsdesk.sla_plans (timer_id, tenant_id, state, planned_by, steps, step_times)
				select t.id, p.tenant_id, state, planned_by, steps, step_times
				from t, opsdesk.sla_plans p join opsdesk.sla_timers o on o.id = p.timer_id where o.conversation_id = $1`,
			[conversationId],
		);
		const { id } = await savePolicy(desk.store, {
			layer: 'tenant',
			policy: { targetMinutes: { firstResponse: 90 } },
		});
		const [result] = await Promise.all([
			recompute(desk.store, { policy: id, dryRun: false }),
			desk.tell(conversationId, { type: 'answer', atMs: Date.now() }),
		]);
		expect([1199, 1200]).toContain(result.changed);
		expect(result).toMatchObject({ unchanged: 0, busy: 0, failedCount: 0 });
		const [stale] = await stand.supabase.exec<{ amount: number }>(
			`select count(*)::int as amount from opsdesk.sla_timers where tenant_id = $1 and status = 'running'
				and target_ms is distinct from 90 * 60000`,
			[desk.tenant],
		);
		expect(stale?.amount).toBe(0);
	});

	test('SL-38 another default schedule says how many timers count by it now', async () => {
		const [one, named] = [await desk.conversation(), await desk.conversation({ tier: 'vip' })];
		await savePolicy(desk.store, { layer: 'tier', key: 'vip', schedule: { name: 'always' } });
		for (const id of [one, named]) await desk.tell(id, { type: 'start', atMs: Date.now() });
		const office = { name: 'office', definition: open('09:00', '18:00') };
		const { id } = await saveSchedule(desk.store, { ...office, isDefault: true });
		expect(await saveSchedule(desk.store, { ...office, isDefault: true })).toMatchObject({ openTimers: 1 });
		await recompute(desk.store, { schedule: { id }, dryRun: false });
		expect(await getTimer(desk.store, { conversationId: one })).toMatchObject({ scheduleId: id });
	});

	test('SL-38 one conversation of another tier is planned anew alone', async () => {
		const [one, other] = [await desk.conversation(), await desk.conversation()];
		await deletePolicy(desk.store, { layer: 'tenant' });
		for (const id of [one, other]) await desk.tell(id, { type: 'start', atMs: Date.now() });
		await stand.supabase.exec(`update opsdesk.conversations set tier = 'premium' where tenant_id = $1`, [
			desk.tenant,
		]);
		const chat = { platform: 'telegram', chatId: `c${one}` };
		expect(await recompute(desk.store, { conversation: chat, dryRun: false })).toMatchObject({ changed: 1 });
		expect(await getTimer(desk.store, chat)).toMatchObject({ targetMinutes: 15 });
		expect(await getTimer(desk.store, { conversationId: other })).toMatchObject({ targetMinutes: 60 });
		await expect(
			recompute(desk.store, { conversation: chat, all: true, dryRun: true }),
		).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('SL-38 a plan by hours that have changed since they were read is refused', async () => {
		const conversationId = await desk.conversation();
		const told = await desk.tell(conversationId, { type: 'start', atMs: Date.now() });
		const [row] = await stand.supabase.exec<{ token: string; state: unknown }>(
			`select planned_by as token, state from opsdesk.sla_plans where timer_id = $1`,
			[told.timer?.id],
		);
		await saveSchedule(desk.store, { name: 'always', definition: open('08:00', '20:00') });
		const timer = {
			metric: 'firstResponse',
			revision: 1,
			state: row?.state,
			steps: [],
			isBreached: false,
			ended: [],
		};
		const saved = await stand.supabase.exec<{ saved: unknown }>(
			`select opsdesk.save_sla_timers($1, $2) as saved`,
			[desk.tenant, JSON.stringify({ conversationId, change: null, token: row?.token, timers: [timer] })],
		);
		expect(saved).toEqual([{ saved: null }]);
	});

	test('a schedule keeps its version unless hours or dates change, and is kept while it is used', async () => {
		const definition = open('09:00', '18:00');
		const made = await saveSchedule(desk.store, { name: 'office', definition });
		expect(made).toMatchObject({ version: 1, created: true, isDefault: false });
		expect(await saveSchedule(desk.store, { name: 'office', definition, isDefault: true })).toMatchObject({
			...{ id: made.id, version: 1, created: false, changed: false, isDefault: true },
		});
		await expect(saveSchedule(desk.store, { name: 'always', definition, id: made.id })).rejects.toMatchObject(
			{
				code: 'conflict',
			},
		);
		await expect(
			saveSchedule(desk.store, { name: 'x', definition: { timezone: 'Mars/Phobos' } }),
		).rejects.toThrow('Mars/Phobos');
		expect((await getSchedules(desk.store)).items.map(({ name, isDefault }) => [name, isDefault])).toEqual([
			['always', false],
			['office', true],
		]);
		expect(await getSchedule(desk.store, { name: 'office' })).toMatchObject({ definition });
		await savePolicy(desk.store, { layer: 'tier', key: 'vip', schedule: { id: made.id } });
		await expect(deleteSchedule(desk.store, { id: made.id })).rejects.toMatchObject({ code: 'conflict' });
		await deletePolicy(desk.store, { layer: 'tier', key: 'vip' });
		await desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() });
		await expect(deleteSchedule(desk.store, { id: made.id })).rejects.toThrow('1 open timers run by');
		for (const deleted of [true, false])
			expect(await deleteSchedule(desk.store, { name: 'always' })).toEqual({ deleted });
	});

	test('the chat is over its tier, the tier over the tenant, and the tenant over all tenants', async () => {
		const conversationId = await desk.conversation({ tier: 'vip' });
		const target = async () =>
			(await resolveFor(desk.store, conversationId)).policy.targetMinutes.firstResponse;
		expect(await target()).toBe(30);
		await savePolicy(desk.store, {
			layer: 'tier',
			key: 'vip',
			policy: { targetMinutes: { firstResponse: 20 } },
		});
		expect(await target()).toBe(20);
		const chat = { layer: 'chat', key: { platform: 'telegram', chatId: `c${conversationId}` } } as const;
		const office = await saveSchedule(desk.store, { name: 'office', definition: open('09:00', '18:00') });
		const made = await savePolicy(desk.store, {
			...chat,
			policy: { targetMinutes: { firstResponse: 5 } },
			schedule: { name: 'office' },
		});
		expect(made).toMatchObject({ created: true, conversationId, schedule: { id: office.id }, version: 1 });
		expect(await savePolicy(desk.store, { ...chat, monitored: true })).toMatchObject({
			...{ created: false, changed: true, version: 2, policy: { targetMinutes: { firstResponse: 5 } } },
		});
		expect(await resolveFor(desk.store, conversationId)).toMatchObject({
			policy: { targetMinutes: { firstResponse: 5 }, from: { 'targetMinutes.firstResponse': 'chat' } },
			schedule: { name: 'office' },
		});
		expect((await getPolicies(desk.store)).items.map(({ layer }) => layer)).toEqual([
			'tenant',
			'tier',
			'chat',
		]);
		await expect(savePolicy(desk.store, { layer: 'default', policy: {} })).rejects.toMatchObject({
			code: 'conflict',
		});
		expect(await deletePolicy(desk.store, chat)).toEqual({ deleted: true, openTimers: 0 });
		expect(await target()).toBe(20);
	});
});
