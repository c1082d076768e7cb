import { savePolicy, type SlaEvent } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, setClock, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('stands-for');
});
afterAll(() => stand?.close());

const recipients = (event: SlaEvent | undefined): string[] =>
	event?.targets.map(({ recipient }) => recipient) ?? [];

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;
	let conversationId: number;

	beforeEach(async () => {
		await setClock(stand, 0);
		desk = await openDesk(stand, transport);
		conversationId = await desk.conversation();
	});

	const promise = (notify: { warning?: string[]; breach?: string[]; escalation?: string[][] }) =>
		savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 }, notify } });
	const start = (minutesAgo: number) =>
		desk.tell(conversationId, { type: 'start', atMs: Date.now() - minutesAgo * minuteMs });

	test('SL-28 a level that stands for earlier ones is for everybody they were for', async () => {
		const id = await desk.member('manager', 'Boris');
		await promise({ warning: ['admin'], breach: ['manager'], escalation: [['desk@example.com', 'admin']] });
		await start(91);
		const [event] = (await desk.claim('one')).events;
		expect(event).toMatchObject({ kind: 'escalation', level: 1 });
		expect(recipients(event)).toEqual(['desk@example.com', 'admin', 'manager']);
		expect(event?.targets.at(-1)?.members.map((member) => member.id)).toEqual([id]);
	});

	test('an escalation that is for nobody is left out, so the breach is told to those it is for', async () => {
		await promise({ breach: ['manager'], escalation: [] });
		const { timer } = await start(91);
		expect(timer?.steps.map(({ kind }) => kind)).toEqual(['warning', 'breach']);
		const { events, nextDueAtMs } = await desk.claim('one', { leaseMs: 1000 });
		expect(events).toMatchObject([{ kind: 'breach' }]);
		expect(recipients(events[0])).toContain('manager');
		expect(nextDueAtMs).toBeLessThan(Date.now() + minuteMs);
	});

	test('a breach that is for nobody is told to those who lead the tenant', async () => {
		const id = await desk.member('admin', 'Olga');
		await promise({ warning: [], breach: [], escalation: [] });
		await start(61);
		const { events } = await desk.claim('one');
		expect(events[0]?.targets).toMatchObject([{ recipient: 'leaders', members: [{ id }] }]);
	});

	test('SL-28 a level that three workers in turn did not hand over names all that came before it', async () => {
		await start(50);
		const earlier: SlaEvent[] = [];
		for (const aheadMs of [0, 11 * minuteMs]) {
			await setClock(stand, aheadMs);
			earlier.push(...(await desk.claim('one', { leaseMs: 1000 })).events);
		}
		expect(earlier.map(({ kind }) => kind)).toEqual(['warning', 'breach']);
		await setClock(stand, 41 * minuteMs);
		const { events } = await desk.claim('two');
		expect(events).toMatchObject([{ kind: 'escalation', superseded: earlier.map(({ id }) => ({ id })) }]);
	});
});
