import {
	deleteMessages,
	eraseContact,
	storeMessages,
	updateContact,
	updateConversation,
} from '../../../../src/chat';
import { enqueue, getOutbox, type OutboxEntry } from '../../../../src/channels';
import {
	closeHandover,
	decideStored,
	getHandovers,
	handBack,
	takeOver,
	type StoredDecision,
} from '../../../../src/decide';
import { saveTemplate } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { rule } from '../rules/sets';
import { bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('overtaken');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const timing = { kind: 'delayed' as const, delayMinutes: 600 };
const rules = { rules: [rule('morning', [], { outcome: 'reply', template: 'hours', timing })] };
let chats = 900;

describe.each(transportNames)(
	'what was to wait is sent late, unless it was overtaken, over %s',
	(transport) => {
		let desk: HelpDesk;
		let boris: number;
		let chat: string;
		beforeEach(async () => {
			desk = await openHelpDesk(stand, transport, cloud);
			boris = await desk.member('Boris', '71');
			await saveTemplate(desk.store, { template: 'hours' }, { content: 'We open at nine.' });
			chats += 1;
			chat = `${chats}`;
		});

		/** Eva's answer to it, which waits for the morning. */
		const answered = async (messageId: number, text?: string): Promise<StoredDecision> => {
			const decided = await decideStored(desk.store, { messageId }, { rules });
			if (!decided.target || decided.sendAt === null) throw new Error('It does not wait.');
			const { replyTo, ...place } = decided.target;
			const content = { operation: 'message' as const, text: text ?? decided.text ?? '', replyTo };
			const key = { key: decided.key, dueAt: decided.sendAt };
			await enqueue(desk.store, { ...place, platform: 'telegram' }, content, key);
			return decided;
		};
		const asked = async (more: object = {}) => {
			const told = await desk.client(chat, 'When do you open?', more);
			return { ...told, ...(await answered(told.messageId)) };
		};
		/** The night is over: what has become of all that waited, in the order in which it was handed in. */
		const morning = async (): Promise<OutboxEntry[]> => {
			const waits = `update opsdesk.outbox set due_at = now() where tenant_id = $1 and state = 'queued'`;
			await stand.supabase.exec(waits, [desk.tenant]);
			return (await desk.sendDue()).settled.sort((a, b) => a.id - b.id);
		};
		const overtaken = (error: string) => ({ state: 'failed', errorCode: 'overtaken', error, attempts: 0 });
		const heard = () => cloud.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text);

		test('nobody has answered: it is sent, also while a person is only waited for', async () => {
			const { messageId } = await asked();
			await desk.posted(messageId);
			expect((await morning())[0]).toMatchObject({ state: 'sent' });
			expect(heard()).toEqual(['We open at nine.']);
		});

		test('a colleague has answered through the desk and given it back: it is not sent, and its text is gone', async () => {
			const { messageId, key } = await asked();
			const { post, handoverId } = await desk.posted(messageId);
			await desk.send(await desk.writes('71', 'At nine.', { replyTo: post }));
			await handBack(desk.store, { handoverId, memberId: boris });
			const [entry] = await morning();
			expect(entry).toMatchObject({ key, ...overtaken('A person has answered meanwhile.') });
			expect((await getOutbox(desk.store, { key })).items).toEqual([entry]);
			expect(entry).not.toHaveProperty('payload');
			expect(heard()).toEqual(['At nine.']);
		});

		test('a colleague has written in the group of the client; what was written before the question counts for nothing', async () => {
			const group = { chat: { id: `-${chat}`, kind: 'group' } };
			const byBoris = { ...group, sender: { id: '71', name: 'Boris' } };
			await desk.client(chat, 'Good evening', { ...byBoris, sentAt: '2026-01-05T10:00:00Z' });
			await asked(group);
			expect(await morning()).toMatchObject([{ state: 'sent', chatId: `-${chat}` }]);
			await asked(group);
			await desk.client(chat, 'At nine', byBoris);
			expect(await morning()).toMatchObject([overtaken('A person has answered meanwhile.')]);
			// What a person has answered is nothing that people have to take over.
			expect((await getHandovers(desk.store)).items).toEqual([]);
		});

		test('what a colleague has answered and taken back is no answer', async () => {
			const group = { chat: { id: `-${chat}`, kind: 'group' } };
			await asked(group);
			const said = await desk.client(chat, 'At ten', { ...group, sender: { id: '71', name: 'Boris' } });
			await deleteMessages(desk.store, [said.messageId]);
			expect(await morning()).toMatchObject([{ state: 'sent', chatId: `-${chat}` }]);
		});

		test('what of a long answer has begun goes on, also when a colleague answers between its parts', async () => {
			const { messageId } = await desk.client(chat, 'What do you offer?');
			const { key } = await answered(messageId, 'word '.repeat(2000));
			await stand.supabase.exec(
				`update opsdesk.outbox set due_at = now() + case part when 1 then interval '0' else interval '1 hour' end
					where tenant_id = $1 and state = 'queued'`,
				[desk.tenant],
			);
			await desk.sendDue();
			await desk.client(chat, 'This', { sender: { id: '71', name: 'Boris' } });
			expect((await morning()).map(({ part, state }) => [part, state])).toEqual([
				[2, 'sent'],
				[3, 'sent'],
			]);
			expect((await getOutbox(desk.store, { key })).items.map(({ state }) => state)).toEqual([
				'sent',
				'sent',
				'sent',
			]);
		});

		test('a person holds the conversation: it is not sent, and after the hand-back it is', async () => {
			const held = await asked();
			await desk.open(held.messageId);
			const name = { conversationId: held.conversationId, memberId: boris };
			await takeOver(desk.store, name);
			expect(await morning()).toMatchObject([overtaken('A person has the conversation.')]);
			await handBack(desk.store, name);
			const free = await asked();
			await desk.open(free.messageId);
			await takeOver(desk.store, name);
			await handBack(desk.store, name);
			expect(await morning()).toMatchObject([{ key: free.key, state: 'sent' }]);
		});

		test('a colleague who has answered there before was given the conversation', async () => {
			const { conversationId } = await desk.client(chat, 'Good evening', {
				...{ sender: { id: '71', name: 'Boris' }, sentAt: '2026-01-05T10:00:00Z' },
			});
			await asked();
			const given = { status: 'assigned_human' as const, assignedMemberId: boris };
			await updateConversation(desk.store, { conversationId }, given);
			expect(await morning()).toMatchObject([overtaken('A person has the conversation.')]);
		});

		test('the message was taken back, erased, or its author was blocked', async () => {
			const gone = await asked();
			await deleteMessages(desk.store, [gone.messageId]);
			expect(await morning()).toMatchObject([overtaken('The message that it answers was taken back.')]);

			await asked();
			await updateContact(
				desk.store,
				{ identity: { platform: 'telegram', id: chat } },
				{ status: 'blocked' },
			);
			expect(await morning()).toMatchObject([overtaken('Who wrote the message is blocked.')]);

			const group = { chat: { id: `-${chat}`, kind: 'group' }, sender: { id: `7${chat}`, name: 'Clara' } };
			await asked(group);
			await eraseContact(desk.store, { identity: { platform: 'telegram', id: `7${chat}` } });
			expect(await morning()).toMatchObject([overtaken('The message that it answers is not kept any more.')]);
			expect(heard()).toEqual([]);
		});

		test('an edited question is another one: the answer to the words before is overtaken, that to the words after is not', async () => {
			const id = `edited-${chat}`;
			const before = await asked({ id, sentAt: '2026-01-05T10:00:00Z' });
			const byBoris = { sender: { id: '71', name: 'Boris' }, sentAt: '2026-01-05T11:00:00Z' };
			await desk.client(chat, 'At nine', byBoris);
			const edited = { text: 'When do you open on Sunday?', editedAt: '2026-01-05T12:00:00Z' };
			await storeMessages(desk.store, [
				{ ...bot, event: 'edit', id, chat: { id: chat }, sender: { id: chat }, ...edited },
			]);
			await stand.supabase.exec(
				`update opsdesk.decisions set decided_at = '2026-01-05T10:00:01Z' where id = $1`,
				[before.id],
			);
			const after = await answered(before.messageId);
			expect((await morning()).map(({ key, state }) => [key, state])).toEqual([
				[before.key, 'failed'],
				[after.key, 'sent'],
			]);
		});

		test('all parts of a long answer end, and what waits behind them is sent in the same run', async () => {
			const first = await desk.client(chat, 'What do you offer?');
			await answered(first.messageId, 'word '.repeat(2000));
			await desk.client(chat, 'This', { sender: { id: '71', name: 'Boris' } });
			const note = { operation: 'message' as const, text: 'Your order has arrived.' };
			await enqueue(desk.store, { ...bot, platform: 'telegram', chatId: chat }, note);
			expect((await morning()).map(({ part, state, errorCode }) => [part, state, errorCode])).toEqual([
				[1, 'failed', 'overtaken'],
				[2, 'failed', 'overtaken'],
				[3, 'failed', 'overtaken'],
				[1, 'sent', undefined],
			]);
			expect(heard()).toEqual(['Your order has arrived.']);
		});

		test('the client has written once more: both are answered', async () => {
			const keys = [(await asked()).key, (await asked()).key];
			expect((await morning()).map(({ key, state }) => [key, state])).toEqual(
				keys.map((key) => [key, 'sent']),
			);
		});

		test('what was not to wait is sent, whoever has answered since', async () => {
			const { messageId } = await desk.client(chat, 'When do you open?');
			const { key, text, target } = await decideStored(desk.store, { messageId }, { rules });
			await desk.client(chat, 'At nine', { sender: { id: '71', name: 'Boris' } });
			await desk.send({ key, text, target: target && { ...target, ...bot } });
			expect(heard()).toEqual(['We open at nine.']);
		});

		test('a card that was to wait is not posted when its handover was ended, and is when only time has ended it', async () => {
			const deferred = async (): Promise<number> => {
				chats += 1;
				const { messageId } = await desk.client(`${chats}`, 'Help');
				const { key, card, handoverId } = await desk.open(messageId);
				const content = {
					operation: 'message' as const,
					text: card?.text ?? '',
					format: card?.format ?? 'html',
				};
				const dueAt = new Date(Date.now() + 3_600_000).toISOString();
				await enqueue(desk.store, { ...bot, platform: 'telegram', chatId: operators }, content, {
					key,
					dueAt,
				});
				return handoverId;
			};
			await deferred();
			await closeHandover(desk.store, { handoverId: await deferred() });
			await handBack(desk.store, { handoverId: await deferred(), by: 'Boris' });
			const lapsed = await deferred();
			await stand.supabase.exec(
				`update opsdesk.handovers set active_at = now() - interval '73 hours' where id = $1`,
				[lapsed],
			);
			const next = await desk.client(`${chats}`, 'Is anybody there?');
			expect(await desk.open(next.messageId)).toMatchObject({ status: 'opened' });
			const ended = overtaken('The handover was ended before its card was due.');
			const posted = { state: 'sent', chatId: operators };
			expect(await morning()).toMatchObject([posted, ended, ended, posted]);
		});

		test('a card that was to wait is posted when its conversation has become part of another one', async () => {
			const more = { chat: { id: `-${chat}`, kind: 'group' } };
			const { messageId } = await desk.client(chat, 'No hurry', more);
			const dueAt = new Date(Date.now() + 3_600_000).toISOString();
			const { key, card } = await desk.open(messageId, { notBefore: dueAt });
			const content = { operation: 'message' as const, text: card?.text ?? '', format: 'html' as const };
			const place = { ...bot, platform: 'telegram' as const, chatId: operators };
			await enqueue(desk.store, place, content, { key, dueAt });
			const group = { id: `-100${chat}`, kind: 'group' };
			await desk.posted((await desk.client(chat, 'Help', { chat: group })).messageId);
			await desk.client(chat, 'Hello?', { chat: { ...group, formerId: `-${chat}` } });
			expect(await morning()).toMatchObject([{ key, state: 'sent', chatId: operators }]);
		});
	},
);
