import { decideOutbox, enqueue, getOutbox, sendDue, setSendStop } from '../../../../src/channels';
import { storeMessages } from '../../../../src/chat';
import {
	decideStored,
	deleteDesk,
	getHandover,
	getHandovers,
	type StoredDecision,
} from '../../../../src/decide';
import { getTimer, noteOccurrence, savePolicy, saveSchedule, type Occurrence } from '../../../../src/sla';
import { removeMember, saveTemplate } from '../../../../src/store';
import type { TimerNews } from '../../../../src/channels';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { rule } from '../rules/sets';
import { bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('undelivered');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const unknown = TelegramCloud.error(400, 'Bad Request: chat not found');
const blocked = TelegramCloud.error(403, 'Forbidden: bot was blocked by the user');
const rules = { rules: [rule('hours', [], { outcome: 'reply', template: 'hours' })] };
let chats = 1100;

describe.each(transportNames)('what the client does not get, over %s', (transport) => {
	let desk: HelpDesk;
	let boris: number;
	let chat: string;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		boris = await desk.member('Boris', '71');
		await saveTemplate(desk.store, { template: 'hours' }, { content: 'We open at nine.' });
		chats += 1;
		chat = `${chats}`;
		cloud.taken.length = 0;
	});
	const told = () => cloud.taken.filter(({ chatId }) => chatId === operators);
	const asked = async (more: object = {}) => {
		const { messageId, conversationId } = await desk.client(chat, 'When do you <open>?', more);
		return { messageId, conversationId };
	};
	/** Eva's answer, handed in and not sent yet. */
	const answered = async (messageId: number, more: object = {}): Promise<StoredDecision> => {
		const decided = await decideStored(desk.store, { messageId }, { rules });
		if (!decided.target) throw new Error('There is nowhere to send it.');
		const { replyTo, ...place } = decided.target;
		const content = { operation: 'message' as const, text: decided.text ?? '', replyTo };
		await enqueue(desk.store, { ...place, platform: 'telegram', ...more }, content, { key: decided.key });
		return decided;
	};
	/** WhatsApp, which takes no free text a day after the last message of the client. */
	const sendOnWhatsApp = async () =>
		await sendDue(
			desk.store,
			{ send: () => Promise.resolve({ externalIds: ['w1'] }) },
			{ platform: 'whatsapp' },
		);
	const yesterday = () => ({
		...{ platform: 'whatsapp', account: '4930', sender: { id: chat, name: `Client ${chat}` } },
		sentAt: new Date(Date.now() - 25 * 3_600_000).toISOString(),
	});

	test('ED-33 the operator is told in the thread that the client has blocked us, and nothing counts as answered', async () => {
		const { messageId } = await asked();
		const { post, handoverId } = await desk.posted(messageId);
		cloud.script(chat, blocked);
		await desk.send(await desk.writes('71', 'At nine.', { replyTo: post, externalId: '9001' }));
		await desk.sendDue();
		const [, tell] = told();
		expect(tell).toMatchObject({ replyTo: '9001' });
		expect(tell?.text).toMatch(
			new RegExp(`^#${handoverId} Not delivered: your answer to Client ${chat}\\. .*block`),
		);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'held', answeredAt: null });
		await setSendStop(desk.store, { ...bot, platform: 'telegram', chatId: chat }, null);
		const again = await desk.writes('71', 'At nine!', { replyTo: String(tell?.id) });
		expect(again).toMatchObject({ kind: 'answer', handoverId });
		await desk.send(again);
		const { answeredAt } = await getHandover(desk.store, handoverId);
		expect(answeredAt).not.toBeNull();
		expect(told()).toHaveLength(2);
		await desk.send(await desk.writes('71', 'And until six.', { replyTo: post }));
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ answeredAt, answers: 3 });
	});

	test('ED-33 of an answer of which nobody knows whether it has arrived the operator is told so, and when it has', async () => {
		const { messageId } = await asked();
		const { post } = await desk.posted(messageId);
		cloud.script(chat, 'cut');
		const read = await desk.writes('71', 'At nine.', { replyTo: post, externalId: '9002' });
		await desk.send(read);
		await desk.sendDue();
		expect(told().at(-1)?.text).toContain('Nobody knows whether it has arrived');
		const [entry] = (await getOutbox(desk.store, { key: read.key ?? '' })).items;
		await decideOutbox(desk.store, entry?.id ?? 0, 'sent', '77');
		// It was written then, and not when somebody has looked.
		const news = 'select said_at from opsdesk.timer_news where tenant_id = $1';
		const [heard] = await stand.supabase.exec<{ said_at: string }>(news, [desk.tenant]);
		expect(new Date(heard?.said_at ?? '').getTime()).toBe(Date.parse(entry?.updatedAt ?? ''));
		await desk.sendDue();
		expect(told().at(-1)).toMatchObject({
			text: expect.stringMatching(/delivered after all/),
			replyTo: '9002',
		});
	});

	test("of Eva's answer of which nobody knows whether it has arrived people hear, and when it has", async () => {
		const { key } = await answered((await asked()).messageId);
		cloud.script(chat, 'cut');
		await desk.sendDue();
		await desk.sendDue();
		const [card] = told();
		expect(card?.text).toContain('Nobody knows whether it has arrived');
		const [entry] = (await getOutbox(desk.store, { key })).items;
		await decideOutbox(desk.store, entry?.id ?? 0, 'sent', '78');
		await desk.sendDue();
		expect(told().slice(1)).toMatchObject([
			{ text: expect.stringMatching(/delivered after all/), replyTo: String(card?.id) },
		]);
		expect((await getHandovers(desk.store)).items).toHaveLength(1);
	});

	test('ED-33 an answer to WhatsApp a day after the last word of the client is told at the desk', async () => {
		const { messageId } = await asked(yesterday());
		const { post } = await desk.posted(messageId);
		const { target, text, key } = await desk.writes('71', 'At nine.', { replyTo: post, externalId: '9003' });
		if (!target || text === null || key === null) throw new Error('It is no answer.');
		const { replyTo: _, ...place } = target;
		await enqueue(desk.store, { ...place, platform: 'whatsapp' }, { operation: 'message', text }, { key });
		expect((await sendOnWhatsApp()).settled).toMatchObject([{ state: 'failed', errorCode: 'window_closed' }]);
		await desk.sendDue();
		expect(told().at(-1)?.text).toMatch(
			/Not delivered: your answer .*WhatsApp takes a free text within 24 hours/,
		);
	});

	test("what Eva cannot deliver goes to people with the reason and her draft, once, and they can answer what they're shown", async () => {
		const { messageId } = await asked();
		const { id } = await answered(messageId);
		cloud.script(chat, unknown);
		await desk.sendDue();
		await desk.sendDue();
		const [handover] = (await getHandovers(desk.store)).items;
		expect(handover).toMatchObject({
			...{ state: 'open', messageId, decisionId: id, draft: 'We open at nine.' },
			reason: expect.stringMatching(/^Eva's answer was not delivered\. /),
		});
		const [card] = told();
		expect(told()).toHaveLength(1);
		expect(card?.text).toMatch(
			new RegExp(
				`^#${handover?.id} Client ${chat} · telegram\\n\\nWhen do you <open>\\?\\n\\nWhy: Eva's answer was not delivered.*\\n\\nDraft:\\nWe open at nine\\.`,
			),
		);
		expect(await desk.open(messageId)).toMatchObject({ status: 'known', card: null });
		expect(await desk.writes('71', 'At nine.', { replyTo: String(card?.id) })).toMatchObject({
			...{ kind: 'answer', messageId, handoverId: handover?.id },
		});
	});

	test('what waits too long for WhatsApp joins what people have already, beside their thread', async () => {
		const first = await asked(yesterday());
		const last = await desk.client(chat, 'And on Sunday?', yesterday());
		const decided = await answered(last.messageId, { platform: 'whatsapp' });
		const { post, handoverId } = await desk.posted(first.messageId);
		await sendOnWhatsApp();
		await desk.sendDue();
		expect(told().at(-1)).toMatchObject({ replyTo: post, text: expect.stringContaining('And on Sunday?') });
		expect(await desk.open(last.messageId)).toMatchObject({ status: 'known', handoverId, card: null });
		expect(decided.text).toBe('We open at nine.');
	});

	test('what the client hears beside the card and does not get is told in the thread', async () => {
		const { messageId } = await asked();
		const { key, text, target } = await decideStored(desk.store, { messageId }, { rules });
		const { post, handoverId } = await desk.posted(messageId);
		cloud.script(chat, blocked);
		await desk.send({ key, text, target: target && { ...target, ...bot } });
		await desk.sendDue();
		expect(told().at(-1)?.replyTo).toBe(post);
		expect(told().at(-1)?.text).toContain(
			`#${handoverId} Not delivered: what Eva has written to Client ${chat}.`,
		);
	});

	test('without a desk nobody is asked, nor for what was taken back or a person has given up', async () => {
		const gone = await asked({ id: '4001' });
		await answered(gone.messageId);
		await storeMessages(desk.store, [{ ...bot, id: '4001', chat: { id: chat }, event: 'delete' }]);
		cloud.script(chat, unknown);
		await desk.sendDue();
		const { key } = await answered((await asked()).messageId);
		const [entry] = (await getOutbox(desk.store, { key })).items;
		await decideOutbox(desk.store, entry?.id ?? 0, 'giveUp');
		await deleteDesk(desk.store);
		await answered((await asked()).messageId);
		cloud.script(chat, blocked);
		expect((await desk.sendDue()).settled).toMatchObject([{ state: 'failed', errorCode: 'blocked' }]);
		expect((await getHandovers(desk.store)).items).toEqual([]);
		expect(told()).toEqual([]);
	});

	test('ED-33 timers hear of an answer when it was sent, once, and again when nobody has told them', async () => {
		const { store } = desk;
		const definition = { timezone: 'UTC', always: true };
		await saveSchedule(store, { name: 'Always', definition, isDefault: true });
		await savePolicy(store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
		const { messageId, conversationId } = await asked({ id: '5001' });
		await noteOccurrence(store, { conversationId }, occurrence({ ...request, messageId: '5001' }));
		const { post } = await desk.posted(messageId);
		cloud.script(chat, unknown);
		await desk.send(await desk.writes('71', 'At nine.', { replyTo: post, externalId: '9004' }));
		expect((await desk.sendDue()).timers).toEqual([]);
		const { target, text, key } = await desk.writes('71', 'At nine!', { replyTo: post });
		await enqueue(
			store,
			{ ...bot, platform: 'telegram', chatId: target?.chatId ?? '' },
			{ operation: 'message', text: text ?? '' },
			{ key: key ?? '' },
		);
		const [news, ...others] = (await desk.sendDue()).timers;
		const sent = cloud.taken.find((one) => one.chatId === chat)?.id;
		expect(news).toMatchObject({
			...{ conversationId, messageId: `${sent}`, direction: 'outbound', author: 'assignee', by: 'Boris' },
		});
		expect(others).toEqual([]);
		expect((await desk.sendDue()).timers).toEqual([]);
		const minute = `update opsdesk.timer_news set hear_at = now() where tenant_id = $1`;
		await stand.supabase.exec(minute, [desk.tenant]);
		expect((await desk.sendDue()).timers).toEqual([news]);
		if (news) await noteOccurrence(store, { conversationId }, occurrence(news), { by: news.by });
		expect(await getTimer(store, { conversationId })).toMatchObject({ status: 'answered' });
		await stand.supabase.exec(minute, [desk.tenant]);
		expect((await desk.sendDue()).timers).toEqual([]);
	});

	test('timers hear that a message waits for a person when Eva could not answer it', async () => {
		await savePolicy(desk.store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
		const { messageId, conversationId } = await asked({ id: '5002' });
		await answered(messageId);
		cloud.script(chat, blocked);
		expect((await desk.sendDue()).timers).toMatchObject([
			{
				...{ conversationId, messageId: '5002', direction: 'inbound', author: 'client', category: 'REQUEST' },
			},
		]);
	});

	test('ED-33 the desk hears whose conversations are nobody’s again when a member is removed, and a reply takes one', async () => {
		const { messageId } = await asked();
		const { post, handoverId } = await desk.posted(messageId);
		await desk.writes('71', '/take', { replyTo: post });
		await desk.member('Clara', '72');
		await removeMember(desk.store, { memberId: boris });
		await desk.sendDue();
		const tell = told().at(-1);
		expect(tell).toMatchObject({ replyTo: post });
		expect(tell?.text).toContain(`#${handoverId} Client ${chat} is nobody's again: Boris is no member`);
		await desk.writes('72', 'At nine.', { replyTo: String(tell?.id) });
		expect(await getHandover(desk.store, handoverId)).toMatchObject({
			state: 'held',
			holder: { name: 'Clara' },
		});
	});
});

const request = { author: 'client', category: 'REQUEST' };
function occurrence({ messageId, author, category, sentAt }: Partial<TimerNews>): Occurrence {
	return {
		...{ type: 'message', messageId: messageId ?? '', atMs: Date.parse(sentAt ?? new Date().toISOString()) },
		author: author === 'client' ? 'client' : 'assignee',
		...(category === 'REQUEST' && { category }),
	};
}
