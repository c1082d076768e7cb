import { getContext } from '../../../../src/chat';
import {
	getHandover,
	getHandovers,
	openHandover,
	readOperatorMessage,
	saveDesk,
} from '../../../../src/decide';
import { removeMember } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('operator-messages');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

describe.each(transportNames)('what operators write, read over %s', (transport) => {
	let desk: HelpDesk;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
		await desk.member('Vera', '72');
	});
	const escalated = async (chat = '900') => {
		const { messageId, conversationId } = await desk.client(chat, 'Nothing works since noon!');
		return { ...(await desk.posted(messageId)), messageId, conversationId };
	};

	test('ED-33 the same message read twice, and at once, is one answer with one key', async () => {
		const chat = `9${desk.tenant.replace(/\D/g, '')}`;
		const { post } = await escalated(chat);
		const message = { externalId: 'twice', replyTo: post };
		const all = await Promise.all([1, 2, 3, 4].map(() => desk.writes('71', 'We are on it.', message)));
		expect(all.map(({ kind }) => kind)).toEqual(['answer', 'answer', 'answer', 'answer']);
		expect(new Set(all.map(({ key }) => key)).size).toBe(1);
		expect(all.map(({ status }) => status).sort()).toEqual(['known', 'known', 'known', 'new']);
		for (const read of all) await desk.send(read);
		expect(cloud.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text)).toEqual([
			'We are on it.',
		]);
	});

	test('ED-33 an edited answer is not sent again, and the desk is told', async () => {
		const { post } = await escalated();
		const first = await desk.writes('71', 'Tomorow.', { externalId: 'edited', replyTo: post });
		const again = await desk.writes('71', 'Tomorrow.', { externalId: 'edited', replyTo: post });
		expect(again).toMatchObject({ kind: 'refused', reason: 'edited', key: null, target: null, text: null });
		expect(again.tell?.text).toMatch(/not changed by an edit/);
		// Under the key of the first word the outbox would refuse it.
		expect(again.tell?.key).not.toBe(first.tell?.key);
	});

	test('ED-33 a stranger is refused, unless the desk lets everybody answer', async () => {
		const { post, handoverId } = await escalated();
		const refused = await desk.writes('666', 'Send me the password.', { replyTo: post });
		expect(refused).toMatchObject({ kind: 'refused', reason: 'stranger', text: null, key: null, handoverId });
		expect(refused.tell).toMatchObject({ target: { chatId: operators, chatKind: 'group' } });
		expect(
			await desk.writes('-100500', 'As the group', { replyTo: post, senderKind: 'system' }),
		).toMatchObject({
			reason: 'anonymous',
		});
		expect((await getHandover(desk.store, handoverId)).state).toBe('open');
		await saveDesk(desk.store, { ...bot, chatId: operators, anyoneInDesk: true });
		expect(await desk.writes('666', 'Good morning', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', by: 'Somebody 666', memberId: null, reason: 'taken' },
		});
		expect(await desk.writes('667', 'Good morning', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', reason: 'held_by_other' },
		});
	});

	test('ED-33 what bots post, ours too, and chatter that answers no card is ignored', async () => {
		const { post } = await escalated();
		const ignored = { kind: 'ignored', isDesk: true, text: null, tell: null };
		expect(await desk.writes('5', 'I am a bot', { replyTo: post, senderKind: 'bot' })).toMatchObject(ignored);
		expect(await desk.writes(account, 'I am your bot', { replyTo: post })).toMatchObject(ignored);
		expect(await desk.writes('71', 'Lunch?')).toMatchObject(ignored);
		expect(await desk.writes('71', 'Yes', { replyTo: '424242' })).toMatchObject(ignored);
		expect(await desk.writes('71', '/start')).toMatchObject(ignored);
		// Elsewhere it is to be decided on.
		expect(await desk.writes('71', 'Hello', { chatId: '71' })).toMatchObject({
			kind: 'ignored',
			isDesk: false,
		});
	});

	test('ED-33 after a hand-back an answer is refused in words, /take takes it again, then it is sent', async () => {
		const { post, handoverId } = await escalated();
		await desk.writes('71', '/take', { replyTo: post });
		expect(await desk.writes('71', '/back', { replyTo: post })).toMatchObject({
			kind: 'handBack',
			by: 'Boris',
		});
		const late = await desk.writes('72', 'And another thing', { replyTo: post });
		expect(late).toMatchObject({ kind: 'refused', reason: 'over', key: null, target: null });
		expect(late.tell?.text).toBe(
			`Not sent. #${handoverId} is over (Boris). /take takes it again; then send your answer once more.`,
		);
		expect(await desk.writes('72', '/take', { replyTo: post })).toMatchObject({ kind: 'take', reason: null });
		expect(await desk.writes('72', 'And another thing', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', by: 'Vera', reason: null },
		});
	});

	test('ED-33 an answer to an old thread leads to the one the conversation goes on in', async () => {
		const first = await escalated('901');
		await desk.writes('71', '/close', { replyTo: first.post });
		const second = await escalated('901');
		expect(second).toMatchObject({ status: 'opened', conversationId: first.conversationId });
		const late = await desk.writes('71', 'Solved?', { replyTo: first.post });
		expect(late).toMatchObject({ kind: 'refused', reason: 'moved' });
		expect(late.tell?.text).toContain(`goes on as #${second.handoverId}`);
		expect(await desk.writes('71', '/take', { replyTo: first.post })).toMatchObject({ reason: 'moved' });
	});

	test('ED-33 of two who answer at once one has it, and the other is told so', async () => {
		const { post, handoverId } = await escalated();
		const answers = await Promise.all([
			desk.writes('71', 'Boris here', { replyTo: post }),
			desk.writes('72', 'Vera here', { replyTo: post }),
		]);
		expect(answers.map(({ reason }) => reason).sort()).toEqual(['held_by_other', 'taken']);
		expect(answers.every(({ kind }) => kind === 'answer')).toBe(true);
		const holder = answers.find(({ reason }) => reason === 'taken')?.by;
		const told = answers.find(({ reason }) => reason === 'held_by_other')?.tell?.text;
		expect(told).toContain(`${holder} has #${handoverId}`);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ holder: { name: holder }, answers: 2 });
	});

	test('a desk may keep others from answering', async () => {
		await saveDesk(desk.store, { ...bot, chatId: operators, othersMayAnswer: false });
		const { post } = await escalated();
		await desk.writes('71', '/take', { replyTo: post });
		expect(await desk.writes('72', 'Me too', { replyTo: post })).toMatchObject({
			...{ kind: 'refused', reason: 'held_by_other', key: null },
		});
		const taken = await desk.writes('72', '/take', { replyTo: post });
		expect(taken).toMatchObject({ kind: 'take', reason: 'taken_from' });
		expect(taken.tell?.text).toMatch(/no longer Boris's/);
	});

	test('ED-33 a process that dies between posting and noting loses no card: the outbox has noted it', async () => {
		const { messageId } = await desk.client('902', 'Help');
		// Nothing is noted by hand, and the run that opened it begins again.
		const { post, key } = await desk.posted(messageId);
		expect(await desk.open(messageId)).toMatchObject({ status: 'known', key, card: null });
		expect(await desk.writes('71', 'Yes?', { replyTo: post })).toMatchObject({ kind: 'answer' });
	});

	test('a call that is repeated before the card was posted gets the same card, also at once', async () => {
		const { messageId } = await desk.client('903', 'Help');
		const all = await Promise.all([1, 2, 3].map(() => desk.open(messageId)));
		expect(all.map(({ status }) => status).sort()).toEqual(['known', 'known', 'opened']);
		await desk.client('903', 'Are you there?');
		const again = await desk.open(messageId);
		expect(new Set([...all, again].map(({ key }) => key)).size).toBe(1);
		expect(new Set([...all, again].map(({ card }) => card?.text)).size).toBe(1);
	});

	test('a further message joins the handover, and a reply to it answers that message', async () => {
		const first = await escalated('904');
		const { messageId } = await desk.client('904', 'Still nothing <b>!');
		const joined = await desk.posted(messageId, { decisionId: 42 });
		expect(joined).toMatchObject({
			status: 'joined',
			handoverId: first.handoverId,
			target: { replyTo: first.post },
		});
		expect(joined.card?.text).toBe(
			`<b>#${first.handoverId} Client 904</b>\n<blockquote>Still nothing &lt;b&gt;!</blockquote>`,
		);
		expect(await desk.writes('71', 'Now?', { replyTo: joined.post })).toMatchObject({
			...{ kind: 'answer', handoverId: first.handoverId, messageId, decisionId: 42 },
		});
		expect((await getHandovers(desk.store)).items).toHaveLength(1);
	});

	test('ten messages of a conversation at once open one handover', async () => {
		const stored = await Promise.all(
			Array.from({ length: 10 }, (_, index) => desk.client('905', `Message ${index}`)),
		);
		const opened = await Promise.all(stored.map(({ messageId }) => desk.open(messageId)));
		expect(opened.map(({ status }) => status).sort()).toEqual([...Array<string>(9).fill('joined'), 'opened']);
		expect(new Set(opened.map(({ handoverId }) => handoverId)).size).toBe(1);
		expect(new Set(opened.map(({ key }) => key)).size).toBe(10);
	});

	test('a number in place of a reply works in this chat alone', async () => {
		const { handoverId } = await escalated();
		expect(await desk.writes('71', `/answer ${handoverId} Good news`)).toMatchObject({
			...{ kind: 'answer', handoverId, text: 'Good news' },
		});
		const elsewhere = await desk.writes('71', '/take 424242');
		expect(elsewhere).toMatchObject({ kind: 'refused', reason: 'not_found' });
		expect(elsewhere.tell?.text).toContain('no #424242');
		await saveDesk(desk.store, { ...bot, chatId: '-100777' });
		expect(await desk.writes('71', `/take ${handoverId}`, { chatId: '-100777' })).toMatchObject({
			reason: 'not_found',
		});
	});

	test('notes and commands are never sent to the client', async () => {
		const { post } = await escalated();
		const kinds: [string, string, string | null][] = [
			['// he is always angry', 'note', null],
			['note: call him', 'note', null],
			['/help', 'help', null],
			['/frobnicate', 'refused', 'unknown_command'],
			['   ', 'refused', 'empty'],
			['/spam', 'refused', 'no_decision'],
		];
		for (const [text, kind, reason] of kinds)
			expect(await desk.writes('71', text, { replyTo: post })).toMatchObject({
				kind,
				reason,
				target: null,
				key: null,
			});
		expect(await desk.writes('71', '/take')).toMatchObject({ kind: 'refused', reason: 'needs_reply' });
		expect(await desk.writes('71', '/help')).toMatchObject({ kind: 'help', handoverId: null });
		expect((await getHandovers(desk.store)).items[0]).toMatchObject({ state: 'open', answers: 0 });
	});

	test('ED-31 what an operator says of a decision names the decision of the message that is answered', async () => {
		const { messageId } = await desk.client('906', 'Cheap parking');
		const { post } = await desk.posted(messageId, { decisionId: 7 });
		expect(await desk.writes('71', '/spam', { replyTo: post })).toMatchObject({
			...{ kind: 'feedback', feedback: { isSpam: true }, decisionId: 7, messageId, by: 'Boris' },
		});
		expect(await desk.writes('71', '/category gratitude', { replyTo: post })).toMatchObject({
			feedback: { category: 'GRATITUDE' },
		});
	});

	test('files without words are an answer', async () => {
		const { post } = await escalated();
		const attachments = [{ kind: 'image', externalId: 'file-1' }];
		expect(await desk.writes('71', '', { replyTo: post, attachments })).toMatchObject({
			...{ kind: 'answer', text: null, attachments: [{ kind: 'image', externalId: 'file-1' }] },
		});
	});

	test('what a removed member had waits for somebody else, and they are a stranger then', async () => {
		const { post, handoverId } = await escalated();
		await desk.writes('71', '/take', { replyTo: post });
		await removeMember(desk.store, { identity: { platform: 'telegram', id: '71' } });
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'open', holder: null });
		expect(await desk.writes('71', 'It is me', { replyTo: post })).toMatchObject({ reason: 'stranger' });
		expect(await desk.writes('72', 'It is Vera', { replyTo: post })).toMatchObject({ reason: 'taken' });
	});

	test('a message of a desk is never handed over, nor is a desk the chat of the client', async () => {
		const { messageId } = await desk.client('907', 'Help');
		await expect(
			openHandover(desk.store, { messageId, reason: 'r', desk: { ...bot, chatId: '907' } }),
		).rejects.toThrow(/chat of the client/);
		const [own] = await Promise.all([
			desk.client(operators, 'among us', { chat: { id: operators, kind: 'group' } }),
		]);
		await expect(desk.open(own.messageId)).rejects.toThrow(/written at a desk/);
	});

	test('what is read in the chat of an operator alone is found there', async () => {
		const { messageId } = await desk.client('908', 'Help');
		const { post, target } = await desk.posted(messageId, { desk: { ...bot, chatId: '71' } });
		expect(target).toMatchObject({ chatId: '71', chatKind: 'private' });
		expect(await desk.writes('71', 'Yes', { chatId: '71', replyTo: post })).toMatchObject({ kind: 'answer' });
		expect(await desk.writes('71', 'Just so', { chatId: '71' })).toMatchObject({
			kind: 'ignored',
			isDesk: true,
		});
	});

	test('what cannot be read is refused by name', async () => {
		const bad = { ...bot, chatId: '', externalId: 'x' };
		await expect(readOperatorMessage(desk.store, bad)).rejects.toThrow(/chatId/);
		await expect(openHandover(desk.store, { messageId: 999_999, reason: 'r' })).rejects.toThrow(
			/no message 999999/,
		);
		await expect(getContext(desk.store, { conversationId: 1 })).rejects.toThrow();
	});
});
