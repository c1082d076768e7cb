import { compileRules, decide, replay, type Kept } from '../../../src/decide';
import { factsOf } from './messages';
import { asks, rule } from './rules/sets';

const teams = ['accountants'];
const messages = 10_000;

test('ED-32: 10,000 messages are decided again with other rules, and the differences are listed', async () => {
	const before = await compileRules({
		rules: [
			rule('thanks', [asks('message.category', 'string', 'equals', 'GRATITUDE')], { outcome: 'ignore' }),
		],
	});
	const after = await compileRules({
		rules: [rule('all', [], { outcome: 'route', team: 'accountants', priority: -1 }), ...before.set.rules],
	});
	const kinds = ['Спасибо!', 'Когда акт?', 'ок'].map((text) => factsOf(text));
	const kept = Array.from({ length: messages }, (_, index): Kept => {
		const facts = kinds[index % kinds.length] ?? {};
		const { outcome, rule: held, actions } = decide({ facts, rules: before, teams });
		return { id: String(index), facts, outcome, rule: held, team: actions.team };
	});
	expect([...replay(kept, before, teams)]).toEqual([]);
	const begun = performance.now();
	const differences = [...replay(kept, after, teams)];
	expect(performance.now() - begun).toBeLessThan(10_000);
	expect(differences).toHaveLength(kept.filter(({ rule: held }) => held === null).length);
	expect(differences[0]).toEqual({
		id: '1',
		before: { outcome: 'escalate', rule: null, team: null },
		after: { outcome: 'route', rule: 'all', team: 'accountants' },
		reasons: ['Rule "all" holds.'],
	});
});

test('ED-28: what the model said then counts, and it is not asked again', async () => {
	const rules = await compileRules({});
	const model = { answer: { outcome: 'reply', confidence: 0.65, reason: 'asks', text: 'Yes.' } } as const;
	const facts = factsOf('синий трактор');
	const { outcome, rule: held } = decide({ facts, rules, teams, model });
	const kept: Kept = { id: '1', facts, model, outcome, rule: held };
	expect(outcome).toBe('reply');
	expect([...replay([kept], rules, teams)]).toEqual([]);
	const stricter = await compileRules({ thresholds: { standard: 0.7 } });
	expect([...replay([kept], stricter, teams)]).toMatchObject([
		{ before: { outcome: 'reply' }, after: { outcome: 'escalate' } },
	]);
});
