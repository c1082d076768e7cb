import { z } from 'zod';

import { anonymiseContact, eraseContact, setConsent } from '../../../../src/chat';
import {
	activateSpamModel,
	decideStored,
	getDecision,
	getDecisions,
	getSpamModel,
	getSpamModels,
	giveFeedback,
	trainFromFeedback,
	type SpamExample,
} from '../../../../src/decide';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-learning');
});
afterAll(() => stand?.close());

const seeds: SpamExample[] = Array.from({ length: 60 }, (_, index) =>
	index % 2 === 0
		? { text: `win a casino bonus number ${index} now, click the link`, spam: true }
		: { text: `my invoice ${index} of last month is wrong, please look`, spam: false },
);
const stranger = (id: string) => ({ sender: { id, kind: 'contact' }, chat: { id: `c${id}` } }) as const;
const offer = 'please look at these seats for the ballet, tonight';

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	const decided = async (text: string, from = '1'): Promise<number> => {
		const messageId = await desk.receive({ ...stranger(from), text });
		await decideStored(desk.store, { messageId });
		return messageId;
	};

	test('ED-31: a correction is a row of its person: the last word counts, and other people have their own', async () => {
		const messageId = await decided(offer);
		const first = await giveFeedback(desk.store, { messageId, by: 'Olga', isSpam: true });
		expect(first).toMatchObject({ status: 'new' });
		expect(await giveFeedback(desk.store, { messageId, by: 'Olga', isSpam: true })).toEqual({
			...first,
			status: 'known',
		});
		expect(await giveFeedback(desk.store, { messageId, by: 'Olga', isSpam: false, rating: 2 })).toEqual({
			...first,
			status: 'changed',
		});
		await giveFeedback(desk.store, { decisionId: first.decisionId, by: 'Ivan', category: 'REQUEST' });
		const { feedback } = await getDecision(desk.store, { messageId });
		expect(feedback).toMatchObject([
			{ by: 'Olga', isSpam: false, rating: 2 },
			{ by: 'Ivan', category: 'REQUEST' },
		]);
		await decideStored(desk.store, { messageId }, { again: true });
		expect((await getDecision(desk.store, { messageId })).feedback).toHaveLength(2);
		expect((await getDecisions(desk.store, { withFeedback: true })).items).toHaveLength(2);
		expect((await getDecisions(desk.store, { withFeedback: false })).items).toHaveLength(0);
	});

	test('ED-31: what says nothing, or of nothing, is refused', async () => {
		const messageId = await decided(offer);
		await expect(giveFeedback(desk.store, { messageId })).rejects.toMatchObject({ code: 'invalid_input' });
		await expect(giveFeedback(desk.store, { messageId, rating: 6 })).rejects.toThrow('rating');
		await expect(giveFeedback(desk.store, { messageId: 999_999_999, rating: 1 })).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	test('ED-31: training after a correction makes another version; the old one is kept and can be had back', async () => {
		const first = await trainFromFeedback(desk.store, { seeds });
		expect(first).toMatchObject({ number: 1, isNew: true, isActive: true, examples: 60, corrected: 0 });
		const messageId = await decided(offer);
		expect(await getDecision(desk.store, { messageId })).toMatchObject({ isSpam: false });
		await giveFeedback(desk.store, { messageId, isSpam: true });
		const second = await trainFromFeedback(desk.store, { seeds });
		expect(second).toMatchObject({ number: 2, isNew: true, examples: 61, spam: 31, corrected: 1 });
		expect(await trainFromFeedback(desk.store, { seeds })).toMatchObject({ number: 2, isNew: false });
		expect((await getSpamModels(desk.store)).items.map(({ number, isActive }) => [number, isActive])).toEqual(
			[
				[2, true],
				[1, false],
			],
		);
		const again = await decideStored(desk.store, { messageId }, { again: true });
		expect(again.isSpam).toBe(true);
		expect(again.decision.versions.spamModel).toBe(second.version);
		await activateSpamModel(desk.store, first.version ?? '');
		// What a person has gone back to stays, until there is more to learn.
		expect(await trainFromFeedback(desk.store, { seeds })).toMatchObject({
			...{ number: 2, isNew: false, isActive: false, activation: 'chosen' },
		});
		expect((await decideStored(desk.store, { messageId }, { again: true })).isSpam).toBe(false);
		expect((await getSpamModel(desk.store, { version: second.version ?? '' })).model.examples.spam).toBe(31);
	});

	test('ED-31: a model that is worse on what was held out is kept and not activated, and says both figures; it can be forced', async () => {
		const say = async (text: string, isSpam: boolean): Promise<void> => {
			await giveFeedback(desk.store, { messageId: await decided(text), isSpam });
		};
		expect(await trainFromFeedback(desk.store, { seeds })).toMatchObject({
			...{ number: 1, isActive: true, activation: 'first' },
			heldOut: { model: { ham: 0, spam: 0 }, active: null },
		});
		for (const bank of ['north', 'south', 'east', 'west'])
			await say(`unpaid parcel fee of the ${bank}, open the form`, true);
		await say('please look, is the unpaid parcel fee in our books?', false);
		const worse = await trainFromFeedback(desk.store, { seeds });
		expect(worse).toMatchObject({
			...{ number: 2, isNew: true, isActive: false, activation: 'worse' },
			heldOut: {
				model: { ham: 1, hamBlocked: 1, spam: 4, spamFound: 4 },
				active: { ham: 1, hamBlocked: 0, spam: 4, spamFound: 4 },
			},
			reason:
				'The active model stays, for this one is worse. It is kept, and a person may activate it. On corrections that were held out it blocks 1 of 1 messages that are no spam, and finds 4 of 4 that are; the other one blocks 0 and finds 4.',
		});
		expect((await getSpamModel(desk.store)).number).toBe(1);
		expect(await trainFromFeedback(desk.store, { seeds })).toMatchObject({
			...{ number: 2, isNew: false, isActive: false, activation: 'worse' },
		});
		for (const thing of ['year', 'shop', 'van'])
			await say(`please look, is the unpaid parcel fee of the ${thing} in our books?`, false);
		const better = await trainFromFeedback(desk.store, { seeds });
		expect(better).toMatchObject({ number: 3, isActive: true, activation: 'notWorse' });
		expect(better.heldOut?.model.hamBlocked).toBe(0);
		await activateSpamModel(desk.store, worse.version ?? '');
		const forced = { seeds, evenIfWorse: true };
		expect(await trainFromFeedback(desk.store, forced)).toMatchObject({ number: 3, isActive: true });
		expect(await trainFromFeedback(desk.store, forced)).toMatchObject({ isActive: true, activation: 'same' });
	});

	test('ED-31: another model that becomes the active one while two are compared is compared with, too', async () => {
		await trainFromFeedback(desk.store, { seeds });
		const other = await trainFromFeedback(desk.store, { seeds: seeds.slice(0, 50), activate: false });
		expect(other).toMatchObject({ number: 2, isActive: false, activation: 'notAsked' });
		await expect(
			desk.store.call(
				'activate_spam_model',
				{ version: other.version, insteadOf: other.version },
				{ answer: z.unknown(), repeatable: true },
			),
		).rejects.toMatchObject({ code: 'conflict' });
		expect((await getSpamModel(desk.store)).number).toBe(1);
		const both = await Promise.all([
			trainFromFeedback(desk.store, { seeds: seeds.slice(0, 54) }),
			trainFromFeedback(desk.store, { seeds: seeds.slice(0, 56) }),
		]);
		expect(both.map(({ activation }) => activation)).toEqual(['notWorse', 'notWorse']);
		expect((await getSpamModels(desk.store)).items.filter(({ isActive }) => isActive)).toHaveLength(1);
	});

	test('ED-31: a correction stands against the same text among the seeds, and few examples teach nothing', async () => {
		const text = seeds[0]?.text ?? '';
		const messageId = await decided(text);
		await giveFeedback(desk.store, { messageId, isSpam: false });
		expect(await trainFromFeedback(desk.store, { seeds })).toMatchObject({ examples: 60, spam: 29 });
		expect(await trainFromFeedback(desk.store)).toMatchObject({
			examples: 1,
			skipped: 'There are 1 examples, and 40 are needed.',
		});
		expect((await getSpamModels(desk.store)).items).toHaveLength(1);
	});

	test('ED-31: messages that nobody has set right count only where that is asked for', async () => {
		await decided('when do you open tomorrow?');
		await giveFeedback(desk.store, { messageId: await decided(offer), isSpam: true });
		const counts = async (includeUncorrected: boolean): Promise<unknown> =>
			(await trainFromFeedback(desk.store, { includeUncorrected, fewest: 2, activate: false })).examples;
		expect([await counts(false), await counts(true)]).toEqual([1, 2]);
	});

	test('nothing is learnt from who was erased, became a pseudonym or does not allow it', async () => {
		for (const id of ['1', '2', '3', '4'])
			await giveFeedback(desk.store, { messageId: await decided(`${offer} ${id}`, id), isSpam: true });
		const count = async (): Promise<number> => (await trainFromFeedback(desk.store)).examples;
		const who = (id: string) => ({ identity: { platform: 'telegram', id } });
		expect(await count()).toBe(4);
		await setConsent(desk.store, who('1'), { purpose: 'ai_analysis', granted: false, source: 'test' });
		expect(await count()).toBe(3);
		await eraseContact(desk.store, who('2'), {});
		expect(await count()).toBe(2);
		await anonymiseContact(desk.store, who('3'), {});
		expect(await count()).toBe(1);
	});

	test('examples are read page by page, the newest word last', async () => {
		const [made] = await desk.sql<{ count: number }>(
			`with v as (select conversation_id, chat_id from opsdesk.messages where id = $2),
			r as (select id from opsdesk.decision_rules where tenant_id = $1 limit 1),
			m as (insert into opsdesk.messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sent_at, content)
				select $1, conversation_id, chat_id, 'bulk' || n, 'inbound', 'contact', now(), 'bulk text ' || n || ' word' || n
				from v, generate_series(1, 1200) n returning id, conversation_id),
			d as (insert into opsdesk.decisions (tenant_id, message_id, conversation_id, edition, rules_id, is_shadow, call_id, outcome,
					decided_by, confidence, decision)
				select $1, m.id, conversation_id, 'e', r.id, false, gen_random_uuid(), 'ignore', 'rule', 1, '{}' from m, r
				returning id),
			f as (insert into opsdesk.decision_feedback (tenant_id, decision_id, said_by, is_spam)
				select $1, id, 'x', id % 2 = 0 from d returning 1)
			select count(*)::int from f`,
			[desk.tenant, await decided('hello there')],
		);
		expect(made?.count).toBe(1200);
		expect(await trainFromFeedback(desk.store)).toMatchObject({ examples: 1200, spam: 600, corrected: 1200 });
	});
});
