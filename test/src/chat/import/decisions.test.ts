import * as chat from '../../../../src/chat';
import {
	decideStored,
	explainDecision,
	getDecisions,
	summariseReplay,
	trainFromFeedback,
	type StoredDecision,
} from '../../../../src/decide';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-decisions');
});
afterAll(() => stand?.close());

const messages = { source: 'chat-company', table: 'messages' } as const;
const decisions = { source: 'chat-company', table: 'eva_decisions' } as const;
const place = (n: number) => ({ platform: 'telegram', chat_id: '4242', platform_message_id: n });
const message = (n: number) => ({
	...{ ...place(n), sender_id: '4242', sender_name: 'Anna', content: `Hello ${n}` },
	timestamp: `2026-01-05 10:00:0${n}`,
});
const row = (n: number, more: object = {}) => ({
	...{ ...place(n), id: `d-${n}`, message_id: `row-${n}`, should_respond: true, response_type: 'auto' },
	...{ confidence_score: 0.9, reasoning: 'Anna asks for a date', generated_response: 'On Monday, Anna.' },
	...{ executed: true, created_at: `2026-01-05 10:01:0${n}`, personality: 'warm to Anna' },
	...more,
});

describe.each(transportNames)('over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
		await chat.importRows(store, messages, [1, 2, 3, 4].map(message));
	});
	const kept = async (): Promise<StoredDecision[]> => (await getDecisions(store)).items;

	test('what was decided elsewhere is kept with its message, once, and can be explained', async () => {
		const rows = [
			row(1),
			row(2, {
				response_type: 'human_escalation',
				rule_matched: 'urgent_negative',
				generated_response: null,
			}),
			row(3, { should_respond: false, response_type: null, generated_response: null }),
			row(4, { response_type: 'scheduled', timing: 'delayed', delay_seconds: 90 }),
		];
		const first = await chat.importRows(store, decisions, rows);
		expect([first.counts, first.problems]).toEqual([{ created: 4 }, []]);
		const before = await kept();
		expect((await chat.importRows(store, decisions, rows)).counts).toEqual({ duplicate: 4 });
		expect(await kept()).toEqual(before);
		expect(
			before.map(({ decision, text, decidedAt, sendAt }) => [
				...[decision.outcome, decision.decidedBy, decision.rule, text, decidedAt, sendAt],
			]),
		).toEqual([
			['reply', 'model', null, 'On Monday, Anna.', '2026-01-05T10:01:04.000Z', '2026-01-05T10:02:34.000Z'],
			['ignore', 'default', null, null, '2026-01-05T10:01:03.000Z', null],
			['escalate', 'rule', 'urgent_negative', null, '2026-01-05T10:01:02.000Z', null],
			['reply', 'model', null, 'On Monday, Anna.', '2026-01-05T10:01:01.000Z', null],
		]);
		expect(before[2] && explainDecision(before[2].decision).summary).toBe(
			'A person is asked to answer, as the rule "urgent_negative" says: Anna asks for a date',
		);
	});

	test('a row with a fault is listed by its number and column, and the others are kept', async () => {
		const done = await chat.importRows(store, decisions, [
			row(1),
			row(2, { response_type: 'telepathy' }),
			row(3, { confidence_score: 7 }),
			row(4, { should_respond: null, response_type: null }),
			row(9),
			row(4, { id: 'other', confidence_score: null }),
		]);
		expect(done.counts).toEqual({ created: 2, failed: 4 });
		expect(done.problems).toEqual([
			{
				row: 2,
				field: 'response_type',
				problem: 'is none of auto, human_escalation, scheduled',
				stored: false,
			},
			{ row: 3, field: 'confidence_score', problem: 'is not between 0 and 1', stored: false },
			{ row: 4, field: 'should_respond', problem: 'is missing', stored: false },
			{
				...{ row: 5, stored: false },
				problem: 'the message of this decision is not here; import its message first',
			},
			{ row: 6, field: 'confidence_score', problem: 'is not said, and 0 is kept', stored: true },
		]);
	});

	test('it is history: nothing of it is sent, learnt from or replayed, and the same message is decided on here anew', async () => {
		await chat.importRows(store, decisions, [row(1)]);
		const [imported] = await kept();
		const own = await decideStored(store, { messageId: imported?.messageId ?? 0 });
		expect(own).toMatchObject({ status: 'new', text: null });
		expect(own.id).not.toBe(imported?.id);
		expect(await trainFromFeedback(store, { includeUncorrected: true, fewest: 2 })).toMatchObject({
			examples: 1,
		});
		expect(await summariseReplay(store, { rules: 'stored' })).toMatchObject({ replayed: 1, different: 0 });
	});

	test.each([
		['erased', chat.eraseContact],
		['a pseudonym', chat.anonymiseContact],
	])('its words go with a person who is %s', async (_, act) => {
		await chat.importRows(store, decisions, [row(1), row(2, { generated_response: null })]);
		await act(store, { identity: { platform: 'telegram', id: '4242' } }, {});
		expect(JSON.stringify(await kept())).not.toContain('Anna');
		const again = await chat.importRows(store, decisions, [row(3)]);
		expect(again.counts['created']).toBeUndefined();
	});
});
