import type { IDataObject } from 'n8n-workflow';

import { minuteMs, openDesk, openSlaStand, type Desk } from '../../src/sla/store/sla-stand';
import { transportNames, type Stand } from '../../src/store/stand';
import { byId, slaTimer, type } from './sla-timer';

let stand: Stand;
let node: ReturnType<typeof slaTimer>;

beforeAll(async () => {
	stand = await openSlaStand('node-timers');
	node = slaTimer(stand.supabase);
});
afterAll(() => stand?.close());

const ago = (minutes: number): string => new Date(Date.now() - minutes * minuteMs).toISOString();

describe.each(transportNames)('over %s', (through) => {
	let desk: Desk;
	let conversation: ReturnType<typeof byId>;
	beforeEach(async () => {
		desk = await openDesk(stand, through);
		conversation = byId(await desk.conversation());
	});
	const timer = async (operation: string, more: IDataObject = {}) =>
		await node.items(
			{ resource: 'timer', operation, conversation, ...more },
			{ through, tenant: desk.tenant },
		);

	test('SL-22, SL-24: a timer is started, paused, resumed and stopped, and each step says how it stands', async () => {
		const [started] = await timer('start', { options: { at: ago(10), messageId: 'm1' } });
		expect(started).toMatchObject({ metric: 'firstResponse', changed: true, timer: { status: 'running' } });
		expect(started?.['timer']).not.toHaveProperty('state');
		expect((await timer('pause', { options: { at: ago(8) } }))[0]).toMatchObject({
			timer: { status: 'paused', pausedAt: expect.stringMatching(/Z$/), deadline: null },
		});
		expect((await timer('resume', { options: { at: ago(3) } }))[0]).toMatchObject({
			timer: { status: 'running' },
		});
		const [explained] = await timer('explain');
		expect(explained).toMatchObject({ targetMinutes: 60, isBreached: false });
		expect(Number(explained?.['elapsedMinutes'])).toBeCloseTo(5, 0);
		const [stopped] = await timer('stop', { options: { by: 'Anna', simplify: false } });
		expect(stopped).toMatchObject({ changed: true, timer: { status: 'answered', state: expect.anything() } });
		expect((await timer('get'))[0]).toMatchObject({ status: 'answered', isBreached: false });
	});

	test('SL-23, SL-36, SL-39: what changes nothing says so, and what is opened again is a new cycle', async () => {
		await timer('start', { options: { messageId: 'm1' } });
		expect((await timer('start', { options: { messageId: 'm1' } }))[0]).toMatchObject({
			changed: false,
			notes: ['This message has begun the timer before.'],
		});
		expect((await timer('resume'))[0]).toMatchObject({ changed: false, notes: ['The timer runs already.'] });
		await timer('cancel', { options: { reason: 'spam' } });
		expect((await timer('reopen', { options: { reason: 'no spam' } }))[0]).toMatchObject({
			timer: { status: 'running', cycle: 2 },
		});
		expect((await timer('get', { metric: 'resolution' }))[0]).toEqual({
			metric: 'resolution',
			status: 'idle',
		});
	});

	test('SL-34, SL-35, SL-37: occurrences in the conversation start and stop timers', async () => {
		const note = async (more: IDataObject) => await timer('noteOccurrence', more);
		const asked = { occurrence: 'message', messageId: 'm1', author: 'client', category: 'REQUEST' };
		expect(await note({ ...asked, category: 'GRATITUDE' })).toEqual([]);
		expect(await note(asked)).toContainEqual(
			expect.objectContaining({ metric: 'firstResponse', changed: true }),
		);
		expect(await note({ ...asked, messageId: 'm2', author: 'bot' })).toEqual([]);
		expect(await note({ occurrence: 'edit', messageId: 'm1' })).toEqual([]);
		const [answered] = await note({
			...asked,
			messageId: 'm3',
			author: 'bot',
			options: { answeredBy: ['bot'] },
		});
		expect(answered).toMatchObject({ changed: true, timer: { status: 'answered' } });
	});

	test('timers are listed by state and deadline', async () => {
		await timer('start', { options: { at: ago(70) } });
		const other = byId(await desk.conversation());
		await timer('start', { conversation: other });
		const listed = async (filters: IDataObject) =>
			(await timer('getMany', { filters, returnAll: true })).map(
				({ conversation: own }) => (own as IDataObject)['id'],
			);
		expect(await listed({ status: 'open' })).toEqual([conversation.value, other.value]);
		expect(await listed({ dueBefore: new Date().toISOString() })).toEqual([conversation.value]);
		expect(await listed({ conversationId: other.value as number })).toEqual([other.value]);
		expect(
			await node.refusal(
				{ resource: 'timer', operation: 'getMany', filters: { conversationId: '={{ undefined }}' } },
				{ through, tenant: desk.tenant },
			),
		).toContain('Conversation ID');
	});

	test('SL-26, SL-27: due events are claimed by one, given back, and acknowledged', async () => {
		await timer('start', { options: { at: ago(70) } });
		const [event, ...more] = await timer('claimDue');
		expect(event).toMatchObject({
			...{ kind: 'breach', redelivered: false, superseded: [{ kind: 'warning' }] },
			...{ timer: { targetMinutes: 60 }, conversation: { id: conversation.value } },
		});
		expect(more).toEqual([]);
		const eventIds = String(event?.['id']);
		expect(await timer('claimDue', { options: { worker: 'other' } })).toEqual([]);
		expect(await timer('giveBack', { eventIds })).toEqual([
			expect.objectContaining({ returned: [event?.['id']] }),
		]);
		await timer('claimDue', { options: { worker: 'other' } });
		expect(await timer('acknowledge', { eventIds, options: { worker: 'other' } })).toEqual([
			{ acknowledged: [event?.['id']], lost: [] },
		]);
	});

	test('SL-38: recompute lists each instant that would be another one, and then changes them', async () => {
		await timer('start', { options: { at: ago(5) } });
		const policy = { resource: 'policy', operation: 'createOrUpdate', layer: 'tenant' };
		const settings = { through, tenant: desk.tenant };
		await node.items({ ...policy, policyFrom: 'fields', promises: { firstResponse: 90 } }, settings);
		const [dry] = await timer('recompute');
		expect(dry).toMatchObject({ dryRun: true, changed: 1, failed: [] });
		expect(dry?.['differences']).toContainEqual(
			expect.objectContaining({
				kind: 'breach',
				level: 1,
				before: expect.anything(),
				after: expect.anything(),
			}),
		);
		const [done] = await timer('recompute', { dryRun: false });
		expect(done).toMatchObject({ dryRun: false, changed: 1 });
		expect((await timer('recompute'))[0]).toMatchObject({ changed: 0, unchanged: 1 });
	});

	test('a model that uses the node starts timers, and silences none unless it is allowed to', async () => {
		const settings = { through, tenant: desk.tenant };
		const tool = async (operation: string, more: IDataObject = {}) =>
			await node.asTool({ resource: 'timer', operation, conversation, ...more }, settings);
		expect(await tool('start')).toContain('running');
		for (const operation of ['stop', 'pause', 'cancel', 'claimDue', 'recompute', 'noteOccurrence'])
			expect(await tool(operation)).toContain(`As a tool, \\"${operation}\\" is not allowed.`);
		expect(await tool('stop', { allowDestructive: true })).toContain('answered');
	});
});

test('SL-40: with the database out of reach the item fails, and nothing was started', async () => {
	const away = slaTimer({ ...stand.supabase, ownerUrl: stand.supabase.ownerUrl.replace(/:\d+\//, ':1/') });
	const said = await away.refusal(
		{ resource: 'timer', operation: 'start', conversation: byId(1) },
		{ through: 'postgres' },
	);
	expect(said).toMatch(/Nothing listens|cannot be reached|refused/i);
	expect(type).toBe('n8n-nodes-opsdesk.slaTimer');
});
