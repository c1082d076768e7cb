import { executeFilter } from 'n8n-workflow';

import {
	evaluateFilter,
	filterValueSchema,
	loadPatterns,
	type PatternCompiler,
} from '../../../../src/decide';

let patterns: PatternCompiler;
beforeAll(async () => {
	patterns = await loadPatterns();
});

const operations: Record<string, string[]> = {
	string: [
		...['exists', 'notExists', 'empty', 'notEmpty', 'equals', 'notEquals', 'contains', 'notContains'],
		...['startsWith', 'notStartsWith', 'endsWith', 'notEndsWith', 'regex', 'notRegex'],
	],
	number: ['exists', 'notExists', 'empty', 'notEmpty', 'equals', 'notEquals', 'gt', 'lt', 'gte', 'lte'],
	dateTime: [
		...['exists', 'notExists', 'empty', 'notEmpty', 'equals', 'notEquals'],
		...['after', 'before', 'afterOrEquals', 'beforeOrEquals'],
	],
	boolean: ['exists', 'notExists', 'empty', 'notEmpty', 'true', 'false', 'equals', 'notEquals'],
	array: [
		...['exists', 'notExists', 'empty', 'notEmpty', 'contains', 'notContains', 'lengthEquals'],
		...['lengthNotEquals', 'lengthGt', 'lengthLt', 'lengthGte', 'lengthLte'],
	],
	object: ['exists', 'notExists', 'empty', 'notEmpty'],
};

const values: unknown[] = [
	...['', ' ', 'abc', 'ABC', 'b', '^a.c$', '/AB/i', '0', '1', '12', '-3.5', 'true', 'False', 'null'],
	...['2026-01-05', '2026-01-05T10:00:00+03:00', 'Mon, 05 Jan 2026 07:00:00 GMT', '2026-01-05 10:00:00'],
	...[
		'Счёт',
		'счёт',
		'[]',
		'["abc",1]',
		"['abc']",
		'{}',
		'{"a":1}',
		0,
		1,
		-1,
		0.1,
		12,
		Number.NaN,
		true,
		false,
	],
	...[null, undefined, [], ['abc', 'B'], [1], {}, { a: 1 }],
];

type Verdict = boolean | 'refused';

const verdict = (evaluate: () => unknown): Verdict => {
	try {
		return Boolean(evaluate());
	} catch {
		return 'refused';
	}
};

describe.each(Object.keys(operations))('conditions on %s', (type) => {
	test.each(operations[type] ?? [])('%s says what n8n says, for every pair of values', (operation) => {
		const singleValue = ['exists', 'notExists', 'empty', 'notEmpty', 'true', 'false'].includes(operation);
		const rightType = operation.startsWith('length') ? 'number' : undefined;
		const different: string[] = [];
		for (const [left, leftValue] of values.entries()) {
			for (const [right, rightValue] of rightsOf(operation, singleValue).entries()) {
				const [caseSensitive, typeValidation, version] = optionsOf(operation, left + right);
				const filter = {
					combinator: 'and' as const,
					options: { caseSensitive, leftValue: '', typeValidation, version },
					conditions: [
						{
							...{ id: '1', leftValue, rightValue },
							operator: { type, operation, singleValue, ...(rightType ? { rightType } : {}) },
						},
					],
				};
				const theirs = verdict(() => executeFilter(filter as Parameters<typeof executeFilter>[0]));
				const ours = verdict(() => evaluateFilter(filterValueSchema.parse(filter), patterns));
				if (ours !== theirs) different.push(`${JSON.stringify(filter)}: ${ours}, n8n ${theirs}`);
			}
		}
		expect(different.slice(0, 5)).toEqual([]);
	});
});

type Options = [caseSensitive: boolean, typeValidation: 'strict' | 'loose', version: 1 | 2 | 3];

const sets: Options[] = [
	[true, 'strict', 2],
	[false, 'loose', 1],
	[true, 'loose', 2],
	[false, 'loose', 3],
];

/** Where the right value counts for nothing a few will do, and for patterns texts: n8n runs each in a context of its own. */
function rightsOf(operation: string, singleValue: boolean): unknown[] {
	if (singleValue) return values.slice(0, 4);
	return /regex/i.test(operation) ? values.slice(0, 10) : values;
}

/** They take turns, so that each meets values of every kind; patterns are looked for in every text. */
const optionsOf = (operation: string, turn: number): Options =>
	(/regex/i.test(operation) ? undefined : sets[turn % sets.length]) ?? [false, 'loose', 2];

test.each([
	['and', [true, true], true],
	['and', [true, false], false],
	['or', [false, true], true],
	['or', [false, false], false],
	['and', [], true],
	['or', [], false],
] as const)('%s of %j is %s, as n8n has it', (combinator, parts, holds) => {
	const filter = {
		combinator,
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict' as const, version: 2 as const },
		conditions: parts.map((part, index) => ({
			...{ id: String(index), leftValue: part, rightValue: '' },
			operator: { type: 'boolean' as const, operation: 'true', singleValue: true as const },
		})),
	};
	expect(evaluateFilter(filterValueSchema.parse(filter), patterns)).toBe(holds);
	expect(executeFilter(filter)).toBe(holds);
});

test('ED-11: a pattern that takes others minutes is tested in linear time', () => {
	const filter = (pattern: string, text: string) =>
		filterValueSchema.parse({
			conditions: [
				{ leftValue: text, rightValue: pattern, operator: { type: 'string', operation: 'regex' } },
			],
		});
	const begun = performance.now();
	for (const pattern of ['^(a+)+$', '(a|aa)+$', '(.*a){20}$', '(?:a?){30}a{30}$']) {
		evaluateFilter(filter(pattern, `${'a'.repeat(30_000)}!`), patterns);
	}
	expect(performance.now() - begun).toBeLessThan(10_000);
	expect(() => evaluateFilter(filter('(a)\\1', 'aa'), patterns)).toThrow('no regular expression of RE2');
	expect(() => evaluateFilter(filter('a{1000}{1000}', 'aa'), patterns)).toThrow('pattern');
});
