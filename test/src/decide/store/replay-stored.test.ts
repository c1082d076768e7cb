import {
	decideStored,
	replayStored,
	saveRules,
	summariseReplay,
	type ReplayTotals,
	type RuleSetInput,
	type StoredDifference,
} from '../../../../src/decide';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { modelOf, scripted } from '../model/models';
import { asks, question, rule } from '../rules/sets';
import { openDecidingDesk, type DecidingDesk } from './desk';
import { copyDecisions } from './many';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-replay');
});
afterAll(() => stand?.close());

const toPerson: RuleSetInput = { rules: [rule('all', [])] };
const answersQuestions: RuleSetInput = {
	rules: [
		rule('questions', [question], { outcome: 'reply', priority: 5 }),
		rule('thanks', [asks('message.category', 'string', 'equals', 'GRATITUDE')], { outcome: 'ignore' }),
	],
};

async function all(
	store: Store,
	options: Parameters<typeof replayStored>[1] = {},
): Promise<{ found: StoredDifference[]; totals: ReplayTotals }> {
	const found: StoredDifference[] = [];
	const differences = replayStored(store, options);
	for (;;) {
		const { done, value } = await differences.next();
		if (done === true) return { found, totals: value };
		found.push(value);
	}
}

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	const decided = async (text: string, options?: Parameters<typeof decideStored>[2]): Promise<number> => {
		const messageId = await desk.receive({ text });
		await decideStored(desk.store, { messageId }, options);
		return messageId;
	};

	test('ED-28: each decision comes out the same, byte for byte, by the rules and the model’s answer of then', async () => {
		const model = scripted({ outcome: 'reply', confidence: 0.65, reason: 'it asks', text: 'Tomorrow.' });
		const { state: _, ...use } = modelOf(model.invoke);
		await saveRules(desk.store, toPerson);
		await decided('Where is my invoice?');
		await saveRules(desk.store, { rules: [] });
		await decided('синий трактор', { model: use });
		await saveRules(desk.store, answersQuestions);
		await decided('Спасибо!');
		const asked = model.prompts.length;
		expect(asked).toBe(1);
		expect(await all(desk.store)).toEqual({
			found: [],
			totals: { replayed: 3, different: 0, withoutWords: 0 },
		});
		expect(model.prompts).toHaveLength(asked);
		await desk.sql(
			`update opsdesk.decisions set decision = jsonb_set(decision, '{confidence}', '0.5') where tenant_id = $1 and rule = 'all'`,
			[desk.tenant],
		);
		expect((await all(desk.store)).totals).toMatchObject({ replayed: 3, different: 1 });
	});

	test('ED-32: other rules are tried on what was decided: the differences are listed, nothing is sent or recorded', async () => {
		const { version } = await saveRules(desk.store, toPerson);
		const messageId = await decided('Спасибо!');
		await decided('Когда акт?');
		const before = await desk.count('decisions');
		const { found, totals } = await all(desk.store, { rules: answersQuestions });
		expect(totals).toEqual({ replayed: 2, different: 1, withoutWords: 0 });
		expect(found).toMatchObject([
			{
				id: String(messageId),
				before: { outcome: 'escalate', rule: 'all', team: null },
				after: { outcome: 'ignore', rule: 'thanks', team: null },
				reasons: ['Rule "thanks" holds.'],
			},
		]);
		expect((await all(desk.store, { rules: version })).found).toEqual([]);
		expect((await all(desk.store, { rules: 'active' })).found).toEqual([]);
		expect([await desk.count('decisions'), await desk.count('outbox')]).toEqual([before, 0]);
		expect(await desk.count('decision_rules')).toBe(1);
		await expect(all(desk.store, { rules: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'not_found' });
		await expect(all(desk.store, { rules: 'newest' })).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('of a message that was decided several times the last decision counts, and shadows do not', async () => {
		const messageId = await decided('Спасибо!', { rules: toPerson });
		await decideStored(desk.store, { messageId }, { rules: answersQuestions });
		await decideStored(desk.store, { messageId }, { rules: { rules: [] }, shadow: true });
		expect(await all(desk.store, { rules: answersQuestions })).toEqual({
			found: [],
			totals: { replayed: 1, different: 0, withoutWords: 0 },
		});
	});

	test('a template that new rules name and that is not there is told as what it would be', async () => {
		await decided('Когда акт?', { rules: toPerson });
		const rules = { rules: [rule('all', [], { outcome: 'reply' as const, template: 'hello' })] };
		expect((await all(desk.store, { rules })).found).toEqual([]);
		await desk.sql(`insert into opsdesk.templates (tenant_id, title, content) values ($1, 'hello', 'Hi')`, [
			desk.tenant,
		]);
		expect((await all(desk.store, { rules })).found).toMatchObject([{ after: { outcome: 'reply' } }]);
	});
});

test('ED-32: 10,000 stored decisions are made again within seconds and the memory of a page', async () => {
	const desk = await openDecidingDesk(stand, 'postgres');
	await saveRules(desk.store, toPerson);
	for (const text of ['Спасибо!', 'Когда акт?', 'ок', 'Пришлите счёт за июнь'])
		await decideStored(desk.store, { messageId: await desk.receive({ text }) });
	await copyDecisions(desk, 10_000);
	const begun = performance.now();
	const summary = await summariseReplay(desk.store, { rules: answersQuestions, examples: 3 });
	expect(performance.now() - begun).toBeLessThan(20_000);
	expect(summary).toMatchObject({ replayed: 10_000, different: 2500, withoutWords: 0 });
	expect(summary.changes).toEqual([{ before: 'escalate', after: 'ignore', count: 2500 }]);
	expect(summary.examples).toHaveLength(3);
	expect(await summariseReplay(desk.store, { most: 700 })).toMatchObject({ replayed: 700, different: 0 });
	const signal = AbortSignal.abort(new Error('given up'));
	await expect(summariseReplay(desk.store, { signal })).rejects.toThrow('given up');
});
