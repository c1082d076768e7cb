import { setConsent, updateContact, updateConversation } from '../../../../src/chat';
import {
	decideStored,
	getDecision,
	handBack,
	openHandover,
	saveDesk,
	takeOver,
	type Facts,
	type RuleSetInput,
} from '../../../../src/decide';
import { saveSchedule } from '../../../../src/sla';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { good, modelOf, scripted } from '../model/models';
import { asks, rule } from '../rules/sets';
import { chat, client, openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-facts');
});
afterAll(() => stand?.close());

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const identity = { platform: 'telegram', id: client.id };
const refusal = { purpose: 'ai_analysis', granted: false, source: 'test' } as const;

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	/** All that a message was decided with. */
	async function factsOf(messageId: number, rules?: RuleSetInput): Promise<Facts> {
		const { id } = await decideStored(desk.store, { messageId }, { ...(rules && { rules }), again: true });
		const [row] = await desk.sql<{ facts: Facts }>(
			`select input -> 'facts' as facts from opsdesk.decisions where id = $1`,
			[id],
		);
		return row?.facts ?? {};
	}

	test('ED-19: without consent no model is asked, and the decision says so', async () => {
		const messageId = await desk.receive({ text: 'синий трактор' });
		await setConsent(desk.store, { identity }, refusal);
		const model = scripted(good);
		const { state: _, ...use } = modelOf(model.invoke);
		const decided = await decideStored(desk.store, { messageId }, { rules: { rules: [] }, model: use });
		expect(decided.decision.reasons.map(({ code }) => code)).toEqual(['no_rule', 'no_consent']);
		expect(model.prompts).toEqual([]);
		expect(await factsOf(messageId)).toMatchObject({ 'consent.aiAnalysis': false });
	});

	test('ED-19: what others wrote who refuse is not shown to the model, though they wrote in the same group', async () => {
		const group = { id: '-9', kind: 'group' } as const;
		const refusing = { id: '88', name: 'Boris', kind: 'contact' } as const;
		await desk.receive({ chat: group, sender: refusing, text: 'секретный бегемот' });
		await desk.receive({ chat: group, text: 'зелёный бегемот' });
		await setConsent(desk.store, { identity: { platform: 'telegram', id: refusing.id } }, refusal);
		const messageId = await desk.receive({ chat: group, text: 'синий трактор' });
		const model = scripted(good);
		const { state: _, ...use } = modelOf(model.invoke);
		await decideStored(desk.store, { messageId }, { rules: { rules: [] }, model: use });
		expect(model.prompts.join()).toContain('зелёный бегемот');
		expect(model.prompts.join()).not.toContain('секретный');
	});

	test('ED-23: two bots that talk to each other stop at the cap, sent or not', async () => {
		const rules: RuleSetInput = {
			rules: [rule('always', [], { outcome: 'reply', template: 'hello' })],
			mostAutomaticReplies: 3,
		};
		await desk.sql(`insert into opsdesk.templates (tenant_id, title, content) values ($1, 'hello', 'Hi.')`, [
			desk.tenant,
		]);
		const bot = { id: '99', kind: 'bot' } as const;
		const outcomes: string[] = [];
		for (let turn = 0; turn < 20; turn += 1) {
			const messageId = await desk.receive({ sender: bot, sentAt: minutesAgo(20 - turn) });
			const { decision } = await decideStored(desk.store, { messageId }, { rules });
			outcomes.push(`${decision.outcome} ${decision.reasons[0].code}`);
		}
		expect(outcomes).toEqual([...Array(3).fill('reply rule'), ...Array(17).fill('ignore loop')]);
	});

	test('ED-24: where a colleague has answered, Eva is silent for a while, also when the answer came after the message', async () => {
		await desk.colleague('Olga', 'm1');
		await desk.receive({ sentAt: minutesAgo(50) });
		await desk.receive({ sender: { id: 'm1', kind: 'contact' }, sentAt: minutesAgo(40) });
		const later = await desk.receive({ text: 'And when?', sentAt: minutesAgo(30) });
		expect((await decideStored(desk.store, { messageId: later })).decision).toMatchObject({
			outcome: 'ignore',
			reasons: [{ code: 'person_answers' }],
		});
		const muchLater = await desk.receive({ text: 'And when?', sentAt: minutesAgo(5) });
		expect((await decideStored(desk.store, { messageId: muchLater })).decision.outcome).not.toBe('ignore');
		await desk.receive({ sender: { id: 'm1', kind: 'contact' }, sentAt: minutesAgo(1) });
		expect(
			(await decideStored(desk.store, { messageId: muchLater }, { again: true })).decision,
		).toMatchObject({
			outcome: 'ignore',
		});
	});

	test('ED-24: who has a conversation and has answered in it keeps Eva silent however long ago that was', async () => {
		const memberId = await desk.colleague('Olga', 'm1');
		const messageId = await desk.receive({ text: 'Where is it?', sentAt: minutesAgo(600) });
		await desk.receive({ sender: { id: 'm1', kind: 'contact' }, sentAt: minutesAgo(590) });
		const [row] = await desk.sql<{ id: number }>(
			`select conversation_id::int as id from opsdesk.messages where id = $1`,
			[messageId],
		);
		await updateConversation(
			desk.store,
			{ conversationId: row?.id ?? 0 },
			{
				status: 'assigned_human',
				assignedMemberId: memberId,
			},
		);
		const asked = await desk.receive({ text: 'Where is it?', sentAt: minutesAgo(1) });
		expect((await decideStored(desk.store, { messageId: asked })).decision.reasons[0].code).toBe(
			'person_answers',
		);
	});

	test('ED-24: what a colleague writes in a chat of clients is never answered', async () => {
		await desk.colleague('Olga', 'm1');
		const group = { id: '-9', kind: 'group' } as const;
		const messageId = await desk.receive({ chat: group, sender: { id: 'm1', kind: 'contact' } });
		expect((await decideStored(desk.store, { messageId })).decision).toMatchObject({ outcome: 'ignore' });
	});

	test('ED-24: while an operator has the conversation Eva is silent, after the hand-back she decides again, and in a desk never', async () => {
		await saveDesk(desk.store, { platform: 'telegram', account: 'helpbot', chatId: '-7000' });
		const messageId = await desk.receive({ text: 'Where is it?', sentAt: minutesAgo(20) });
		const { handoverId } = await openHandover(desk.store, { messageId, reason: 'a question' });
		await takeOver(desk.store, { handoverId, by: 'Olga' });
		const asked = await desk.receive({ text: 'And when?', sentAt: minutesAgo(10) });
		const decide = async (id: number): Promise<unknown> =>
			(await decideStored(desk.store, { messageId: id }, { again: true })).decision.reasons[0].code;
		expect(await decide(asked)).toBe('person_answers');
		await handBack(desk.store, { handoverId, by: 'Olga' });
		expect(await decide(asked)).toBe('rule');
		const atDesk = await desk.receive({ chat: { id: '-7000', kind: 'group' }, text: 'Where is it?' });
		expect(await decide(atDesk)).toBe('desk');
	});

	test('ED-26: VIP, blocked, known, first contact, tags and counts are facts of the store', async () => {
		const first = await desk.receive();
		expect(await factsOf(first)).toMatchObject({
			...{ 'sender.isVip': false, 'sender.isBlocked': false, 'sender.isKnown': false },
			...{ 'sender.isFirstContact': true, 'sender.messageCount': 1, 'sender.kind': 'contact' },
			'consent.aiAnalysis': true,
		});
		await updateContact(desk.store, { identity }, { status: 'vip', tags: ['paper'] });
		const second = await desk.receive();
		expect(await factsOf(second)).toMatchObject({
			...{ 'sender.isVip': true, 'sender.isKnown': true, 'sender.isFirstContact': false },
			...{ 'sender.tags': ['paper'], 'sender.messageCount': 2 },
		});
		await updateContact(desk.store, { identity }, { status: 'blocked' });
		expect(await decideStored(desk.store, { messageId: second }, { again: true })).toMatchObject({
			decision: { outcome: 'ignore', rule: 'blocked_contact' },
		});
		await updateContact(desk.store, { identity }, { status: 'active', tags: ['Customer'] });
		expect(await factsOf(second)).toMatchObject({ 'sender.isKnown': true, 'sender.isVip': false });
	});

	test('ED-26: working hours and holidays are those of the schedule by which the promises count, or of the one named', async () => {
		const messageId = await desk.receive({ sentAt: '2026-06-13T10:00:00Z' });
		expect(await factsOf(messageId)).not.toHaveProperty(['time.isWorkingHours']);
		const weekly = { mon: [['09:00', '18:00']] as const, fri: [['09:00', '18:00']] as const };
		await saveSchedule(desk.store, {
			name: 'office',
			definition: { timezone: 'Europe/Moscow', weekly, holidays: ['2026-06-12'] },
			isDefault: true,
		});
		await saveSchedule(desk.store, { name: 'always', definition: { timezone: 'UTC', always: true } });
		expect(await factsOf(messageId)).toMatchObject({
			...{ 'time.isWorkingHours': false, 'time.isHoliday': false, 'time.hour': 13, 'time.weekday': 'sat' },
		});
		const holiday = await desk.receive({ sentAt: '2026-06-12T10:00:00Z' });
		expect(await factsOf(holiday)).toMatchObject({ 'time.isWorkingHours': false, 'time.isHoliday': true });
		const open = await desk.receive({ sentAt: '2026-06-15T10:00:00Z' });
		expect(await factsOf(open)).toMatchObject({ 'time.isWorkingHours': true, 'time.isHoliday': false });
		const named = await decideStored(
			desk.store,
			{ messageId },
			{
				again: true,
				schedule: 'always',
				rules: { rules: [rule('open', [asks('time.isWorkingHours', 'boolean', 'true')])] },
			},
		);
		expect(named.decision.rule).toBe('open');
		await expect(
			decideStored(desk.store, { messageId }, { again: true, schedule: 'nothing' }),
		).rejects.toMatchObject({ code: 'not_found' });
	});

	test('facts of the desk’s own are asked for by rules, and what was heard in a voice message is its text', async () => {
		const messageId = await desk.receive({
			...{ text: undefined, type: 'voice' },
			attachments: [{ kind: 'voice', transcription: 'Where is my invoice?' }],
		});
		const rules: RuleSetInput = {
			facts: { 'crm.plan': 'string' },
			rules: [rule('gold', [asks('crm.plan', 'string', 'equals', 'gold')])],
		};
		const decided = await decideStored(desk.store, { messageId }, { rules, own: { 'crm.plan': 'gold' } });
		expect(decided.decision).toMatchObject({ rule: 'gold', facts: { 'crm.plan': 'gold' } });
		expect(await factsOf(messageId)).toMatchObject({ 'message.original': 'Where is my invoice?' });
		expect((await getDecision(desk.store, { messageId })).target).toMatchObject({ chatId: chat.id });
	});
});
