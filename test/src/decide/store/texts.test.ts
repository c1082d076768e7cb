import {
	decideStored,
	explainDecision,
	replayStored,
	saveRules,
	type RuleSetInput,
	type StoredDecision,
} from '../../../../src/decide';
import { saveSchedule } from '../../../../src/sla';
import { getTemplate, getFaqItems, saveFaqItem, saveTemplate } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { good, modelOf, scripted } from '../model/models';
import { rule } from '../rules/sets';
import { openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-texts');
});
afterAll(() => stand?.close());

type RuleInput = NonNullable<RuleSetInput['rules']>[number];

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	const decidedBy = async (
		fields: Partial<RuleInput>,
		text = 'When do you open?',
		options: Parameters<typeof decideStored>[2] = {},
	): Promise<StoredDecision> =>
		await decideStored(
			desk.store,
			{ messageId: await desk.receive({ text }) },
			{ rules: { rules: [rule('one', [], fields)] }, ...options },
		);

	test('a template is sent with the values of the message, and counted once for a decision', async () => {
		await saveTemplate(
			desk.store,
			{ template: 'hello' },
			{ content: 'Hello {{name}}, you wrote "{{text}}".' },
		);
		const decided = await decidedBy({ outcome: 'reply', template: 'hello' }, 'Hi {{name}}');
		expect(decided.text).toBe('Hello Anna, you wrote "Hi {{name}}".');
		expect(decided.target).toEqual({
			...{ platform: 'telegram', account: 'helpbot', chatId: '500', chatKind: 'private' },
			replyTo: expect.any(String),
		});
		const rules = { rules: [rule('one', [], { outcome: 'reply' as const, template: 'hello' })] };
		const inTopic = await desk.receive({ metadata: { threadId: 12 } });
		expect((await decideStored(desk.store, { messageId: inTopic })).target).toMatchObject({ threadId: '12' });
		await decideStored(desk.store, { messageId: decided.messageId }, { rules });
		await decideStored(desk.store, { messageId: decided.messageId }, { rules, shadow: true });
		expect(await getTemplate(desk.store, { template: 'hello' })).toMatchObject({ usageCount: 1 });
	});

	test('a template holds no live link and calls nobody by what the sender is called or has written', async () => {
		const content = '{{name}} in {{chat}}: "{{text}}"';
		await saveTemplate(desk.store, { template: 'hello' }, { content });
		const rules = { rules: [rule('one', [], { outcome: 'reply' as const, template: 'hello' })] };
		const messageId = await desk.receive({
			sender: { id: '78', name: 'Refund: https://evil.example\n@everyone' },
			chat: { id: '-501', kind: 'group', title: 'Shop t.me/evil' },
			text: 'www.evil.example, evil.example',
		});
		const { text } = await decideStored(desk.store, { messageId }, { rules });
		expect(text).toBe('Refund: [link] everyone in Shop t. me/evil: "[link] evil. example"');
	});

	test.each([
		['is not there', undefined, 'There is no template "hello".'],
		['lacks a value', 'Hello {{plan}}', 'The template "hello" has no value for: plan.'],
	])('a template that %s is not silence: a person is asked, with the reason', async (_, content, reason) => {
		if (content !== undefined) await saveTemplate(desk.store, { template: 'hello' }, { content });
		const { decision, text } = await decidedBy({ outcome: 'reply', template: 'hello' });
		expect(text).toBeNull();
		expect(decision).toMatchObject({
			outcome: 'escalate',
			reasons: [{ code: 'rule' }, { code: 'nothing_to_send', text: reason }],
		});
		expect(explainDecision(decision).lines).toContain(`Reason (nothing_to_send): ${reason}`);
		expect((await replayStored(desk.store).next()).done).toBe(true);
	});

	test('beside an escalation the template is what the client hears meanwhile, and the FAQ the draft', async () => {
		await saveTemplate(desk.store, { template: 'wait' }, { content: 'We are looking into it.' });
		await saveFaqItem(desk.store, { question: 'Hours' }, { answer: 'From nine to six.', keywords: ['open'] });
		const decided = await decidedBy({ outcome: 'escalate', template: 'wait' });
		expect(decided).toMatchObject({
			text: 'We are looking into it.',
			decision: { outcome: 'escalate', draft: 'From nine to six.' },
		});
	});

	test('a reply without a template is what the FAQ says, before a model is asked, and counts a use', async () => {
		await saveFaqItem(desk.store, { question: 'Hours' }, { answer: 'From nine to six.', keywords: ['open'] });
		const model = scripted(good);
		const { state: _, ...use } = modelOf(model.invoke);
		const decided = await decidedBy({ outcome: 'reply' }, 'When do you open?', { model: use });
		expect(decided).toMatchObject({
			text: 'From nine to six.',
			decision: { outcome: 'reply', reasons: [{ code: 'rule' }, { code: 'faq' }] },
		});
		expect(model.prompts).toEqual([]);
		expect((await getFaqItems(desk.store)).items).toMatchObject([{ usageCount: 1 }]);
		const other = await decidedBy({ outcome: 'reply' }, 'синий трактор', { model: use });
		expect(other).toMatchObject({ text: 'Завтра.', decision: { outcome: 'reply' } });
	});

	test('of two entries that fit as well none is sent: a person chooses, with the one that is used most as a draft', async () => {
		await saveFaqItem(desk.store, { question: 'Hours' }, { answer: 'From nine to six.', keywords: ['open'] });
		await saveFaqItem(desk.store, { question: 'Account' }, { answer: 'Bring papers.', keywords: ['open'] });
		expect(await decidedBy({ outcome: 'reply' })).toMatchObject({
			text: null,
			decision: { outcome: 'escalate', draft: 'From nine to six.' },
		});
	});

	test('sendAt: at once, after minutes, when the desk opens, and for what is deferred when it opens', async () => {
		expect((await decidedBy({ outcome: 'reply', template: 'x' })).sendAt).toBeNull();
		const before = Date.now();
		const delayed = await decidedBy({ timing: { kind: 'delayed', delayMinutes: 90 } });
		const delayMs = Date.parse(delayed.sendAt ?? '') - before;
		expect(Math.round(delayMs / 60_000)).toBe(90);
		expect((await decidedBy({ timing: { kind: 'nextOpening' } })).sendAt).toBeNull();
		const tomorrow = new Date(Date.now() + 24 * 60 * 60_000).toISOString().slice(0, 10);
		await saveSchedule(desk.store, {
			name: 'tomorrow',
			definition: { timezone: 'UTC', shifts: { [tomorrow]: [['09:00', '12:00']] }, weekly: {} },
			isDefault: true,
		});
		const opening = `${tomorrow}T09:00:00.000Z`;
		expect((await decidedBy({ timing: { kind: 'nextOpening' } })).sendAt).toBe(opening);
		expect((await decidedBy({ outcome: 'defer' })).sendAt).toBe(opening);
		await saveSchedule(desk.store, { name: 'always', definition: { timezone: 'UTC', always: true } });
		expect((await decidedBy({ outcome: 'defer' }, 'x', { schedule: 'always' })).sendAt).toBeNull();
	});

	test.each([
		['whatsapp', 10, 1400, 1400],
		['whatsapp', 10, 1500, 1415],
		['whatsapp', 23 * 60 + 50, 30, null],
		['telegram', 10, 1500, 1500],
	] as const)(
		'over %s, %i minutes after the message, an answer delayed by %i minutes is sent while the platform takes it: after %s',
		async (platform, minutesAgo, delayMinutes, expected) => {
			const sentAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
			const messageId = await desk.receive({ platform, sentAt });
			await saveTemplate(desk.store, { template: 'hello' }, { content: 'Hello.' });
			const timing = { kind: 'delayed' as const, delayMinutes };
			const made = async (fields: Partial<RuleInput>): Promise<StoredDecision> =>
				await decideStored(desk.store, { messageId }, { rules: { rules: [rule('one', [], fields)] } });
			const { sendAt, notes } = await made({ outcome: 'reply', template: 'hello', timing });
			const minutes = sendAt === null ? null : Math.round((Date.parse(sendAt) - Date.now()) / 60_000);
			expect(minutes).toBe(expected);
			expect(notes.join().includes('takes no free text')).toBe(expected !== delayMinutes);
			const deferred = await made({ outcome: 'defer', timing });
			expect(Math.round((Date.parse(deferred.sendAt ?? '') - Date.now()) / 60_000)).toBe(delayMinutes);
		},
	);

	test('rules of the store name teams of the store: one that does not exist is refused when they are saved', async () => {
		const rules = { rules: [rule('route', [], { outcome: 'route' as const, team: 'accountants' })] };
		await expect(saveRules(desk.store, rules)).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('rules.0.team'),
		});
		await desk.sql(`insert into opsdesk.teams (tenant_id, name) values ($1, 'accountants')`, [desk.tenant]);
		expect(await saveRules(desk.store, rules)).toMatchObject({ number: 1, isNew: true, isActive: true });
		const messageId = await desk.receive();
		expect((await decideStored(desk.store, { messageId })).decision.outcome).toBe('route');
		await desk.sql(`delete from opsdesk.teams where tenant_id = $1`, [desk.tenant]);
		expect((await decideStored(desk.store, { messageId }, { again: true })).decision).toMatchObject({
			outcome: 'escalate',
			reasons: [{ code: 'rule' }, { code: 'unknown_team' }],
		});
	});
});
