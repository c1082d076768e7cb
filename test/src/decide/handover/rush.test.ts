import { deleteMessages, eraseContact } from '../../../../src/chat';
import { getOutbox, type OutboxEntry } from '../../../../src/channels';
import { getHandover, handBack, type OpenedHandover } from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('rush');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

let chats = 1300;

describe.each(transportNames)('one client does not hold up the others, over %s', (transport) => {
	let desk: HelpDesk;
	let chat: string;
	let first: OpenedHandover & { post: string };
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
		chats += 1;
		chat = `${chats}`;
		cloud.taken.length = 0;
		const { messageId } = await desk.client(chat, 'Help!');
		first = await desk.posted(messageId);
	});
	const told = () => cloud.taken.filter(({ chatId }) => chatId === operators);
	/** So many further messages; what became of each. */
	const writes = async (amount: number, more: object = {}) => {
		const opened: (OpenedHandover & { messageId: number })[] = [];
		for (let number = 1; number <= amount; number += 1) {
			const { messageId } = await desk.client(chat, `word ${number}`, more);
			opened.push({ ...(await desk.open(messageId)), messageId });
		}
		return opened;
	};
	const waiting = async (): Promise<OutboxEntry[]> => {
		const { items } = await getOutbox(desk.store, { state: 'queued' });
		return items.filter(({ key }) => key.includes('-more-'));
	};
	const textOf = (entry: OutboxEntry | undefined) => (entry?.payload as { text: string } | undefined)?.text;
	const afterSeconds = ({ dueAt, createdAt }: OutboxEntry) =>
		Math.round((Date.parse(dueAt) - Date.parse(createdAt)) / 1000);
	const soon = async () => {
		const now = `update opsdesk.outbox set due_at = now() where tenant_id = $1 and state = 'queued'`;
		await stand.supabase.exec(now, [desk.tenant]);
		await desk.sendDue();
	};
	/** What was gathered is not due before `soon`, however long everything else takes. */
	const later = async () => {
		const hold = `update opsdesk.outbox set due_at = now() + interval '1 hour' where tenant_id = $1 and key like '%-more-%' and state = 'queued'`;
		await stand.supabase.exec(hold, [desk.tenant]);
	};

	test('of forty messages five have cards, one card holds the others, and those of other clients come before it', async () => {
		const opened = await writes(40);
		expect(opened.map(({ isGathered }) => isGathered)).toEqual(opened.map((_, index) => index >= 5));
		const [entry, ...others] = await waiting();
		expect(others).toEqual([]);
		expect(entry && afterSeconds(entry)).toBe(15);
		await later();
		for (const { card, target, key } of opened) if (card) await desk.send({ ...card, target, key });
		const other = await desk.client('1399', 'Me too');
		await desk.posted(other.messageId);
		expect(told()).toHaveLength(7);
		expect((await waiting()).map(({ id }) => id)).toEqual([entry?.id]);
		await soon();
		const text = told().at(-1)?.text ?? '';
		expect(text).toMatch(
			new RegExp(`^#${first.handoverId} 35 more messages\\n\\d\\d:\\d\\d Client ${chat}: word 6\\n`),
		);
		expect(text).toContain('word 40');
		expect(told().at(-1)?.replyTo).toBe(first.post);
		const read = await desk.writes('71', 'We are on it', { replyTo: String(told().at(-1)?.id) });
		expect(read).toMatchObject({ kind: 'answer', messageId: opened.at(-1)?.messageId });
	});

	test('what does not fit is counted, with where it can be read, and each further card waits longer', async () => {
		await writes(8);
		const long = 'wörd '.repeat(300);
		for (let number = 0; number < 10; number += 1) {
			const { messageId } = await desk.client(chat, long, { sender: { id: '9', kind: 'bot', name: 'Bot' } });
			expect(await desk.open(messageId)).toMatchObject({ isGathered: true, card: null, status: 'joined' });
			expect(await desk.open(messageId)).toMatchObject({ isGathered: true, card: null, status: 'known' });
		}
		const [entry] = await waiting();
		expect(textOf(entry)).toMatch(/^#\d+ 13 more messages\n/);
		expect(textOf(entry)).toContain(
			`and 8 more: all of them are in conversation ${first.conversationId} of the store.`,
		);
		await soon();
		expect(told().at(-1)?.text).toBe(textOf(entry));
		await writes(1);
		const [next] = await waiting();
		expect(next && afterSeconds(next)).toBe(30);
	});

	test('an urgent message has a card at once, also in a rush, and rushes of these are gathered as well', async () => {
		await writes(8);
		const urgent = await writes(11, { priority: 9 });
		expect(urgent.map(({ isGathered }) => isGathered).filter(Boolean)).toHaveLength(6);
		const { messageId } = await desk.client(chat, 'The last');
		expect(await desk.open(messageId)).toMatchObject({ isGathered: true });
	});

	test('who answers sees what was gathered at once, and the client has room again', async () => {
		await writes(7);
		await desk.writes('71', 'I am here', { replyTo: first.post });
		await desk.sendDue();
		expect(told().at(-1)?.text).toContain('2 more messages');
		expect((await writes(2)).map(({ isGathered }) => isGathered)).toEqual([false, false]);
	});

	test('what was gathered is not posted when somebody has given the conversation back meanwhile', async () => {
		await writes(7);
		await handBack(desk.store, { handoverId: first.handoverId, by: 'Boris' });
		await soon();
		expect(told()).toHaveLength(1);
		expect(await waiting()).toEqual([]);
	});

	test('what is taken back or erased before it was posted is not posted', async () => {
		const opened = await writes(7);
		const ids = opened.slice(5).map(({ messageId }) => messageId);
		await deleteMessages(desk.store, ids.slice(0, 1));
		expect(textOf((await waiting())[0])).toMatch(/ one more message\n.*word 7$/);
		await deleteMessages(desk.store, ids.slice(1));
		expect(await waiting()).toEqual([]);
		await writes(2);
		expect(await waiting()).toHaveLength(1);
		await eraseContact(desk.store, { identity: { platform: 'telegram', id: chat } });
		expect(await waiting()).toEqual([]);
	});

	test('a reason and a draft of any length are handed over, shortened between characters', async () => {
		const { messageId } = await desk.client(`9${chat}`, 'Help');
		const long = '🙂'.repeat(20_000);
		const { handoverId, card } = await desk.open(messageId, { reason: long, draft: `\0${long}`, rule: long });
		const { reason, draft } = await getHandover(desk.store, handoverId);
		expect([reason, draft]).toEqual([`${'🙂'.repeat(1000)}…`, `${'🙂'.repeat(10_000)}…`]);
		expect(card?.text).toContain('🙂…');
		const blank = await desk.client(`8${chat}`, 'Help');
		const opened = await desk.open(blank.messageId, { reason: ' ', draft: ' ', rule: '' });
		expect(await getHandover(desk.store, opened.handoverId)).toMatchObject({
			...{ reason: 'No reason was given.', draft: null },
		});
		expect(opened.card?.text).not.toContain('rule');
	});
});
