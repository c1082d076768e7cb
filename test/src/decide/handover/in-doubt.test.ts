import { getConversation, runRetention, setRetentionPolicy, storeMessages } from '../../../../src/chat';
import { getOutbox, setSendStop } from '../../../../src/channels';
import {
	closeHandover,
	decideStored,
	deleteDesk,
	getDesks,
	getHandover,
	getHandovers,
	isDesk,
	saveDesk,
} from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('handover-in-doubt');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

describe.each(transportNames)('what is in doubt between desk and client, over %s', (transport) => {
	let desk: HelpDesk;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
	});
	const escalated = async (chat: string, more: object = {}) => {
		const { messageId, conversationId } = await desk.client(chat, 'Nothing works since noon!', more);
		return { ...(await desk.posted(messageId)), messageId, conversationId };
	};
	const idle = async (handoverId: number, hours: number) =>
		await stand.supabase.exec(
			`update opsdesk.handovers set active_at = now() - $2 * interval '1 hour' where id = $1`,
			[handoverId, hours],
		);
	const takenBack = async (chat: string, id: string) =>
		await storeMessages(desk.store, [{ ...bot, id, chat: { id: chat }, event: 'delete' }]);

	test('ED-33 a reply to one card with the number of another one goes to nobody', async () => {
		const one = await escalated('601');
		const other = await escalated('602');
		const text = `/answer ${other.handoverId} report is ready`;
		const refused = await desk.writes('71', text, { replyTo: one.post });
		expect(refused).toMatchObject({ kind: 'refused', reason: 'ambiguous', target: null, key: null });
		expect(refused.tell?.text).toContain(
			`#${one.handoverId}, and the number in it names #${other.handoverId}`,
		);
		const take = await desk.writes('71', `/take ${other.handoverId}`, { replyTo: one.post });
		expect(take).toMatchObject({ kind: 'refused', reason: 'ambiguous' });
		expect(await getHandover(desk.store, other.handoverId)).toMatchObject({ state: 'open', answers: 0 });
		const same = `/answer ${one.handoverId} good news`;
		expect(await desk.writes('71', same, { replyTo: one.post })).toMatchObject({
			...{ kind: 'answer', text: 'good news', handoverId: one.handoverId },
		});
	});

	test('ED-33 a number in a reply that is no handover is a word of the answer', async () => {
		const { post, handoverId } = await escalated('603');
		const message = { replyTo: post, externalId: 'numbered' };
		const read = await desk.writes('71', '/answer 777777 is your number', message);
		expect(read).toMatchObject({ kind: 'answer', text: '777777 is your number', handoverId });
		expect(read.target).toMatchObject({ chatId: '603' });
		expect(await desk.writes('71', '/answer 777777 is your number', message)).toMatchObject({
			...{ status: 'known', kind: 'answer', text: '777777 is your number' },
		});
		expect(await desk.writes('71', '/answer 888888 is your number', message)).toMatchObject({
			reason: 'edited',
		});
	});

	test('ED-33 who writes a note is told that it was not sent', async () => {
		const { post } = await escalated('604');
		for (const text of ['Note: we are closed on Monday', 'Заметка: закрыто', '// closed'])
			expect((await desk.writes('71', text, { replyTo: post })).tell).toMatchObject({
				...{ target: { chatId: operators }, text: expect.stringMatching(/not sent.*Client 604: \/answer/) },
			});
	});

	test('ED-33 an answer to who has blocked us or asked for silence is refused in words, and nobody takes it', async () => {
		const { post, handoverId } = await escalated('605');
		const chat = { platform: 'telegram' as const, account: bot.account, chatId: '605' };
		await setSendStop(desk.store, chat, 'opted_out');
		const refused = await desk.writes('71', 'We are on it', { replyTo: post });
		expect(refused).toMatchObject({ kind: 'refused', reason: 'send_stop', target: null, key: null });
		expect(refused.tell?.text).toMatch(/^Not sent\. The client has asked not to be written to/);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'open', answeredAt: null });
		await setSendStop(desk.store, chat, null);
		await setSendStop(desk.store, chat, 'blocked');
		expect((await desk.writes('71', 'Hello?', { replyTo: post })).tell?.text).toMatch(/has blocked us/);
		await setSendStop(desk.store, chat, null);
		expect(await desk.writes('71', 'Hello!', { replyTo: post })).toMatchObject({ kind: 'answer' });
	});

	test('ED-33 a desk that has moved is still read where its cards are', async () => {
		const { post } = await escalated('606');
		await saveDesk(desk.store, { ...bot, chatId: '-100999' });
		expect(await isDesk(desk.store, { ...bot, chatId: operators })).toBe(true);
		expect(await desk.writes('71', 'We are on it', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', isDesk: true, target: { chatId: '606' } },
		});
		expect((await desk.writes('666', 'Me too', { replyTo: post })).tell?.text).toMatch(/Only members/);
		const group = { id: operators, kind: 'group' };
		const { messageId } = await desk.client('71', 'Lunch?', { chat: group });
		expect((await decideStored(desk.store, { messageId })).decision.outcome).toBe('ignore');
		await expect(desk.open(messageId)).rejects.toThrow(/written at a desk/);
	});

	test('a desk is none any more when nothing of it is open and its cards are old', async () => {
		const { handoverId } = await escalated('607');
		await deleteDesk(desk.store);
		await closeHandover(desk.store, { handoverId });
		expect(await isDesk(desk.store, { ...bot, chatId: operators })).toBe(true);
		await stand.supabase.exec(
			`update opsdesk.handover_posts set posted_at = now() - interval '91 days' where handover_id = $1`,
			[handoverId],
		);
		expect(await isDesk(desk.store, { ...bot, chatId: operators })).toBe(false);
	});

	test('ED-33 a reply to a card of which nobody knows whether it was sent is refused in words', async () => {
		const { messageId } = await desk.client('608', 'Help');
		cloud.script(operators, 'cut');
		const { post, handoverId } = await desk.posted(messageId);
		expect((await getOutbox(desk.store)).items).toMatchObject([{ state: 'uncertain' }]);
		const refused = await desk.writes('71', 'We are on it', { replyTo: post });
		expect(refused).toMatchObject({ kind: 'refused', reason: 'unknown_card' });
		expect(refused.tell?.text).toContain('/answer 12');
		// What colleagues say to each other stays theirs.
		await desk.client('71', 'Lunch?', { id: '4242', chat: { id: operators, kind: 'group' } });
		expect(await desk.writes('72', 'Yes', { replyTo: '4242' })).toMatchObject({
			kind: 'ignored',
			tell: null,
		});
		const named = await desk.writes('71', `/answer ${handoverId} We are on it`, { replyTo: post });
		expect(named).toMatchObject({ kind: 'answer', text: 'We are on it' });
	});

	test('ED-33 a reply to what the bot has said of no handover is refused in words', async () => {
		const target = { ...bot, chatId: operators, chatKind: 'group' as const };
		await desk.send({ target, text: 'An alert', key: 'alert-1' });
		const post = String(cloud.taken.at(-1)?.id);
		expect(await desk.writes('71', 'Who is it?', { replyTo: post })).toMatchObject({
			reason: 'unknown_card',
		});
	});

	test('ED-33 the answer goes to the topic in which the client has asked', async () => {
		const group = { id: '-60900', kind: 'group' };
		const { post } = await escalated('609', { chat: group, metadata: { threadId: 5 } });
		const read = await desk.writes('71', 'We are on it', { replyTo: post });
		expect(read.target).toMatchObject({ chatId: '-60900', threadId: '5' });
	});

	test('what a client takes back before it was posted is shown to nobody', async () => {
		const { messageId, conversationId } = await desk.client('610', 'My password is swordfish', {
			id: '61001',
		});
		const opened = await desk.open(messageId, { draft: 'Change swordfish' });
		cloud.script(operators, TelegramCloud.error(429, 'Too Many Requests', { retry_after: 60 }));
		await desk.send({ ...opened, ...opened.card, text: opened.card?.text ?? null });
		expect((await getOutbox(desk.store)).items).toMatchObject([{ state: 'queued' }]);
		await takenBack('610', '61001');
		expect((await getOutbox(desk.store)).items).toEqual([]);
		expect(await desk.open(messageId)).toMatchObject({ status: 'known', card: null });
		// Nobody was told of it, so nobody would end it.
		expect(await getHandover(desk.store, opened.handoverId)).toMatchObject({
			...{ state: 'handedBack', draft: null, conversationId },
		});
		const late = await desk.client('610', 'Forget it', { id: '61002' });
		await takenBack('610', '61002');
		await expect(desk.open(late.messageId)).rejects.toThrow(/taken back/);
	});

	test('what operators have seen stays theirs when the client takes it back', async () => {
		const { messageId } = await desk.client('611', 'My site is down', { id: '61101' });
		const { handoverId, post } = await desk.posted(messageId);
		await takenBack('611', '61101');
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'open' });
		expect(await desk.writes('71', 'Still?', { replyTo: post })).toMatchObject({ kind: 'answer' });
	});

	test('a handover that nobody ends goes with the messages of its time', async () => {
		const { handoverId, post, conversationId } = await escalated('612');
		const other = await escalated('613');
		await desk.writes('71', '/take', { replyTo: post });
		await setRetentionPolicy(desk.store, { messages: { keepDays: 10 } });
		await idle(handoverId, 9 * 24);
		await runRetention(desk.store, { dryRun: false });
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'held', isIdle: true });
		await idle(handoverId, 11 * 24);
		await runRetention(desk.store, { dryRun: false });
		expect((await getHandovers(desk.store)).items.map(({ id }) => id)).toEqual([other.handoverId]);
		expect((await getConversation(desk.store, { conversationId })).status).toBe('active');
	});

	test('ED-24 a decision says whether people have the conversation, also when they are silent', async () => {
		const { handoverId, post } = await escalated('614');
		await desk.writes('71', '/take', { replyTo: post });
		const next = async (text: string) =>
			await decideStored(desk.store, { messageId: (await desk.client('614', text)).messageId });
		expect((await getDesks(desk.store)).items).toMatchObject([{ idleHours: 72 }]);
		await idle(handoverId, 71);
		expect(await next('Hello?')).toMatchObject({ handoverId, decision: { outcome: 'ignore' } });
		await idle(handoverId, 73);
		const decided = await next('No');
		expect(decided).toMatchObject({ handoverId });
		expect(decided.decision.decidedBy).not.toBe('guard');
		await desk.writes('71', '/back', { replyTo: post });
		expect(await next('Hello')).toMatchObject({ handoverId: null });
	});
});
