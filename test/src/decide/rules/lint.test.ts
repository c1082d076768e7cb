import {
	chatCompanyRules,
	helpDeskRules,
	lintRules,
	loadPatterns,
	parseRuleSet,
	type RuleSetInput,
} from '../../../../src/decide';
import { asks, question, rule } from './sets';

const findings = async (input: RuleSetInput, known = {}) =>
	lintRules(parseRuleSet(input), await loadPatterns(), known).map(({ code, rule: id }) => `${code} ${id}`);

test.each([
	[
		'two outcomes for the same conditions',
		[rule('a', [question]), rule('b', [question], { outcome: 'ignore' })],
		['conflict b'],
	],
	[
		'the same conditions later',
		[rule('a', [question], { priority: 2 }), rule('b', [question])],
		['dead_rule b'],
	],
	[
		'a rule behind one that always holds',
		[rule('a', [], { priority: 2 }), rule('b', [question])],
		['dead_rule b'],
	],
	[
		'two values of one fact',
		[
			rule('a', [
				asks('message.type', 'string', 'equals', 'text'),
				asks('message.type', 'string', 'equals', 'voice'),
			]),
		],
		['never_holds a'],
	],
	['two rules of one name', [rule('a', [question]), rule('a', [])], ['no_name_twice a']],
	[
		'what only adds, before what decides',
		[rule('a', [question], { then: 'continue' }), rule('b', [], { outcome: 'ignore' })],
		[],
	],
])('finds %s', async (_, rules, codes) => {
	expect(await findings({ rules })).toEqual(codes);
});

test('ED-25: a team or template that does not exist is found when rules are saved', async () => {
	const rules = [
		rule('a', [question], { outcome: 'route', team: 'moon' }),
		rule('b', [], { outcome: 'reply', template: 'hello' }),
	];
	const known = { teams: ['accountants'], templates: ['bye'] };
	expect(await findings({ rules, otherwise: { outcome: 'route', team: 'sun' } }, known)).toEqual([
		...['unknown_team a', 'unknown_template b', 'unknown_team (otherwise)'],
	]);
});

test.each([
	['the chat company', chatCompanyRules],
	['the help desk', helpDeskRules],
])('the default rules of %s are sound and plain JSON', async (_, rules) => {
	expect(await findings(rules)).toEqual([]);
	expect(JSON.parse(JSON.stringify(rules))).toEqual(rules);
});
