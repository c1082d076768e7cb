import { z } from 'zod';

import { getDecisions, getHandovers } from '../../src/decide';
import { getOutbox } from '../../src/channels';
import { getTimer, type ScheduleDefinition } from '../../src/sla';
import type { Incoming } from '../support/channels/five-channels';
import { poll } from '../support/n8n/poll';
import { olga, RoutingDesk, texts } from '../support/routing-desk';

const minute = 60_000;
/** A full minute, as breaks have no seconds. */
const begun = Math.floor(Date.now() / minute) * minute;
/** Of the ninety minutes since the complaint was written, thirty count. */
const pause = [begun - 75 * minute, begun - 15 * minute] as const;

/** Open around the clock but for the pause, which may go over midnight. */
function hours(): ScheduleDefinition {
	const breaks: Record<string, [string, string][]> = {};
	for (let from: number = pause[0]; from < pause[1];) {
		const [day = '', time = ''] = new Date(from).toISOString().split('T');
		const midnight = Date.parse(`${day}T00:00:00Z`) + 24 * 60 * minute;
		const to = Math.min(pause[1], midnight);
		const end = to === midnight ? '24:00' : new Date(to).toISOString().slice(11, 16);
		breaks[day] = [...(breaks[day] ?? []), [time.slice(0, 5), end]];
		from = to;
	}
	return { timezone: 'UTC', always: true, breaks };
}

const anna = { channel: 'telegram', person: 1 } as const;
const boris = { channel: 'whatsapp', person: 2 } as const;
const complaint = 'My parcel is late again, this is unacceptable <b>';
const question = 'And what are your opening hours?';

let desk: RoutingDesk;
let messages = 0;

beforeAll(async () => {
	desk = await RoutingDesk.open('e2e-last-mile', hours());
}, 600_000);
afterAll(() => desk?.close());

async function writes(who: Pick<Incoming, 'channel' | 'person'>, text: string, atMs?: number): Promise<void> {
	const message = { ...who, id: (messages += 1), text, ...(atMs !== undefined && { atMs }) };
	expect(await desk.channels.deliver(message, desk.n8n.n8n.url)).toBe(200);
}

/** Waits for it. @throws when it does not come */
async function come<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
	const found = await poll(150_000, async () => await ask());
	if (found === undefined) throw new Error(`It did not come: ${ask.toString()}`);
	return found;
}
const inTopic = (...words: string[]) =>
	come(() => desk.topic.find(({ text }) => words.every((word) => text.includes(word))));
const heard = (who: Pick<Incoming, 'channel' | 'person'>) => desk.channels.sentTo(who.channel, who.person);
const hears = (who: Pick<Incoming, 'channel' | 'person'>, text: string) =>
	come(() => (heard(who).includes(text) ? true : undefined));
/** Until nothing is on its way any more. */
const quiet = () =>
	come(async () => {
		const waiting = await Promise.all(
			(['queued', 'sending'] as const).map((state) => getOutbox(desk.n8n.store, { state })),
		);
		return waiting.every(({ items }) => items.length === 0) ? true : undefined;
	});
const conversationOf = async (text: string): Promise<number> => {
	const rows = await desk.n8n.stand.supabase.exec(
		`select conversation_id::int as id from opsdesk.messages where content = $1 and direction = 'inbound'`,
		[text],
	);
	return (
		z
			.array(z.object({ id: z.number() }))
			.min(1)
			.parse(rows)[0]?.id ?? 0
	);
};
const timerOf = (text: string, status: 'running' | 'answered') =>
	come(async () => {
		const timer = await getTimer(desk.n8n.store, { conversationId: await conversationOf(text) });
		return timer?.status === status ? timer : undefined;
	});

test('ED-33: complaints reach the topic of the operators with context and draft, and a timer runs for each', async () => {
	await writes(anna, complaint, begun - 90 * minute);
	await writes(boris, `Boris: ${complaint}`);
	await hears(anna, texts.meanwhile);
	const card = await inTopic('My parcel is late', 'Person 1');
	expect(card.text).toContain('somebody complains');
	expect(card.text).toContain('Within three days.');
	expect(card.text).toContain('unacceptable &lt;b&gt;');
	await inTopic('Boris: My parcel');
	for (const text of [complaint, `Boris: ${complaint}`]) await timerOf(text, 'running');
});

test('ED-24, ED-33: while somebody has to answer Eva is silent, and what the client writes goes to the topic', async () => {
	const before = heard(anna).length;
	await writes(anna, question);
	await inTopic(question);
	await quiet();
	expect(heard(anna)).toHaveLength(before);
});

test('ED-33: the answer of an operator reaches its client on the channel that they wrote on, once, and ends the timer', async () => {
	const toBoris = await inTopic('Boris: My parcel');
	const toAnna = await inTopic('My parcel is late', 'Person 1');
	expect(await desk.operatorWrites('Boris, it arrives today.', { replyTo: toBoris.id })).toBe(200);
	await hears(boris, 'Boris, it arrives today.');
	await desk.operatorWrites('Anna, it arrives tomorrow.', { replyTo: toAnna.id, id: 500 });
	await desk.operatorWrites('Anna, it arrives tomorrow.', { replyTo: toAnna.id, id: 500 });
	await hears(anna, 'Anna, it arrives tomorrow.');
	const conversationId = await conversationOf(complaint);
	const timer = await timerOf(complaint, 'answered');
	expect(timer).toMatchObject({ isBreached: false, steps: [] });
	await quiet();
	expect(heard(anna).filter((text) => text.includes('tomorrow'))).toHaveLength(1);
	expect([...heard(anna), ...heard(boris)].filter((text) => text.includes('today'))).toHaveLength(1);

	const cycle = await desk.n8n.stand.supabase.exec(
		`select ended_by, elapsed_ms::int from opsdesk.sla_cycles where timer_id = $1`,
		[timer.id],
	);
	const [{ ended_by: by, elapsed_ms: elapsedMs } = { ended_by: '', elapsed_ms: 0 }] = z
		.array(z.object({ ended_by: z.string(), elapsed_ms: z.number() }))
		.parse(cycle);
	expect(by).toContain(olga.name);
	expect(elapsedMs / minute).toBeGreaterThanOrEqual(29);
	expect(elapsedMs / minute).toBeLessThan(30 + (Date.now() - begun) / minute + 1);
	const [handover] = (await getHandovers(desk.n8n.store, { conversationId })).items;
	expect(handover).toMatchObject({
		...{ state: 'held', holder: { memberId: desk.olgaId, name: olga.name }, answers: 1 },
	});
	const said = await desk.n8n.stand.supabase.exec(
		`select author, member_id::int from opsdesk.messages where conversation_id = $1 and content like 'Anna, it%'`,
		[conversationId],
	);
	expect(said).toEqual([{ author: 'member', member_id: desk.olgaId }]);
});

test('ED-33: a stranger in the topic answers nobody', async () => {
	const card = await inTopic('Boris: My parcel');
	const before = desk.topic.length;
	await desk.operatorWrites('Call me instead.', { replyTo: card.id, by: { id: 666, name: 'Mallory' } });
	await come(() => (desk.topic.length > before ? true : undefined));
	await quiet();
	expect(heard(boris)).not.toContain('Call me instead.');
});

test('ED-33: handed back, Eva decides again, and an answer to the old thread is refused in words', async () => {
	const card = await inTopic('My parcel is late', 'Person 1');
	const before = desk.topic.length;
	await desk.operatorWrites('/back', { replyTo: card.id });
	await come(() => (desk.topic.length > before ? true : undefined));
	await writes(anna, question);
	await hears(anna, texts['opening hours']);
	const told = desk.topic.length;
	await desk.operatorWrites('One more thing.', { replyTo: card.id });
	await come(() => (desk.topic.length > told ? true : undefined));
	await quiet();
	expect(heard(anna)).not.toContain('One more thing.');
	const { items } = await getDecisions(desk.n8n.store, { conversationId: await conversationOf(complaint) });
	expect(items.map(({ decision }) => decision.outcome)).toEqual(['reply', 'ignore', 'escalate']);
	expect(desk.n8n.alerts.filter(({ severity }) => severity === 'critical')).toEqual([]);
});
