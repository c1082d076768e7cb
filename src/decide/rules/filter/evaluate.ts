import { DecideError } from '../../errors';
import { convert } from './convert';
import type { Condition, FilterOptions, FilterValue } from './filter-value';
import { operatorOf, patternOperations, withoutRight, type Operator } from './operators';
import type { PatternCompiler } from './patterns';

/** Whether a condition holds for the value on its left. */
export type ConditionTest = (left: unknown) => boolean;

/**
 * Prepares a condition: its right value is converted, its operator and pattern are looked up, once.
 *
 * @throws DecideError `invalid_input` naming what is wrong; the test throws it for a left value of a wrong type
 */
export function compileCondition(
	condition: Condition,
	options: FilterOptions,
	compilePattern: PatternCompiler,
): ConditionTest {
	const { type, operation, rightType = type, singleValue = false } = condition.operator;
	const ignoreCase = !options.caseSensitive;
	const leftOf = (left: unknown): unknown => {
		const converted = convert(left, type, options);
		if (!converted.ok) throw wrong(`the value is no ${type} for "${operation}"`);
		return converted.value;
	};
	const converted = convert(condition.rightValue, rightType, options);
	if (!converted.ok && !singleValue && !withoutRight.has(operation)) {
		throw wrong(`the right value is no ${rightType} for "${operation}"`);
	}
	const right = converted.ok ? converted.value : undefined;
	if (operation === 'exists') return (left) => isThere(leftOf(left));
	if (operation === 'notExists') return (left) => !isThere(leftOf(left));
	if (type === 'string' && patternOperations.has(operation)) {
		return patternTest(String(right ?? ''), operation, ignoreCase, leftOf, compilePattern);
	}
	const operator = operatorOf(type, operation);
	if (!operator) throw wrong(`there is no operator ${type}:${operation}`);
	return operatorTest(operator, right, ignoreCase, leftOf);
}

function patternTest(
	pattern: string,
	operation: string,
	ignoreCase: boolean,
	leftOf: (left: unknown) => unknown,
	compilePattern: PatternCompiler,
): ConditionTest {
	const compiled = compilePattern(pattern);
	if ('problem' in compiled) throw wrong(`the pattern ${compiled.problem}`);
	const isWanted = operation === 'regex';
	return (left) => {
		const text = leftOf(left);
		const searched = typeof text === 'string' ? text : '';
		return compiled.test(ignoreCase ? searched.toLocaleLowerCase() : searched) === isWanted;
	};
}

const operatorTest =
	(
		operator: Operator,
		right: unknown,
		ignoreCase: boolean,
		leftOf: (left: unknown) => unknown,
	): ConditionTest =>
	(value) => {
		const left = leftOf(value);
		return operator({ left, right, exists: isThere(left), ignoreCase });
	};

const isThere = (value: unknown): boolean => value !== undefined && value !== null && !Number.isNaN(value);

/**
 * Evaluates a filter on the values that stand in it, as n8n's own `executeFilter` does.
 *
 * @throws DecideError `invalid_input` for a value that cannot be what its operator takes, and for an unknown operator
 */
export function evaluateFilter(filter: FilterValue, compilePattern: PatternCompiler): boolean {
	const holds = (condition: Condition): boolean =>
		compileCondition(condition, filter.options, compilePattern)(condition.leftValue);
	return filter.combinator === 'and' ? filter.conditions.every(holds) : filter.conditions.some(holds);
}

const wrong = (problem: string): DecideError =>
	new DecideError(
		'invalid_input',
		`A condition cannot be tested: ${problem}.`,
		'Choose another operator or value, or let the filter convert types.',
		[{ field: 'operator', problem }],
	);
