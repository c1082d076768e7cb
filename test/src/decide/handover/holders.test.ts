import { getConversation } from '../../../../src/chat';
import { getHandover, saveDesk } from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('holders');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

let chats = 1500;

describe.each(transportNames)('who has a conversation, over %s', (transport) => {
	let desk: HelpDesk;
	let chat: string;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
		await desk.member('Vera', '72');
		chats += 1;
		chat = `${chats}`;
	});
	const escalated = async () => {
		const { messageId, conversationId } = await desk.client(chat, 'Nothing works!');
		return { ...(await desk.posted(messageId)), conversationId };
	};
	const idle = async (handoverId: number, hours: number) =>
		await stand.supabase.exec(
			`update opsdesk.handovers set active_at = now() - $2 * interval '1 hour' where id = $1`,
			[handoverId, hours],
		);

	test('ED-33 timers hear whether who has the conversation answers, also when the answer takes it, or a colleague', async () => {
		const { post } = await escalated();
		const answers = async (who: string) => await desk.writes(who, 'We are on it', { replyTo: post });
		expect(await answers('71')).toMatchObject({ reason: 'taken', author: 'assignee' });
		expect(await answers('72')).toMatchObject({ reason: 'held_by_other', author: 'agent' });
		expect(await answers('71')).toMatchObject({ reason: null, author: 'assignee' });
	});

	test('at a desk that lets everybody answer people are known by their ids, whatever they are called', async () => {
		const open = { anyoneInDesk: true, othersMayAnswer: false };
		await saveDesk(desk.store, { ...bot, chatId: operators, ...open });
		const { post } = await escalated();
		const by = (senderName: string) => ({ replyTo: post, senderName });
		expect(await desk.writes('801', '/take', by('Kim'))).toMatchObject({ kind: 'take', reason: null });
		expect(await desk.writes('802', 'Me too', by('Kim'))).toMatchObject({ reason: 'held_by_other' });
		expect(await desk.writes('801', 'We are on it', by('Kim B.'))).toMatchObject({
			...{ kind: 'answer', reason: null },
		});
	});

	test('who has long said nothing keeps nobody from answering, and loses it to who does', async () => {
		await saveDesk(desk.store, { ...bot, chatId: operators, othersMayAnswer: false });
		const { post, handoverId } = await escalated();
		await desk.writes('71', '/take', { replyTo: post });
		await idle(handoverId, 73);
		expect(await desk.writes('72', 'We are on it', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', reason: 'taken' },
		});
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ holder: { name: 'Vera' } });
	});

	test('what the bot has said before it went on by itself keeps no late answer back', async () => {
		const { post, handoverId } = await escalated();
		await desk.client(chat, 'A colleague looks at it.', {
			...{ direction: 'outbound', sender: { id: account, kind: 'bot' } },
			sentAt: new Date(Date.now() - 2 * 3_600_000).toISOString(),
		});
		await idle(handoverId, 73);
		expect(await desk.writes('71', 'We are on it', { replyTo: post })).toMatchObject({ kind: 'answer' });
	});

	test('who asks for help has not said a word of it', async () => {
		const { post, handoverId } = await escalated();
		const { activeAt } = await getHandover(desk.store, handoverId);
		await desk.writes('71', '/help', { replyTo: post });
		expect((await getHandover(desk.store, handoverId)).activeAt).toBe(activeAt);
		await desk.writes('71', '// call him', { replyTo: post });
		expect((await getHandover(desk.store, handoverId)).activeAt).not.toBe(activeAt);
	});

	test('what is over is closed once, and not at all where the conversation goes on', async () => {
		const first = await escalated();
		await desk.writes('71', '/back', { replyTo: first.post });
		const { conversationId, handoverId } = await escalated();
		const late = await desk.writes('71', '/close', { replyTo: first.post });
		expect(late.tell?.text).toBe(`#${first.handoverId} is over already.`);
		expect((await getConversation(desk.store, { conversationId })).status).toBe('active');

		await desk.writes('71', `/back ${handoverId}`);
		expect((await desk.writes('71', `/close ${handoverId}`)).tell?.text).toBe(`#${handoverId} is closed.`);
		expect((await getConversation(desk.store, { conversationId })).status).toBe('closed');
		expect((await desk.writes('72', `/close ${handoverId}`)).tell?.text).toBe(
			`#${handoverId} is over already.`,
		);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'closed', endedBy: 'Boris' });
	});

	test('what another bot is asked beneath a card is none of ours', async () => {
		const { post, handoverId } = await escalated();
		const asked = { replyTo: post, botName: 'our_bot' };
		expect(await desk.writes('71', '/take@another_bot', asked)).toMatchObject({
			kind: 'ignored',
			tell: null,
		});
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'open' });
	});
});
