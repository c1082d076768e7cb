import { randomUUID } from 'node:crypto';

import { deletePolicy, getSchedules, getTimer, recompute, resolveFor, savePolicy } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('direct');
});
afterAll(() => stand?.close());

/** What an admin of a tenant sends to PostgREST with their own token. */
async function asAdmin(tenant: string, method: string, query: string, body?: object): Promise<unknown> {
	const sub = randomUUID();
	await stand.supabase.exec(
		`insert into opsdesk.members (tenant_id, user_id, name, role) values ($1, $2, 'Admin', 'admin')`,
		[tenant, sub],
	);
	const answer = await fetch(`${stand.supabase.url}/rest/v1/sla_policies${query}`, {
		method,
		headers: {
			...{ apikey: stand.supabase.publishableKey, 'content-type': 'application/json' },
			authorization: `Bearer ${stand.supabase.userToken({ sub })}`,
			...{ 'content-profile': 'opsdesk', prefer: 'return=representation' },
		},
		...(body && { body: JSON.stringify(body) }),
	});
	return await answer.json();
}

test('members of the tenant "default" read what is promised for all tenants, and change nothing of it', async () => {
	const store = stand.open('postgres');
	await savePolicy(store, { layer: 'default', policy: {} });
	const row = { tenant_id: 'default', layer: 'default', policy: { escalation: { most: 1 } } };
	await deletePolicy(store, { layer: 'default' });
	expect(await asAdmin('default', 'POST', '', row)).toMatchObject({ code: '42501' });
	await savePolicy(store, { layer: 'default', policy: {} });
	expect(await asAdmin('default', 'PATCH', '?layer=eq.default', { monitored: false })).toEqual([]);
	expect(await asAdmin('default', 'DELETE', '?layer=eq.default')).toEqual([]);
	expect(await asAdmin('default', 'POST', '', { ...row, layer: 'tenant' })).toMatchObject([
		{ layer: 'tenant' },
	]);
	await deletePolicy(store, { layer: 'default' });
});

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	test.each([
		{ escalation: { everyMinutes: 0, most: 1_000_000_000 } },
		{ warnings: '80%' },
		{ targetMinutes: null },
	])('a policy that nobody can read begins nothing, and holds up no other timer: %j', async (policy) => {
		const [broken, sound] = [await desk.conversation({ tier: 'gold' }), await desk.conversation()];
		for (const id of [broken, sound]) await desk.tell(id, { type: 'start', atMs: Date.now() });
		const before = await getTimer(desk.store, { conversationId: broken });
		await asAdmin(desk.tenant, 'POST', '', { tenant_id: desk.tenant, layer: 'tier', tier: 'gold', policy });
		await savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 90 } } });

		expect(await recompute(desk.store, { all: true, dryRun: false })).toMatchObject({
			...{ changed: 1, failedCount: 1 },
			failed: [{ conversationId: broken, reason: expect.stringContaining('layer "tier"') as string }],
		});
		expect(await getTimer(desk.store, { conversationId: broken })).toEqual(before);
		const fault = { code: 'invalid_input', message: expect.stringContaining('layer "tier"') as string };
		await expect(resolveFor(desk.store, broken)).rejects.toMatchObject(fault);
		const next = await desk.conversation({ tier: 'gold' });
		await expect(desk.tell(next, { type: 'start', atMs: Date.now() })).rejects.toMatchObject(fault);
		// An answer is an answer all the same.
		expect(await desk.tell(broken, { type: 'answer', atMs: Date.now() + minuteMs })).toMatchObject({
			timer: { status: 'answered', isBreached: false, targetMinutes: 60 },
		});
	});

	test.each(['{}', '[]', '{"timezone": null}', '{"timezone": ""}'])(
		'hours without a time zone are no schedule, which the list of all would fail by: %s',
		async (definition) => {
			await expect(
				stand.supabase.exec(`update opsdesk.working_schedules set definition = $2 where tenant_id = $1`, [
					...[desk.tenant, definition],
				]),
			).rejects.toThrow('working_schedules_definition_check');
			expect((await getSchedules(desk.store)).items).toHaveLength(1);
		},
	);

	test('an answer counts as well by hours that nobody can read', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() });
		await stand.supabase.exec(
			`update opsdesk.working_schedules set definition = '{"timezone": "Mars"}' where tenant_id = $1`,
			[desk.tenant],
		);
		await expect(desk.tell(await desk.conversation(), { type: 'start', atMs: Date.now() })).rejects.toThrow(
			'Mars',
		);
		expect(await recompute(desk.store, { all: true, dryRun: false })).toMatchObject({ failedCount: 1 });
		expect(await desk.tell(conversationId, { type: 'answer', atMs: Date.now() })).toMatchObject({
			timer: { status: 'answered', isBreached: false },
		});
	});
});
