import { eraseContact, exportContact, storeMessages } from '../../../../src/chat';
import { deletePolicy, getTimer, noteOccurrence, recompute, savePolicy } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('open-timers');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;
	const now = Date.now();

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	const ask = async (
		chatId: string,
		messageId: string,
		sender: string,
		agoMs: number,
		kind: 'private' | 'group' = 'group',
	): Promise<void> => {
		await storeMessages(desk.store, [
			{
				...{ platform: 'telegram', id: messageId, text: 'Is it ready?', sentAt: new Date(now - agoMs) },
				...{ chat: { id: chatId, kind }, sender: { id: sender, name: `Client ${sender}` } },
			},
		]);
		const occurrence = { type: 'message', author: 'client', messageId, atMs: now - agoMs } as const;
		await noteOccurrence(desk.store, { platform: 'telegram', chatId }, occurrence);
	};

	test('SL-38 a policy that is changed or taken away says how many open timers it moves', async () => {
		const [vip, other] = [await desk.conversation({ tier: 'vip' }), await desk.conversation()];
		for (const id of [vip, other, await desk.conversation({ tier: 'vip' })])
			await desk.tell(id, { type: 'start', atMs: now });
		await desk.tell(other, { type: 'pause', atMs: now });
		const policy = { targetMinutes: { firstResponse: 30 } };
		const { store } = desk;
		expect(await savePolicy(store, { layer: 'tenant', policy })).toMatchObject({ openTimers: 3 });
		expect(await savePolicy(store, { layer: 'tier', key: 'vip', policy })).toMatchObject({ openTimers: 2 });
		const chat = { layer: 'chat', key: { conversationId: other } } as const;
		const ofChat = await savePolicy(store, { ...chat, policy });
		expect(ofChat).toMatchObject({ openTimers: 1 });
		expect(ofChat).not.toHaveProperty('tenants');
		expect(await deletePolicy(store, chat)).toEqual({ deleted: true, openTimers: 1 });
		expect(await deletePolicy(store, chat)).toEqual({ deleted: false, openTimers: 0 });

		const forAll = stand.open(transport);
		const { openTimers, tenants } = await savePolicy(forAll, { layer: 'default', policy: {} });
		expect(tenants).toContainEqual({ tenant: desk.tenant, openTimers: 3 });
		expect(tenants?.reduce((sum, one) => sum + one.openTimers, 0)).toBe(openTimers);
		await deletePolicy(forAll, { layer: 'default' });
	});

	test('a timer that an erasure has passed on is planned anew by itself', async () => {
		await ask('g1', 'm1', 'u1', 50 * minuteMs);
		await ask('g1', 'm2', 'u2', 20 * minuteMs);
		await ask('g2', 'm3', 'u3', 5 * minuteMs);
		await eraseContact(desk.store, { identity: { platform: 'telegram', id: 'u1' } });
		const chat = { platform: 'telegram', chatId: 'g1' };
		expect((await getTimer(desk.store, chat))?.deadline).toBe(new Date(now + 10 * minuteMs).toISOString());
		const options = { unplanned: true, dryRun: false } as const;
		expect(await recompute(desk.store, options)).toMatchObject({ changed: 1, unchanged: 0 });
		expect((await getTimer(desk.store, chat))?.deadline).toBe(new Date(now + 40 * minuteMs).toISOString());
		expect(await recompute(desk.store, options)).toMatchObject({ changed: 0, unchanged: 0 });
	});

	test('an export holds what a person has waited for, and nothing that others have', async () => {
		await ask('p1', 'm1', 'u1', 50 * minuteMs, 'private');
		await ask('g1', 'm2', 'u2', 40 * minuteMs);
		await ask('g2', 'm3', 'u1', 30 * minuteMs);
		await ask('g1', 'm4', 'u1', 20 * minuteMs);
		await noteOccurrence(
			desk.store,
			{ platform: 'telegram', chatId: 'g2' },
			{ type: 'message', author: 'agent', messageId: 'a1', atMs: now },
		);
		const lines: string[] = [];
		for await (const line of exportContact(desk.store, { identity: { platform: 'telegram', id: 'u1' } }))
			lines.push(line);
		const { timers } = JSON.parse(lines[0] ?? '') as { timers: Record<string, unknown>[] };
		expect(timers).toEqual([
			{
				...{ conversationId: expect.any(Number), promise: 'firstResponse', messageId: 'm1' },
				...{ startedAt: expect.any(String), status: 'running', isBreached: false },
			},
			{
				...{ conversationId: expect.any(Number), promise: 'firstResponse', messageId: 'm3' },
				...{ startedAt: expect.any(String), endedAt: expect.any(String), status: 'answered' },
				...{ elapsedMinutes: 30, isBreached: false },
			},
		]);
	});
});
