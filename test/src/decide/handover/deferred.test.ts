import { deleteMessages } from '../../../../src/chat';
import { enqueue, getOutbox } from '../../../../src/channels';
import {
	decideStored,
	getHandover,
	takeOver,
	type OpenedHandover,
	type OpenHandoverInput,
} from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('deferred');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const hour = 3_600_000;
const inHours = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();
let chats = 1900;

describe.each(transportNames)('what is deferred over %s', (transport) => {
	let desk: HelpDesk;
	let chat: string;
	let before: number;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		chats += 1;
		chat = `${chats}`;
		before = cloud.taken.length;
	});

	const handIn = async ({ card, key, sendAt, target }: OpenedHandover): Promise<void> => {
		if (!card || !target) throw new Error('There is no card.');
		const { replyTo: _, ...place } = target;
		const content = { operation: 'message' as const, text: card.text, format: card.format };
		const when = { key, ...(sendAt !== null && { dueAt: sendAt }) };
		await enqueue(desk.store, { ...place, platform: 'telegram' }, content, when);
	};
	const opened = async (text: string, more: Partial<OpenHandoverInput> = {}, message: object = {}) => {
		const { messageId } = await desk.client(chat, text, message);
		return { messageId, ...(await desk.open(messageId, more)) };
	};
	const defer = async (text: string, more: Partial<OpenHandoverInput> = {}) => {
		const one = await opened(text, { notBefore: inHours(9), reason: 'the desk is closed', ...more });
		await handIn(one);
		return one;
	};
	const decided = async (text: string) =>
		await decideStored(desk.store, { messageId: (await desk.client(chat, text)).messageId });
	/** What the desk reads once so much time has gone by. */
	const after = async (hours: number): Promise<string[]> => {
		const earlier = `${hours} * interval '1 hour'`;
		await stand.supabase.exec(
			`update opsdesk.handovers set not_before = not_before - ${earlier}, active_at = active_at - ${earlier}
				where tenant_id = $1`,
			[desk.tenant],
		);
		await stand.supabase.exec(
			`update opsdesk.outbox set due_at = due_at - ${earlier}, created_at = created_at - ${earlier}
				where tenant_id = $1 and state = 'queued'`,
			[desk.tenant],
		);
		await desk.sendDue();
		return read();
	};
	const read = () =>
		cloud.taken
			.slice(before)
			.filter(({ chatId }) => chatId === operators)
			.map(({ text }) => text);
	const waiting = async () => (await getOutbox(desk.store, { state: 'queued' })).items.map(({ key }) => key);

	test('is with nobody until it is due: Eva goes on, and then she is silent', async () => {
		const first = await defer('The invoice is wrong', { withinMinutes: 30 });
		expect(first).toMatchObject({ status: 'opened', state: 'open', sendAt: expect.any(String) });
		const meanwhile = await decided('My site is down, please help?');
		expect(meanwhile.decision.decidedBy).not.toBe('guard');
		expect(meanwhile.handoverId).toBeNull();
		expect(await after(8.9)).toEqual([]);
		expect(await after(0.2)).toEqual([expect.stringContaining('The invoice is wrong')]);
		const silent = await decided('Hello?');
		expect(silent.decision.reasons).toMatchObject([{ code: 'person_answers' }]);
		expect(silent.handoverId).toBe(first.handoverId);
	});

	test('has until then a deadline that counts from when it is due, and so does its silence', async () => {
		const dueAt = inHours(9);
		const { handoverId } = await defer('The invoice is wrong', { notBefore: dueAt, withinMinutes: 30 });
		const { deadlineAt, notBefore, activeAt } = await getHandover(desk.store, handoverId);
		expect([notBefore, activeAt].map((at) => Date.parse(at ?? ''))).toEqual(
			[dueAt, dueAt].map((at) => Date.parse(at)),
		);
		expect(Date.parse(deadlineAt ?? '')).toBe(Date.parse(dueAt) + hour / 2);
		await after(9 + 71);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ isIdle: false });
		await after(2);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ isIdle: true });
	});

	test('comes at once, on one whole card, with a later message that cannot wait', async () => {
		const first = await defer('The invoice is wrong');
		const urgent = await opened('And now my site is down!', {
			...{ reason: 'an outage', rule: 'outage', withinMinutes: 5, draft: 'We look.' },
		});
		expect(urgent).toMatchObject({ status: 'opened', handoverId: first.handoverId, sendAt: null });
		await handIn(urgent);
		expect(await waiting()).toEqual([urgent.key]);
		await desk.sendDue();
		const [card, ...none] = read();
		expect(none).toEqual([]);
		expect(card).toMatch(/The invoice is wrong<\/blockquote>\n\n<blockquote>And now my site is down!</);
		for (const words of [`#${first.handoverId} Client`, 'an outage', 'Answer by: ', 'We look.'])
			expect(card).toContain(words);
		expect((await decided('Hello?')).decision.decidedBy).toBe('guard');
		expect(await desk.open(first.messageId)).toMatchObject({ status: 'known', card: null });
		expect(await after(10)).toHaveLength(1);
	});

	test('comes with all that was deferred after it on one card, in its order, when the first is due', async () => {
		const first = await defer('One');
		const second = await defer('Two', { notBefore: inHours(12) });
		const third = await defer('Three', { notBefore: inHours(10), withinMinutes: 15 });
		expect(new Set([first, second, third].map(({ handoverId }) => handoverId)).size).toBe(1);
		expect(await waiting()).toEqual([third.key]);
		expect(await after(8.9)).toEqual([]);
		const [card, ...none] = await after(0.2);
		expect(none).toEqual([]);
		expect(card).toMatch(/: One<\/blockquote>\n\n<blockquote>.*: Two<\/blockquote>\n\n<blockquote>Three</);
		expect(await after(10)).toHaveLength(1);
		// Of a run that is repeated late nothing is posted again.
		await handIn({ ...first, sendAt: inHours(1) });
		expect(await after(2)).toHaveLength(1);
	});

	test('is not lost where a process dies before the new card is handed in', async () => {
		await defer('One');
		const second = await opened('Two', { notBefore: inHours(9) });
		expect(await after(9.1)).toEqual([expect.stringContaining('One')]);
		const again = await desk.open(second.messageId, { notBefore: inHours(-1) });
		expect(again).toMatchObject({ status: 'known', sendAt: null, key: second.key });
		await handIn(again);
		await desk.sendDue();
		expect(read()).toHaveLength(2);
		expect(read()[1]).toContain('Two');
	});

	test('is shown at once when the message itself cannot wait any more', async () => {
		const { messageId, handoverId } = await defer('The invoice is wrong');
		const edited = await desk.open(messageId, { reason: 'an outage', withinMinutes: 5 });
		expect(edited).toMatchObject({ status: 'known', sendAt: null });
		await desk.sendDue();
		expect(read()).toEqual([expect.stringContaining('The invoice is wrong')]);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ reason: 'an outage' });
	});

	test('is a person’s from when they take it', async () => {
		const { handoverId } = await defer('The invoice is wrong');
		await takeOver(desk.store, { handoverId, by: 'a dashboard' });
		expect((await decided('Hello?')).decision.decidedBy).toBe('guard');
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'held', notBefore: null });
	});

	const takeBack = async (messageId: number) => await deleteMessages(desk.store, [messageId]);

	test('goes on without what the client takes back of it, and ends with the last of it', async () => {
		const first = await defer('My code is 4711', { draft: 'A draft' });
		// As the words of an edit are handed in.
		const changed = { text: 'It says now: my code is 4712', format: 'plain' as const };
		await handIn({ ...first, card: changed, key: `${first.key}-changed-1` });
		const second = await defer('Please call me');
		await takeBack(first.messageId);
		// The run that has handed it in may come again.
		await handIn(await desk.open(second.messageId, { notBefore: inHours(9) }));
		const entries = JSON.stringify((await getOutbox(desk.store)).items);
		expect(entries).not.toMatch(/471\d|A draft/);
		expect(entries).toContain('Please call me');
		await takeBack(second.messageId);
		expect(await getHandover(desk.store, first.handoverId)).toMatchObject({
			...{ state: 'handedBack', endedBy: 'the client has taken it back', draft: null },
		});
		expect(await after(10)).toEqual([]);
	});

	test('a further message that is urgent has its own reason and deadline on its card', async () => {
		const { messageId } = await desk.client(chat, 'A question');
		const { handoverId } = await desk.posted(messageId);
		const urgent = await opened('My site is down!', { reason: 'an outage', withinMinutes: 5 });
		expect(urgent.status).toBe('joined');
		expect(urgent.card?.text).toMatch(/My site is down!<\/blockquote>\nWhy: an outage\nAnswer by: \d{4}-/);
		expect((await getHandover(desk.store, handoverId)).deadlineAt).not.toBeNull();
		const later = await opened('And my mail');
		expect(later.card?.text).not.toContain('Answer by');
	});

	test('in a group the desk is told who wrote the message that it answers', async () => {
		const group = { chat: { id: `-${chat}`, kind: 'group' } };
		const by = (name: string, id: string) => ({ ...group, sender: { id, name } });
		await desk.member('Boris', '71');
		await desk.posted((await desk.client(chat, 'My site is down', by('Anna', '811'))).messageId);
		const second = await desk.posted((await desk.client(chat, 'Mine too', by('Berta', '812'))).messageId);
		expect(cloud.taken.at(-1)?.text).toContain('Berta');
		const told = await desk.writes('71', 'We look into it', { replyTo: second.post });
		expect(told.tell?.text).toContain('It goes to Berta.');
	});
});
