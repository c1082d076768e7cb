import { getConversation, getMessages, updateConversation } from '../../../../src/chat';
import {
	closeHandover,
	decideStored,
	deleteDesk,
	getDesks,
	getHandover,
	handBack,
	isDesk,
	saveDesk,
	takeOver,
} from '../../../../src/decide';
import { getTimer, noteOccurrence, savePolicy, saveSchedule } from '../../../../src/sla';
import { saveTeam } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('last-mile');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

describe.each(transportNames)('the last mile over %s', (transport) => {
	let desk: HelpDesk;
	let boris: number;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		boris = await desk.member('Boris', '71');
	});
	const decided = async (messageId: number) => (await decideStored(desk.store, { messageId })).decision;
	const idle = async (handoverId: number, hours: number) =>
		await stand.supabase.exec(
			`update opsdesk.handovers set active_at = now() - $2 * interval '1 hour' where id = $1`,
			[handoverId, hours],
		);

	test('ED-33 a complaint reaches the topic, the answer the client, Eva is silent and the timer stops', async () => {
		const { store } = desk;
		await saveDesk(store, { ...bot, chatId: operators, threadId: '7' });
		await saveSchedule(store, {
			name: 'always',
			definition: { timezone: 'UTC', always: true },
			isDefault: true,
		});
		await savePolicy(store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
		const { messageId, conversationId } = await desk.client('801', 'This is a scandal, nothing works!');
		const sentMs = Date.now();
		await noteOccurrence(
			store,
			{ conversationId },
			{ type: 'message', atMs: sentMs, messageId: 'x', author: 'client', category: 'REQUEST' },
		);
		const { post, handoverId } = await desk.posted(messageId, { withinMinutes: 5, draft: 'We are sorry.' });
		expect(cloud.cloud.requests.at(-1)?.body).toMatchObject({ chat_id: operators, message_thread_id: 7 });
		expect(cloud.taken.at(-1)?.text).toContain('<blockquote>This is a scandal, nothing works!</blockquote>');

		const read = await desk.writes('71', 'We are looking into it.', { replyTo: post, threadId: '7' });
		expect(read).toMatchObject({
			...{ kind: 'answer', reason: 'taken', by: 'Boris', memberId: boris, author: 'assignee' },
			target: { ...bot, chatId: '801', chatKind: 'private' },
			tell: { target: { chatId: operators, threadId: '7' } },
		});
		await desk.send(read);
		expect(cloud.taken.at(-1)).toMatchObject({ chatId: '801', text: 'We are looking into it.' });
		const { items } = await getMessages(store, { conversationId });
		expect(items.find(({ direction }) => direction === 'outbound')).toMatchObject({
			...{ text: 'We are looking into it.', author: 'member', memberId: boris },
		});

		const stopped = {
			type: 'message' as const,
			atMs: Date.now(),
			messageId: 'y',
			author: 'assignee' as const,
		};
		await noteOccurrence(store, { conversationId }, stopped, { by: 'Boris' });
		expect(await getTimer(store, { conversationId })).toMatchObject({ status: 'answered' });

		const next = await desk.client('801', 'Thanks. And how long will it take?');
		expect(await decided(next.messageId)).toMatchObject({
			...{ outcome: 'ignore', reasons: [{ code: 'person_answers' }] },
		});
		expect(await getHandover(store, handoverId)).toMatchObject({
			...{ state: 'held', holder: { memberId: boris, name: 'Boris' }, answers: 1 },
			sent: [{ key: read.key, by: 'Boris', state: 'sent' }],
		});
	});

	test('several files of an answer are the member’s messages, and only what an operator has written is', async () => {
		const { messageId, conversationId } = await desk.client('802', 'Help');
		const { post } = await desk.posted(messageId);
		const read = await desk.writes('71', 'Here', { replyTo: post });
		await desk.send(read);
		await desk.send({ ...read, text: 'and here', key: `${read.key}-2` });
		await desk.send({ ...read, text: 'from Eva', key: 'decision-1' });
		await desk.send({ ...read, text: 'from a stranger', key: 'operator-999999' });
		const { items } = await getMessages(desk.store, { conversationId }, { limit: 10 });
		expect(Object.fromEntries(items.map(({ text, author }) => [text, author]))).toEqual({
			...{ Help: 'contact', Here: 'member', 'and here': 'member', 'from Eva': 'bot' },
			'from a stranger': 'bot',
		});
	});

	test('ED-24 while a person has a conversation Eva is silent, and after the hand-back she decides again', async () => {
		const { messageId, conversationId } = await desk.client('803', 'My site is down, please help?');
		const { post, handoverId } = await desk.posted(messageId);
		const silent = { outcome: 'ignore', reasons: [{ code: 'person_answers' }] };
		expect(await decided((await desk.client('803', 'Hello?')).messageId)).toMatchObject(silent);
		await desk.send(await desk.writes('71', 'One moment', { replyTo: post }));
		expect(await getConversation(desk.store, { conversationId })).toMatchObject({
			...{ status: 'assigned_human', assignedMemberId: boris },
		});
		expect(await decided((await desk.client('803', 'And now?')).messageId)).toMatchObject(silent);
		await handBack(desk.store, { handoverId, memberId: boris });
		const conversation = await getConversation(desk.store, { conversationId });
		expect(conversation.status).toBe('active');
		expect(conversation.assignedMemberId).toBeUndefined();
		// Boris has written a moment ago, and has given it back since.
		expect((await decided((await desk.client('803', 'How do I pay?')).messageId)).decidedBy).not.toBe(
			'guard',
		);
	});

	test('ED-24 what nobody has said a word about for too long is decided on again', async () => {
		const { messageId } = await desk.client('804', 'My site is down, please help?');
		const { handoverId, post } = await desk.posted(messageId);
		await desk.writes('71', '/take', { replyTo: post });
		await idle(handoverId, 71.9);
		expect((await decided((await desk.client('804', 'Hello?')).messageId)).outcome).toBe('ignore');
		await idle(handoverId, 72.1);
		const next = await desk.client('804', 'Is anybody there?');
		expect((await decided(next.messageId)).decidedBy).not.toBe('guard');
		const again = await desk.open(next.messageId);
		expect(again).toMatchObject({ status: 'opened' });
		expect(again.card?.text).toContain('it was with Boris');
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'handedBack', endedBy: 'idle' });
	});

	test('a late answer is taken, unless Eva has gone on by then', async () => {
		const { messageId } = await desk.client('805', 'Help');
		const { handoverId, post, target } = await desk.posted(messageId);
		await idle(handoverId, 80);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'open', isIdle: true });
		expect(await desk.writes('71', 'Late, but here', { replyTo: post })).toMatchObject({ reason: 'taken' });
		await idle(handoverId, 80);
		await desk.send({
			target: { ...target, ...bot, chatId: '805', chatKind: 'private' },
			text: 'Eva here',
			key: 'decision-5',
		});
		const refused = await desk.writes('71', 'Later still', { replyTo: post });
		expect(refused).toMatchObject({ kind: 'refused', reason: 'over' });
		expect(await desk.writes('71', '/take', { replyTo: post })).toMatchObject({ kind: 'take' });
		expect(await desk.writes('71', 'Later still', { replyTo: post })).toMatchObject({ kind: 'answer' });
	});

	test('who had a conversation gets it back, and what somebody has changed meanwhile stays', async () => {
		const { messageId, conversationId } = await desk.client('806', 'Help');
		const vera = await desk.member('Vera', '72');
		await updateConversation(desk.store, { conversationId }, { assignedMemberId: vera });
		const { handoverId } = await desk.open(messageId);
		const name = { handoverId, memberId: boris };
		expect(await takeOver(desk.store, name)).toMatchObject({ changed: true, state: 'held' });
		expect(await takeOver(desk.store, name)).toMatchObject({ changed: false });
		await closeHandover(desk.store, { conversationId, by: 'a dashboard' });
		expect(await getConversation(desk.store, { conversationId })).toMatchObject({
			...{ status: 'closed', assignedMemberId: vera },
		});
		expect(await closeHandover(desk.store, { handoverId })).toMatchObject({
			changed: false,
			endedBy: 'a dashboard',
		});
		await desk.client('806', 'One more thing');
		expect((await getConversation(desk.store, { conversationId })).status).toBe('active');
	});

	test('a routed team finds its desk, others the one of all, and without any the reason says so', async () => {
		const { store } = desk;
		await saveTeam(store, { team: 'accountants' });
		await saveTeam(store, { team: 'sales' });
		await saveDesk(store, { ...bot, chatId: '-100600', threadId: '3', team: 'accountants', idleHours: 2 });
		const opened = async (chat: string, team?: string) =>
			await desk.open((await desk.client(chat, 'Help')).messageId, { team });
		const routed = await opened('810', 'accountants');
		expect(routed).toMatchObject({
			hasDesk: true,
			reason: null,
			target: { chatId: '-100600', threadId: '3' },
		});
		expect(await getConversation(store, { conversationId: routed.conversationId })).toHaveProperty('teamId');
		expect(await opened('811', 'sales')).toMatchObject({ target: { chatId: operators }, reason: null });
		expect(await opened('812', 'cooks')).toMatchObject({
			...{ target: { chatId: operators }, reason: 'There is no team "cooks".' },
		});
		expect((await getDesks(store)).items.map(({ team, idleHours }) => [team, idleHours])).toEqual([
			[null, 72],
			['accountants', 2],
		]);
		expect(await deleteDesk(store)).toEqual({ deleted: true });
		expect(await deleteDesk(store)).toEqual({ deleted: false });
		const none = await opened('813');
		expect(none).toMatchObject({ status: 'opened', hasDesk: false, target: null });
		expect(none.reason).toMatch(/nobody was told/);
		await expect(saveDesk(store, { ...bot, chatId: '1', team: 'cooks' })).rejects.toThrow(/no team "cooks"/);
		await expect(saveDesk(store, { ...bot, chatId: '1', idleHours: 0 })).rejects.toThrow(/idleHours/);
	});

	test('a desk set up later is told of what waits', async () => {
		await deleteDesk(desk.store);
		const first = await desk.client('814', 'Help');
		await desk.open(first.messageId);
		await saveDesk(desk.store, { ...bot, chatId: operators });
		const next = await desk.client('814', 'Help!!');
		expect(await desk.open(next.messageId)).toMatchObject({ status: 'joined', hasDesk: true });
		expect(await desk.open(first.messageId)).toMatchObject({
			status: 'known',
			target: { chatId: operators },
		});
	});

	test('what is written at a desk is known as such, is not decided on and starts no timer', async () => {
		const { store } = desk;
		await saveSchedule(store, {
			name: 'always',
			definition: { timezone: 'UTC', always: true },
			isDefault: true,
		});
		await savePolicy(store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
		expect(await isDesk(store, { ...bot, chatId: operators })).toBe(true);
		expect(await isDesk(store, { ...bot, chatId: '801' })).toBe(false);
		const { messageId, conversationId } = await desk.client('77', 'Who helps me with this client?', {
			chat: { id: operators, kind: 'group' },
		});
		expect(await decided(messageId)).toMatchObject({ outcome: 'ignore', decidedBy: 'guard' });
		const [applied] = await noteOccurrence(
			store,
			{ conversationId },
			{ type: 'message', atMs: Date.now(), messageId: 'x', author: 'client', category: 'REQUEST' },
		);
		expect(applied?.changed ?? false).toBe(false);
		expect((await getTimer(store, { conversationId }))?.status ?? 'idle').toBe('idle');
	});
});
