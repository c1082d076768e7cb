import { compileRules, decide, parseDecision, type Decision } from '../../../src/decide';
import { asks, rule } from './rules/sets';

const decision = async (): Promise<Decision> => {
	const timing = { kind: 'delayed' as const, delayMinutes: 5 };
	const rules = await compileRules({
		rules: [
			rule('vip', [asks('sender.isVip', 'boolean', 'true')], { priority: 5 }),
			rule('all', [], { timing, notify: ['admin'], withinMinutes: 5, template: 'wait' }),
		],
	});
	return decide({ facts: { 'message.text': 'help', 'sender.tags': ['new'] }, rules, teams: [] });
};

test('a decision that was kept as JSON is read as it was', async () => {
	const made = await decision();
	expect(parseDecision(JSON.parse(JSON.stringify(made)))).toEqual(made);
});

test.each([
	['no reasons', { reasons: [] }, /reasons/],
	['a reason of a kind that there is not', { reasons: [{ code: 'mood', text: 'x' }] }, /reasons\.0\.code/],
	['a fact that is none', { facts: { 'crm.plan': { name: 'gold' } } }, /facts.*must be a text/],
	['a timing that is none', { actions: { timing: { kind: 'later' } } }, /actions\.timing/],
	['actions of another kind', { actions: { team: 7 } }, /actions\.team/],
	['a trace without its rules', { trace: [{ matched: true }] }, /trace\.0\.rule/],
])('with %s it is refused, by name', async (_what, faulty, expected) => {
	const made: object = { ...(await decision()), ...faulty };
	expect(() => parseDecision(made)).toThrow(expected);
});
