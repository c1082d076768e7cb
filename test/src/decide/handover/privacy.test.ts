import {
	anonymiseContact,
	eraseContact,
	exportContact,
	getMessages,
	placeHold,
	storeMessages,
} from '../../../../src/chat';
import { getOutbox } from '../../../../src/channels';
import { getDesks, getHandover, getHandovers, isDesk } from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('handover-privacy');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const person = { platform: 'telegram', id: '900777' };
const words = 'My secret diagnosis is lumbago';

describe.each(transportNames)('handovers hold what clients say, over %s', (transport) => {
	let desk: HelpDesk;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
	});
	/** Everything in the tables of this tenant that could hold the words. */
	const kept = async (): Promise<string> => {
		const tables = [
			'handovers',
			'handover_cards',
			'operator_messages',
			'outbox',
			'messages',
			'message_archive',
		];
		const rows = await Promise.all(
			tables.map((table) =>
				stand.supabase.exec(
					`select row_to_json(t)::text as row from opsdesk.${table} t where tenant_id = $1`,
					[desk.tenant],
				),
			),
		);
		return JSON.stringify(rows);
	};
	/** A handover with a card at the desk, one that waits, and an answer that is stored at the desk as well. */
	const handedOver = async () => {
		const { messageId } = await desk.client(person.id, words);
		const opened = await desk.posted(messageId, { draft: `You said: ${words}` });
		const group = { id: operators, kind: 'group' };
		await desk.client('71', `About "${words}": call us`, { id: '555', chat: group, replyTo: opened.post });
		await desk.writes('71', `About "${words}": call us`, { externalId: '555', replyTo: opened.post });
		const next = await desk.open((await desk.client(person.id, `${words}, again`)).messageId);
		expect(next.status).toBe('joined');
		return opened;
	};

	test('ED-33 of a client who is erased nothing is left, and an answer to the card is refused in words', async () => {
		const { post } = await handedOver();
		expect(await kept()).toContain('lumbago');
		const done = await eraseContact(desk.store, { identity: person }, {});
		expect(done).toMatchObject({ status: 'erased', receipt: { counts: { handovers: 1, forwarded: 2 } } });
		expect(await kept()).not.toContain('lumbago');
		expect((await getHandovers(desk.store)).items).toEqual([]);
		const late = await desk.writes('71', 'Are you still there?', { replyTo: post });
		expect(late).toMatchObject({ kind: 'refused', reason: 'erased', key: null, target: null });
		expect(late.tell?.text).toMatch(/was erased/);
	});

	test('a card that waits in the outbox is not posted any more', async () => {
		const { messageId } = await desk.client(person.id, words);
		const opened = await desk.open(messageId);
		cloud.script(operators, TelegramCloud.error(429, 'Too Many Requests', { retry_after: 60 }));
		await desk.send({ ...opened, ...opened.card, text: opened.card?.text ?? null });
		expect((await getOutbox(desk.store)).items).toMatchObject([{ state: 'queued', key: opened.key }]);
		await eraseContact(desk.store, { identity: person }, {});
		expect((await getOutbox(desk.store)).items).toEqual([]);
	});

	test('of a client who becomes a pseudonym words stay where they were said, and nobody can write to them', async () => {
		const { post, handoverId } = await handedOver();
		await anonymiseContact(desk.store, { identity: person }, {});
		const rows = await stand.supabase.exec(
			`select row_to_json(h)::text as h, row_to_json(o)::text as o, c.card from opsdesk.handovers h
				join opsdesk.operator_messages o on o.handover_id = h.id join opsdesk.handover_cards c on c.handover_id = h.id
				where h.id = $1`,
			[handoverId],
		);
		expect(JSON.stringify(rows)).not.toMatch(/lumbago|900777|Client/);
		expect(await getHandover(desk.store, handoverId)).toMatchObject({ state: 'closed', endedBy: 'erasure' });
		expect(await desk.writes('71', 'Hello?', { replyTo: post })).toMatchObject({ reason: 'over' });
		await desk.writes('71', '/take', { replyTo: post });
		expect(await desk.writes('71', 'Hello?', { replyTo: post })).toMatchObject({
			...{ kind: 'refused', reason: 'no_chat', target: null },
		});
	});

	test('a hold keeps what the desk has of it', async () => {
		await handedOver();
		const { items } = await getMessages(desk.store, {}, { limit: 50 });
		const copy = items.find(({ chatId }) => chatId === operators);
		await placeHold(desk.store, { conversationId: copy?.conversationId ?? 0 }, 'a lawsuit');
		await expect(eraseContact(desk.store, { identity: person }, {})).rejects.toThrow(/legal hold/);
		expect(await kept()).toContain('lumbago');
	});

	test('an export names the handovers of a person’s own requests', async () => {
		const { handoverId } = await handedOver();
		await desk.open((await desk.client('900888', 'Somebody else')).messageId);
		const lines: string[] = [];
		for await (const line of exportContact(desk.store, { identity: person })) lines.push(line);
		expect(JSON.parse(lines[0] ?? '')).toMatchObject({
			...{ kind: 'profile', handovers: [{ id: handoverId, state: 'held', reason: 'an unhappy customer' }] },
		});
	});

	test('ED-33 a client’s group that becomes a supergroup is answered under its new id', async () => {
		const group = { id: '-901', kind: 'group' };
		const { messageId } = await desk.client('5', 'Help us', { chat: group });
		const { post, handoverId } = await desk.posted(messageId);
		// What came under the new id before the move was known is handed over by itself.
		const early = await desk.client('5', 'Anybody?', { chat: { id: '-1009', kind: 'group' } });
		const second = await desk.posted(early.messageId);
		expect(second.status).toBe('opened');
		await desk.client('5', 'moved', { chat: { id: '-1009', kind: 'group', formerId: '-901' } });
		expect(await desk.writes('71', 'Here we are', { replyTo: post })).toMatchObject({
			...{ kind: 'answer', handoverId, target: { chatId: '-1009', chatKind: 'group' } },
		});
		expect(await desk.writes('71', 'Here too', { replyTo: second.post })).toMatchObject({
			...{ kind: 'refused', reason: 'moved' },
		});
		const { items } = await getHandovers(desk.store, { state: 'active' });
		expect(items.map(({ id }) => id)).toEqual([handoverId]);
	});

	test.each(['told by a message', 'told when a card is posted'])(
		'ED-33 the operators’ group becomes a supergroup, %s',
		async (how) => {
			const { messageId } = await desk.client('902', 'Help');
			const { handoverId } = await desk.posted(messageId);
			if (how === 'told by a message') {
				const chat = { id: '-1007', kind: 'group' as const, formerId: operators };
				const message = { ...bot, id: '1', chat, sentAt: new Date().toISOString(), type: 'service' };
				await storeMessages(desk.store, [{ ...message, sender: { id: account, kind: 'bot' } }]);
			} else {
				const migrated = { migrate_to_chat_id: -1007 };
				cloud.script(operators, TelegramCloud.error(400, 'group chat was upgraded', migrated));
				await desk.posted((await desk.client('902', 'Help!')).messageId);
			}
			expect((await getDesks(desk.store)).items).toMatchObject([{ chatId: '-1007' }]);
			expect(await isDesk(desk.store, { ...bot, chatId: '-1007' })).toBe(true);
			expect(await getHandover(desk.store, handoverId)).toMatchObject({ desk: { chatId: '-1007' } });
			const next = await desk.posted((await desk.client('902', 'Help!!')).messageId);
			expect(next).toMatchObject({ status: 'joined', target: { chatId: '-1007' } });
			const answer = { chatId: '-1007', replyTo: next.post };
			expect(await desk.writes('71', 'Yes', answer)).toMatchObject({ kind: 'answer', handoverId });
			expect(await desk.writes('71', `/answer ${handoverId} Yes`, { chatId: '-1007' })).toMatchObject({
				kind: 'answer',
			});
		},
	);
});
