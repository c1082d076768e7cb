import { compileRules, type Facts } from '../../../../src/decide';
import { factsOf } from '../messages';
import { asks, question, rule } from './sets';

const facts: Facts = { 'message.text': 'когда акт', 'message.isQuestion': true, 'message.priority': 7 };

test('ED-9: the greater priority comes first, then the order of the list, and the trace names all of them', async () => {
	const compiled = await compileRules({
		rules: [
			rule('late', [question], { priority: 1 }),
			rule('first', [question], { priority: 5 }),
			rule('second', [question], { priority: 5, outcome: 'ignore' }),
			rule('never', [asks('message.priority', 'number', 'gt', 7)], { priority: 9 }),
		],
	});
	const { matches, trace } = compiled.run(facts);
	expect(matches.map((match) => match.rule.id)).toEqual(['first', 'second', 'late']);
	expect(trace).toEqual([
		{ rule: 'never', priority: 9, matched: false, failed: 0 },
		{ rule: 'first', priority: 5, matched: true },
		{ rule: 'second', priority: 5, matched: true },
		{ rule: 'late', priority: 1, matched: true },
	]);
	expect(matches[0]?.facts).toEqual({ 'message.isQuestion': true });
});

test('ED-13: a threshold that is met exactly is met', async () => {
	const compiled = await compileRules({
		rules: [rule('gte', [asks('message.priority', 'number', 'gte', 7)])],
	});
	expect(compiled.run(facts).matches).toHaveLength(1);
});

describe('ED-10: a rule that cannot work is refused, its field named', () => {
	test.each([
		[
			'an unknown fact',
			asks('message.txt', 'string', 'contains', 'a'),
			'rules.0.when.conditions.0.leftValue',
		],
		[
			'an unknown operator',
			asks('message.text', 'string', 'like', 'a'),
			'there is no operator "string:like"',
		],
		['an unknown type', asks('message.text', 'text', 'equals', 'a'), 'there is no operator "text:equals"'],
		['an operator of another type', asks('message.text', 'number', 'gt', 1), 'is of type string'],
		['a text that was left blank', asks('message.text', 'string', 'contains', ''), 'rightValue: is missing'],
		['a pattern that was left blank', asks('message.text', 'string', 'regex', ''), 'rightValue: is missing'],
		['a number that was left blank', asks('message.priority', 'number', 'gt', ''), 'rightValue: is missing'],
		['a value that is none', asks('message.priority', 'number', 'gt', 'many'), 'conditions.0.rightValue'],
		['a bad pattern', asks('message.text', 'string', 'regex', '(a'), 'no regular expression of RE2'],
		[
			'a fact of every object',
			asks('constructor', 'string', 'equals', 'a'),
			'there is no fact "constructor"',
		],
	])('%s', async (_, condition, told) => {
		await expect(compileRules({ rules: [rule('wrong', [condition])] })).rejects.toThrow(told);
	});

	test.each([
		['a field that no rule has', { id: 'a', outcome: 'ignore', color: 'red' }, 'rules.0'],
		['an outcome that there is not', { id: 'a', outcome: 'approve' }, 'rules.0.outcome'],
		['a route to nowhere', { id: 'a', outcome: 'route' }, 'rules.0.team'],
		['a rule that stops and does nothing', { id: 'a' }, 'rules.0.outcome'],
	])('%s', async (_, wrong, field) => {
		await expect(compileRules({ rules: [wrong] })).rejects.toThrow(field);
	});
});

test('facts of the desk’s own are declared with their type', async () => {
	const compiled = await compileRules({
		facts: { 'crm.plan': 'string' },
		rules: [rule('gold', [asks('crm.plan', 'string', 'equals', 'gold')])],
	});
	expect(compiled.run({ 'crm.plan': 'gold' }).matches).toHaveLength(1);
	expect(compiled.run({}).matches).toHaveLength(0);
});

test('a condition that n8n’s editor wrote as an expression names the same fact', async () => {
	const compiled = await compileRules({
		rules: [rule('dragged', [asks('={{ $json.message.isQuestion }}', 'boolean', 'true')])],
	});
	expect(compiled.run(facts).matches).toHaveLength(1);
});

test('ED-12: names of every object’s parts are inert in facts and in JSON', async () => {
	const hostile: unknown = JSON.parse(
		'{"rules": [{"id": "a", "outcome": "ignore", "__proto__": {"outcome": "reply"}}]}',
	);
	await expect(compileRules(hostile)).rejects.toThrow('rules.0');
	for (const name of ['__proto__', 'constructor.prototype', 'a.__proto__.b']) {
		const declared: unknown = JSON.parse(`{"facts": {"${name}": "string"}}`);
		const outcome = await compileRules(declared).then(
			({ set }) => Object.keys(set.facts),
			() => 'refused',
		);
		expect(['refused', ['constructor.prototype'], []]).toContainEqual(outcome);
	}
	const compiled = await compileRules({ rules: [rule('a', [question])] });
	compiled.run(JSON.parse('{"__proto__": {"message.isQuestion": true}}') as Facts);
	expect(({} as Record<string, unknown>)['message.isQuestion']).toBeUndefined();
});

test('ED-28: the version is that of the content: an edited rule set has another, one in another order of keys has not', async () => {
	const one = await compileRules({ rules: [rule('a', [question])], name: 'x' });
	const same = await compileRules({ name: 'x', rules: [rule('a', [question])] });
	const edited = await compileRules({ name: 'x', rules: [rule('a', [question], { priority: 1 })] });
	expect(same.version).toBe(one.version);
	expect(edited.version).not.toBe(one.version);
});

test('a value that its condition cannot test is told and matches nothing', async () => {
	const compiled = await compileRules({ rules: [rule('a', [asks('message.priority', 'number', 'gte', 7)])] });
	expect(compiled.run({ 'message.priority': 'high' }).trace[0]).toMatchObject({
		matched: false,
		problem: expect.stringContaining('no number'),
	});
});

describe('ED-16: the text of a message is compared as it is read, whatever is written in the rule', () => {
	const holds = async (
		operation: string,
		value: string,
		caseSensitive: boolean,
		text: string,
	): Promise<boolean> => {
		const when = {
			conditions: [asks('message.text', 'string', operation, value)],
			options: { caseSensitive },
		};
		const compiled = await compileRules({ rules: [rule('a', [], { when })] });
		return compiled.run(factsOf(text)).matches.length > 0;
	};

	test.each([
		['contains', 'Счёт', 'Где мой счёт?'],
		['contains', 'ВОЗВРАТ', 'возврат товара'],
		['contains', 'Refund', 'A REFUND, please'],
		['contains', 'a\u200bкт', 'Пришлите акт'],
		['equals', 'Где мой Счёт?', 'где мой счет?'],
		['startsWith', 'Ещё', 'еще раз'],
		['regex', '^Счёт', 'Счёт не пришёл'],
		['regex', '/Сч[её]т|АКТ/', 'где акт'],
	])('%s %j finds %j', async (operation, value, text) => {
		for (const caseSensitive of [true, false])
			expect(await holds(operation, value, caseSensitive, text)).toBe(true);
	});

	test('and spaces around it set words apart', async () => {
		expect(await holds('contains', ' Акт ', false, 'контакт не тот')).toBe(false);
		expect(await holds('contains', ' Акт ', false, 'где Акт сверки')).toBe(true);
		expect(await holds('regex', '\\S\\D', false, '12')).toBe(false);
	});
});

test.each([
	[false, 1],
	[true, 0],
])('a pattern ignores capitals where the filter does: case sensitive %j', async (caseSensitive, found) => {
	const when = {
		conditions: [asks('message.category', 'string', 'regex', '^Spam$')],
		options: { caseSensitive },
	};
	const compiled = await compileRules({ rules: [rule('a', [], { when })] });
	expect(compiled.run({ 'message.category': 'SPAM' }).matches).toHaveLength(found);
});
