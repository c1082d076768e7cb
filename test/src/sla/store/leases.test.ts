import { acknowledge, readTargets, renew, savePolicy } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('leases');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
	});

	const toldOf = async (id: number | undefined): Promise<unknown> => {
		const [row] = await stand.supabase.exec<{ told: unknown }>(
			'select told from opsdesk.sla_events where id = $1',
			[id],
		);
		return row?.told;
	};

	test('SL-27 whoever is still at it keeps what it has claimed, and learns what it has lost', async () => {
		const conversationId = await desk.conversation();
		await desk.tell(conversationId, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const [{ id } = { id: 0 }] = (await desk.claim('one', { leaseMs: 60_000 })).events;
		await setClock(stand, 40_000);
		expect(await renew(desk.store, [id], 'one', 60_000)).toEqual({ renewed: [id], lost: [] });
		await setClock(stand, 80_000);
		expect((await desk.claim('two')).events).toEqual([]);
		await setClock(stand, 111_000);
		expect((await desk.claim('two')).events).toMatchObject([{ id, redelivered: true, attempts: 2 }]);
		expect(await renew(desk.store, [id, 999_999_999], 'one', 60_000)).toEqual({
			renewed: [],
			lost: [
				{ id, reason: 'claimed' },
				{ id: 999_999_999, reason: 'gone' },
			],
		});
		await expect(renew(desk.store, [id], 'one', 0)).rejects.toMatchObject({
			message: expect.stringContaining('leaseMs'),
		});
	});

	test('who was told is kept with the event, with the ids at which they were reached', async () => {
		const boss = await desk.member('manager', 'Boss');
		await savePolicy(desk.store, {
			layer: 'tenant',
			policy: { targetMinutes: { firstResponse: 60 }, notify: { warning: ['manager', '#alerts'] } },
		});
		const conversations = [await desk.conversation(), await desk.conversation()];
		for (const id of conversations) await desk.tell(id, { type: 'start', atMs: Date.now() - 50 * minuteMs });
		const [first, second] = (await desk.claim('one')).events;
		// Another id by now does not change whom the first one went to.
		await stand.supabase.exec(
			`update opsdesk.member_channels set external_id = 'new' || id where member_id = $1`,
			[boss],
		);
		await acknowledge(desk.store, [first ?? 0, second?.id ?? 0], 'one');
		expect(await toldOf(first?.id)).toEqual([
			{
				recipient: 'manager',
				members: [{ id: boss, identities: [{ platform: 'telegram', id: `m${boss}` }] }],
			},
			{ recipient: '#alerts', members: [] },
		]);
		expect(await toldOf(second?.id)).toBeNull();
		// What a worker has lost, it has told in vain: who was told is said by the one that has it.
		await acknowledge(desk.store, [{ id: second?.id ?? 0, targets: [] }], 'two');
		expect(await toldOf(second?.id)).toBeNull();
	});
});

test('targets that stand in an item are read, and anything else is none', () => {
	const member = { id: 7, name: 'Boss', role: 'manager', identities: [{ platform: 'telegram', id: '5' }] };
	const targets = [{ recipient: 'manager', members: [member] }];
	expect(readTargets(JSON.parse(JSON.stringify(targets)))).toEqual(targets);
	for (const value of [undefined, 0, 'manager', [{ recipient: 'manager' }]])
		expect(readTargets(value)).toBeUndefined();
});
