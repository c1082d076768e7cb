import type { IDataObject } from 'n8n-workflow';

import { setConsent } from '../../../src/chat';
import { saveTemplate } from '../../../src/store';
import { client, openDecidingDesk, type DecidingDesk } from '../../src/decide/store/desk';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { chatModel, evaDecide, messageItem, writes } from './eva-decide';

let stand: Stand;
let eva: ReturnType<typeof evaDecide>;
beforeAll(async () => {
	stand = await openStand('node-eva-decide');
	eva = evaDecide(stand.supabase);
});
afterAll(() => stand?.close());

const rules = (...all: object[]): IDataObject => ({
	...{ rulesFrom: 'json', rulesJson: JSON.stringify({ rules: all }) },
});
const answersHours = rules({ id: 'hours', outcome: 'reply', template: 'hours', reason: 'a test' });

describe.each(transportNames)('over %s', (through) => {
	let desk: DecidingDesk;
	beforeEach(async () => {
		desk = await openDecidingDesk(stand, through);
		await saveTemplate(desk.store, { template: 'hours' }, { content: 'Dear {{name}}, from 9 to 18.' });
	});
	const settings = () => ({ through, tenant: desk.tenant });
	const decided = async (messageId: number, parameters: IDataObject, more: object = {}) =>
		await eva.decided({ messageFrom: 'stored', messageId, ...parameters }, { ...settings(), ...more });
	const items = async (resource: string, operation: string, more: IDataObject = {}) =>
		await eva.items({ resource, operation, ...more }, settings());
	const refusal = async (resource: string, operation: string, more: IDataObject = {}) =>
		await eva.refusal({ resource, operation, ...more }, settings());

	test('ED-21: the same message twice is one decision with the same id, and says where its answer goes', async () => {
		const id = await desk.receive({ text: 'When are you open?' });
		const first = await decided(id, answersHours);
		expect(first).toMatchObject({
			...{ output: 'reply', status: 'new', recorded: true, text: 'Dear Anna, from 9 to 18.', sendAt: null },
			...{
				messageId: id,
				key: expect.stringMatching(/^decision-/),
				target: { platform: 'telegram', chatId: '500' },
			},
		});
		const again = await decided(id, answersHours);
		expect(again).toMatchObject({ status: 'known', decisionId: first['decisionId'], key: first['key'] });
		expect(again['decision']).toEqual(first['decision']);
		expect(await desk.count('decisions')).toBe(1);
	});

	test('a message of the item is found in the store by what its platform calls it', async () => {
		await desk.receive({ id: 'm-1', text: 'Thank you!' });
		const input = messageItem('Thank you!', {
			...{ id: 'm-1', chat: { id: '500' }, account: 'helpbot', sender: { ...client } },
		});
		expect(await eva.decided({ rulesFrom: 'helpDesk' }, { ...settings(), input })).toMatchObject({
			...{ output: 'ignore', recorded: true, message: { id: 'm-1' }, decision: { rule: 'thanks' } },
		});
	});

	test('ED-22: what cannot be recorded fails the item, or goes to a person with the reason, never on its way', async () => {
		const unknown = { messageFrom: 'stored', messageId: 987_654, ...answersHours };
		expect(await refusal('message', 'decide', unknown)).toMatch(/message/i);
		const item = await eva.decided({ ...unknown, options: { whenRecordingFails: 'continue' } }, settings());
		expect(item).toMatchObject({
			...{ output: 'escalate', outcome: 'escalate', recorded: false, text: null, decision: null, key: null },
			reason: expect.stringMatching(/could not be recorded/),
		});
		await desk.sql(`alter table opsdesk.decisions rename to decisions_gone`);
		try {
			const id = await desk.receive({ text: 'When are you open?' });
			const options = { options: { whenRecordingFails: 'continue' } };
			expect(await decided(id, { ...answersHours, ...options })).toMatchObject({
				...{ output: 'escalate', recorded: false, text: null },
			});
			expect(
				await refusal('message', 'decide', { messageFrom: 'stored', messageId: id, ...answersHours }),
			).toMatch(/./);
		} finally {
			await desk.sql(`alter table opsdesk.decisions_gone rename to decisions`);
		}
	});

	test('a node that n8n tries again decides once more only once', async () => {
		const id = await desk.receive({ text: 'When are you open?' });
		await decided(id, answersHours);
		const input = [{ json: { messageId: id } }, { json: { messageId: 987_654 } }];
		const extra = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const parameters = {
			messageFrom: 'stored',
			messageId: '={{ $json.messageId }}',
			options: { again: true },
		};
		await eva.run(
			{ resource: 'message', operation: 'decide', ...answersHours, ...parameters },
			{ ...settings(), input, extra },
		);
		expect(await desk.count('decisions')).toBe(2);
	});

	test('ED-27: a shadow is stored as one, beside what really happens, and nothing of it can be sent', async () => {
		const id = await desk.receive({ text: 'When are you open?' });
		const shadow = await decided(id, { ...answersHours, options: { shadow: true } });
		expect(shadow).toMatchObject({
			...{ output: 'reply', isShadow: true, text: null, wouldSend: 'Dear Anna, from 9 to 18.' },
		});
		const real = await decided(id, rules({ id: 'all', outcome: 'defer' }));
		expect(real).toMatchObject({ output: 'defer', isShadow: false });
		expect(await desk.count('decisions')).toBe(2);
	});

	test('ED-5, ED-19, ED-29: a model takes part within budget and consent, and is named', async () => {
		const model = chatModel(writes('On Monday.'));
		const asks = { rulesFrom: 'json', rulesJson: '{}' };
		const ask = async (options: IDataObject = {}) =>
			await decided(
				await desk.receive({ text: 'When is my invoice due?' }),
				{ ...asks, options },
				{ model: model.node },
			);
		expect(await ask()).toMatchObject({
			...{ output: 'reply', text: 'On Monday.', decision: { versions: { model: 'double-2026-01' } } },
		});
		expect(JSON.stringify((await ask({ budgetTokens: 10 }))['decision'])).toContain('budget_spent');
		const refused = { purpose: 'ai_analysis', granted: false, source: 'test' } as const;
		await setConsent(desk.store, { identity: { platform: 'telegram', id: client.id } }, refused);
		expect(JSON.stringify((await ask())['decision'])).toContain('no_consent');
		expect(model.asked).toHaveLength(1);
	});

	test('a decision is explained to people, set right by them, and learnt from', async () => {
		const id = await desk.receive({ text: 'Buy cheap watches' });
		const item = await decided(id, answersHours);
		const [told] = await items('message', 'explain', {
			decisionFrom: 'id',
			decisionId: item['decisionId'] as number,
		});
		expect(told).toMatchObject({ outcome: 'reply', rule: 'hours', messageId: id });
		expect(String(told?.['summary'])).toMatch(/hours/);
		const said = { feedbackOn: 'message', messageId: id, feedback: { isSpam: true, by: 'Boris' } };
		expect(await items('message', 'giveFeedback', said)).toEqual([
			expect.objectContaining({ status: 'new' }),
		]);
		const nothing = { feedbackOn: 'message', messageId: id, feedback: {} };
		expect(await refusal('message', 'giveFeedback', nothing)).toMatch(/says nothing/);
		const [few] = await items('spamModel', 'train');
		expect(few).toMatchObject({ examples: 1, corrected: 1, skipped: expect.stringMatching(/40 are needed/) });
		const seeds = Array.from({ length: 40 }, (_, at) => ({ text: `see you at ${at}, thanks`, spam: false }));
		const options = { seeds: JSON.stringify(seeds), activate: true };
		const [trained] = await items('spamModel', 'train', { options });
		expect(trained).toMatchObject({ number: 1, isNew: true, isActive: true });
		expect(await items('spamModel', 'getMany')).toHaveLength(1);
		const version = trained?.['version'] as string;
		expect(await items('spamModel', 'activate', { version })).toEqual([expect.objectContaining({ version })]);
	});

	test('ED-28, ED-32: rules are saved as versions, activated, and replayed over what was decided', async () => {
		const save = async (set: IDataObject, options: IDataObject = {}) =>
			(await items('rules', 'save', { ...set, options }))[0];
		const first = await save(rules({ id: 'all', outcome: 'ignore' }), { note: 'the first' });
		expect(first).toMatchObject({ number: 1, isNew: true, isActive: true });
		const id = await desk.receive({ text: 'When are you open?' });
		expect(await decided(id, { rulesFrom: 'store' })).toMatchObject({
			output: 'ignore',
			decision: { rule: 'all' },
		});
		const second = await save(rules({ id: 'all', outcome: 'escalate' }), { activate: false });
		expect(second).toMatchObject({ number: 2, isActive: false });
		expect((await items('rules', 'get'))[0]).toMatchObject({ number: 1, note: 'the first' });
		expect(await items('rules', 'getVersions')).toHaveLength(2);
		const version = second?.['version'] as string;
		const [summary] = await items('rules', 'replay', { rulesFrom: 'store', options: { version } });
		expect(summary).toMatchObject({
			...{
				replayed: 1,
				different: 1,
				differences: [{ before: { outcome: 'ignore' }, after: { outcome: 'escalate' } }],
			},
		});
		const same = { rulesFrom: 'store', options: { version: 'stored' } };
		expect((await items('rules', 'replay', same))[0]).toMatchObject({ replayed: 1, different: 0 });
		expect(await items('rules', 'replay', { ...answersHours, answer: 'differences' })).toHaveLength(1);
		await items('rules', 'activate', { version });
		expect((await items('rules', 'get'))[0]).toMatchObject({ number: 2, isActive: true });
		expect(await refusal('rules', 'save', rules({ id: 'x', outcome: 'route', team: 'nobody' }))).toMatch(
			/rules\.0\.team.*nobody/,
		);
	});

	test('ED-33: an item of Decide is handed over as it is, and the operator’s answer says where it goes', async () => {
		const place = { platform: 'telegram', chatId: '-100500' };
		await items('desk', 'save', { ...place, options: { anyoneInDesk: true, idleHours: 1 } });
		expect(await items('desk', 'getMany')).toEqual([
			expect.objectContaining({ chatId: '-100500', idleHours: 1 }),
		]);
		const id = await desk.receive({ text: 'My site is down!' });
		const item = await decided(
			id,
			rules({ id: 'all', outcome: 'escalate', reason: 'a complaint', withinMinutes: 15 }),
		);
		const { output: _, ...json } = item;
		const [opened] = await eva.items(
			{ resource: 'handover', operation: 'open' },
			{ ...settings(), input: [{ json }] },
		);
		expect(opened).toMatchObject({
			...{ status: 'opened', hasDesk: true, target: { chatId: '-100500' } },
			card: { text: expect.stringMatching(/a complaint[\s\S]*Answer by/) },
		});
		const handoverId = opened?.['handoverId'] as number;
		const posted = { handoverId, ...place, externalIds: '9001' };
		expect(await items('handover', 'notePosted', posted)).toEqual([{ noted: 1 }]);
		const reply = messageItem('We are on it.', {
			id: '9002',
			chat: { id: '-100500', kind: 'group' },
			replyTo: '9001',
			account: 'default',
		});
		const [read] = await eva.items(
			{ resource: 'handover', operation: 'readOperatorMessage' },
			{ ...settings(), input: reply },
		);
		expect(read).toMatchObject({
			...{ kind: 'answer', text: 'We are on it.', handoverId, target: { chatId: '500' } },
			key: expect.stringMatching(/^operator-/),
		});
		const meanwhile = await desk.receive({ text: 'Hello?' });
		expect(await decided(meanwhile, answersHours)).toMatchObject({
			...{ output: 'ignore', decision: { reasons: [{ code: 'person_answers' }] } },
		});
		expect(await items('handover', 'getMany', { filters: { state: 'active' } })).toHaveLength(1);
		expect(await items('handover', 'handBack', { handoverId })).toEqual([
			expect.objectContaining({ changed: true, state: 'handedBack' }),
		]);
		const [taken] = await items('handover', 'takeOver', { handoverId, options: { by: 'Boris' } });
		expect(taken).toMatchObject({ state: 'held', holder: { name: 'Boris' } });
		expect((await items('handover', 'close', { handoverId }))[0]).toMatchObject({ state: 'closed' });
		expect((await items('handover', 'get', { handoverId }))[0]).toMatchObject({ state: 'closed' });
		expect(await items('desk', 'delete')).toEqual([{ deleted: true }]);
	});

	test('a model that uses the node may neither change rules nor speak as an operator, nor read what people wrote', async () => {
		const id = await desk.receive({ text: 'When are you open?' });
		const asTool = async (parameters: IDataObject) => await eva.asTool(parameters, settings());
		for (const [resource, operation] of [
			...[
				['rules', 'save'],
				['rules', 'activate'],
				['spamModel', 'train'],
				['desk', 'save'],
			],
			...[
				['handover', 'readOperatorMessage'],
				['handover', 'open'],
				['message', 'explain'],
				['message', 'giveFeedback'],
			],
		] as [string, string][])
			expect(await asTool({ resource, operation })).toMatch(/As a tool.*is not allowed/);
		const answer = await asTool({
			...{ resource: 'message', operation: 'decide', messageFrom: 'stored', messageId: id },
			...rules({
				id: 'all',
				when: {
					conditions: [{ leftValue: 'message.text', operator: { type: 'string', operation: 'exists' } }],
				},
				outcome: 'escalate',
			}),
		});
		expect(answer).toContain('escalate');
		expect(answer).not.toContain('when are you open');
	});
});
