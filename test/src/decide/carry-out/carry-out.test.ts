import { enqueue, getOutbox, setSendStop } from '../../../../src/channels';
import { carryOut, getHandovers, saveDesk, type CarriedOut, type DecidedInput } from '../../../../src/decide';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { saveTeam } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, openHelpDesk, operators, type HelpDesk } from '../handover/desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('carry-out');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

let keys = 0;
let chats = 4000;
const noted = { notify: ['admin'], withinMinutes: 5 };
const because = (code: string, text = 'an unhappy client') => ({ reasons: [{ code, text }] });

describe.each(transportNames)('a decision is carried out over %s', (transport) => {
	let desk: HelpDesk;
	let chat: string;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		chats += 1;
		chat = String(chats);
	});

	/** A message of a client, and what was decided on it. */
	const decided = async (words: string, more: Partial<DecidedInput>): Promise<DecidedInput> => {
		const { messageId, conversationId } = await desk.client(chat, words);
		keys += 1;
		const target = { platform: 'telegram', account, chatId: chat, chatKind: 'private' } as const;
		const said = { id: '7', sentAt: '2026-03-02T10:00:00.000Z', text: words };
		return {
			...{ messageId, conversationId, outcome: 'escalate', reason: 'an unhappy client', target, said },
			...{ key: `carried-${keys}`, decision: because('rule'), ...more },
		};
	};
	/** What waits to be sent, the first one first: to whom, and the words. */
	const waiting = async () => {
		const { items } = await getOutbox(desk.store, { state: 'queued' });
		return items
			.sort((one, other) => one.id - other.id)
			.map(({ chatId, dueAt, payload }) => ({
				...{ chatId, dueMs: Date.parse(dueAt), text: String(Object(payload).text) },
			}));
	};
	const handovers = async () => (await getHandovers(desk.store, {})).items;
	const titles = ({ alerts }: CarriedOut) => alerts.map(({ title }) => title);

	test('people get it first, then the client hears of it, and who is named is told; a second time changes nothing', async () => {
		const input = await decided('This is terrible', {
			...{ text: 'A colleague looks at it.', decision: { ...because('rule'), actions: noted } },
		});
		const done = await carryOut(desk.store, input, { severity: 'info' });
		expect(done).toMatchObject({
			...{ outcome: 'escalate', card: { status: 'queued' }, answer: { status: 'queued' } },
			heard: { messageId: '7', category: 'REQUEST', text: 'This is terrible' },
			alerts: [{ title: 'A message needs a person within 5 minutes', severity: 'info', owner: 'admin' }],
		});
		expect(JSON.stringify(done.alerts)).not.toContain('terrible');
		const sent = await waiting();
		expect(sent.map(({ chatId }) => chatId)).toEqual([operators, chat]);
		expect(sent[0]?.text).toContain('This is terrible');

		const again = await carryOut(desk.store, input);
		expect([again.card?.status, again.answer?.status]).toEqual(['known', 'known']);
		expect(again.handoverId).toBe(done.handoverId);
		expect(await waiting()).toEqual(sent);
	});

	test('an answer is sent at its time, no people have it and no timer waits', async () => {
		const sendAt = new Date(Date.now() + 3_600_000).toISOString();
		const done = await carryOut(
			desk.store,
			await decided('When?', { outcome: 'reply', text: 'At nine.', sendAt }),
		);
		expect(done).toMatchObject({ handoverId: null, card: null, heard: null, alerts: [] });
		expect(await waiting()).toEqual([{ chatId: chat, dueMs: Date.parse(sendAt), text: 'At nine.' }]);
		expect(await handovers()).toEqual([]);
	});

	test('an answer that nobody may be sent is a draft for people, without an alert', async () => {
		await setSendStop(desk.store, { platform: 'telegram', account, chatId: chat }, 'opted_out');
		const done = await carryOut(desk.store, await decided('When?', { outcome: 'reply', text: 'At nine.' }));
		expect(done).toMatchObject({
			...{ outcome: 'escalate', answer: { status: 'refused' }, heard: { category: 'REQUEST' }, alerts: [] },
		});
		expect((await waiting()).map(({ chatId }) => chatId)).toEqual([operators]);
		expect(await handovers()).toMatchObject([
			{ draft: 'At nine.', reason: expect.stringMatching(/could not be sent.*STOP/) },
		]);
	});

	test('an answer that the outbox does not take is a draft for people and an alert without its words', async () => {
		const input = await decided('When?', { outcome: 'reply', text: 'At nine.' });
		const other = { platform: 'telegram', account, chatId: '1' } as const;
		await enqueue(desk.store, other, { operation: 'message', text: 'Another' }, { key: String(input.key) });
		const done = await carryOut(desk.store, input);
		expect(done.answer?.status).toBe('failed');
		expect(titles(done)).toEqual(['An answer to a client could not be sent']);
		expect(JSON.stringify(done.alerts)).not.toContain('At nine');
		expect(await handovers()).toMatchObject([{ draft: 'At nine.' }]);
		// Beside a card, its failing is an alert alone.
		const escalated = await decided('Terrible', { text: 'Sorry', target: null });
		expect(titles(await carryOut(desk.store, escalated))).toEqual([
			'An answer to a client could not be sent',
		]);
	});

	test('what is left alone is nobody’s, unless a person has the conversation', async () => {
		const alone = await carryOut(desk.store, await decided('Thanks', { outcome: 'ignore', text: '' }));
		expect(alone).toMatchObject({ handoverId: null, heard: null, answer: null, alerts: [] });
		const facts = { 'message.category': 'CLARIFICATION' };
		const talked = { ...because('person_answers'), facts };
		const seen = await carryOut(
			desk.store,
			await decided('And?', { outcome: 'ignore', decision: talked, timers: true }),
		);
		expect(seen).toMatchObject({ card: { status: 'queued' }, heard: { category: 'CLARIFICATION' } });
		const { handoverId } = seen;
		const still = await decided('Yes', { outcome: 'ignore', handoverId, timers: false });
		expect(await carryOut(desk.store, still)).toMatchObject({ handoverId, heard: null });
		expect((await waiting()).map(({ chatId }) => chatId)).toEqual([operators, operators]);
	});

	test('ED-27 on trial nothing is sent or handed over, not even what could not be decided, and timers judge for themselves', async () => {
		const trial = { isShadow: true, text: 'Sorry', decision: { ...because('rule'), actions: noted } };
		const tried = await carryOut(desk.store, await decided('Terrible', trial));
		expect(tried).toMatchObject({ answer: null, handoverId: null, alerts: [], heard: { category: '' } });
		const failed = await carryOut(desk.store, await decided('Terrible', { ...trial, problem: 'No rules.' }));
		expect(titles(failed)).toEqual(['Eva could not decide on a message']);
		expect(failed.alerts[0]?.message).toMatch(/No rules\. This is a trial/);
		expect(await waiting()).toEqual([]);
		expect(await handovers()).toEqual([]);
	});

	test('what could not be decided goes to the desk, is an alert, and timers judge for themselves', async () => {
		const done = await carryOut(desk.store, await decided('Hello', { decision: null, problem: 'No rules.' }));
		expect(done).toMatchObject({ card: { status: 'queued' }, heard: { category: '', text: 'Hello' } });
		expect(titles(done)).toEqual(['Eva could not decide on a message']);
	});

	test('without a desk somebody is told; a model’s own words stand in no alert', async () => {
		const lone = await openHelpDesk(stand, transport, cloud, { withDesk: false });
		const { messageId, conversationId } = await lone.client(chat, 'Hello');
		const decision = { ...because('model', 'Anna says her card was charged'), actions: noted };
		const done = await carryOut(lone.store, { messageId, conversationId, outcome: 'route', decision });
		expect(titles(done)).toEqual([
			'A client waits, and there is no desk to tell',
			'A message waits for a team within 5 minutes',
		]);
		expect(done.alerts[0]?.severity).toBe('critical');
		expect(done.alerts[0]?.message).toContain('No desk is set up for it');
		expect(JSON.stringify(done.alerts)).not.toContain('charged');
	});

	test('an edit of what the desk has comes after its card, once, as text; a deferred card comes at its time', async () => {
		const input = await decided('My account is 1', { decisionId: null });
		await carryOut(desk.store, input);
		const said = { id: '7', sentAt: '2026-03-02T10:05:00.000Z', text: 'It is <b>2</b>', isEdit: true };
		for (let time = 0; time < 2; time += 1) await carryOut(desk.store, { ...input, said });
		const [, changed, ...more] = await waiting();
		expect(changed?.text).toMatch(/has changed a message\. It says now:\nIt is &lt;b&gt;2/);
		expect(more).toEqual([]);
		chat = `${chat}9`;
		const sendAt = new Date(Date.now() + 3_600_000).toISOString();
		await carryOut(desk.store, await decided('No hurry', { outcome: 'defer', sendAt, text: 'Until then!' }));
		const [card, answer] = (await waiting()).slice(2);
		expect(card).toMatchObject({ chatId: operators, dueMs: Date.parse(sendAt) });
		expect(answer).toMatchObject({ chatId: chat, text: 'Until then!' });
		expect(answer?.dueMs).toBeLessThan(Date.now() + 60_000);
	});

	test('a card has the rule, the team, the deadline and the decision, and does not wait for what the client hears later', async () => {
		await saveTeam(desk.store, { team: 'accountants' });
		const actions = { team: 'accountants', withinMinutes: 5 };
		const decision = { ...because('rule'), rule: 'invoices', actions };
		const sendAt = new Date(Date.now() + 3_600_000).toISOString();
		const more = { outcome: 'route', decisionId: 12, decision, text: 'At nine.', sendAt } as const;
		await carryOut(desk.store, await decided('An invoice', more));
		const [card, answer] = await waiting();
		expect(card?.text).toMatch(/team accountants[^]*\(rule invoices\)[^]*Answer by: /);
		expect(card?.dueMs).toBeLessThan(Date.now() + 60_000);
		expect(answer).toMatchObject({ chatId: chat, dueMs: Date.parse(sendAt) });
		expect(await handovers()).toMatchObject([{ decisionId: 12, team: 'accountants' }]);
	});

	test('what is deferred stays so when the client cannot be told, which is an alert', async () => {
		const sendAt = new Date(Date.now() + 3_600_000).toISOString();
		const input = await decided('No hurry', { outcome: 'defer', sendAt, text: 'Until then!', key: null });
		const done = await carryOut(desk.store, input, { severity: 'info' });
		expect(done).toMatchObject({ outcome: 'defer', heard: { category: 'REQUEST' } });
		expect(done.alerts).toMatchObject([
			{ severity: 'info', message: expect.stringContaining('Nobody knows any more where to send it.') },
		]);
		expect(await waiting()).toMatchObject([{ chatId: operators, dueMs: Date.parse(sendAt) }]);
	});

	test('a card that the chat of the desk does not take is an alert without what was written', async () => {
		await saveDesk(desk.store, { platform: 'telegram', account, chatId: '888' });
		await setSendStop(desk.store, { platform: 'telegram', account, chatId: '888' }, 'blocked');
		const input = await decided('This is terrible', {});
		const done = await carryOut(desk.store, input);
		expect(done).toMatchObject({ card: { status: 'refused' }, heard: { category: 'REQUEST' } });
		expect(done.alerts).toMatchObject([
			{ title: 'A message could not be posted at the desk', severity: 'critical' },
		]);
		expect(done.alerts[0]?.message).toMatch(
			new RegExp(`message ${input.messageId} .*The chat of the desk has blocked the account\\.`),
		);
		expect(JSON.stringify(done.alerts)).not.toContain('terrible');
	});

	test('an edit that the desk has not had yet is a card, and each further one a word of its own beneath it', async () => {
		const input = await decided('My account is 1', { decisionId: null });
		const edit = (text: string, sentAt: string) => ({
			...{ ...input, said: { id: '7', sentAt, text, isEdit: true } },
		});
		await carryOut(desk.store, edit('My account is 1', '2026-03-02T10:01:00.000Z'));
		const [card] = await waiting();
		expect(card?.text).toContain('an unhappy client');
		expect(card?.text).not.toContain('has changed a message');
		await desk.sendDue();
		const post = cloud.taken.filter(({ chatId }) => chatId === operators).at(-1);
		await carryOut(desk.store, edit('It is 2', '2026-03-02T10:02:00.000Z'));
		await carryOut(desk.store, edit('It is 3', '2026-03-02T10:03:00.000Z'));
		await carryOut(desk.store, { ...edit('It is 4', '2026-03-02T10:03:00.000Z'), decisionId: 13 });
		await carryOut(desk.store, edit('', '2026-03-02T10:04:00.000Z'));
		const { items } = await getOutbox(desk.store, { state: 'queued' });
		expect((await waiting()).map(({ text }) => text.split('\n')[1])).toEqual([
			'It is 2',
			'It is 3',
			'It is 4',
		]);
		for (const { payload } of items) expect(JSON.stringify(payload)).toContain(`${post?.id}`);
	});

	test('what is no decision is refused by its fields, and a message that is gone by the store', async () => {
		await expect(carryOut(desk.store, { outcome: 'reply' } as DecidedInput)).rejects.toThrow(/messageId/);
		const gone = await decided('Hello', {});
		await expect(carryOut(desk.store, { ...gone, messageId: 987_654 })).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});
