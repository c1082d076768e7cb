import { errorMessage } from '../../../shared';
import { DecideError } from '../../errors';
import type { FactType } from '../../facts/fields';
import type { Rule } from '../definition';
import { factNameOf, factTypeOf } from '../fact-names';
import { compileCondition } from '../filter/evaluate';
import type { Condition } from '../filter/filter-value';
import { operations, withoutRight } from '../filter/operators';
import type { PatternCompiler } from '../filter/patterns';
import type { Finding, FindingCode } from './lint';

type OwnFacts = Readonly<Record<string, FactType>>;

/** What is wrong with the conditions of a rule. */
export function conditionFindings(
	rule: Rule,
	field: string,
	own: OwnFacts,
	compilePattern: PatternCompiler,
): Finding[] {
	const found = rule.when.conditions.flatMap((condition, index) => {
		const problem = problemOf(condition, rule, own, compilePattern);
		if (!problem) return [];
		const { code, part, message } = problem;
		return finding(rule, code, `${field}.when.conditions.${index}.${part}`, message);
	});
	const { confidence } = rule;
	if (typeof confidence === 'object' && factTypeOf(confidence.fact, own) !== 'number') {
		found.push(
			finding(rule, 'unknown_field', `${field}.confidence.fact`, `there is no number "${confidence.fact}"`),
		);
	}
	return found;
}

const finding = (rule: Rule, code: FindingCode, field: string, message: string): Finding => ({
	severity: 'error',
	code,
	rule: rule.id,
	field,
	message,
});

interface Problem {
	code: FindingCode;
	part: string;
	message: string;
}

function problemOf(
	condition: Condition,
	rule: Rule,
	own: OwnFacts,
	compilePattern: PatternCompiler,
): Problem | undefined {
	const { operator, leftValue } = condition;
	const name = factNameOf(leftValue);
	const type = name === undefined ? undefined : factTypeOf(name, own);
	if (type === undefined) {
		const message = `there is no fact "${name ?? String(leftValue)}"`;
		return { code: 'unknown_field', part: 'leftValue', message };
	}
	const known = operations.get(operator.type);
	if (!known?.has(operator.operation)) {
		const message = `there is no operator "${operator.type}:${operator.operation}"`;
		return { code: 'unknown_operator', part: 'operator', message };
	}
	const isStrict = rule.when.options.typeValidation === 'strict';
	if (operator.type !== type && (isStrict || !canBecome(type, operator.type))) {
		const message = `"${name}" is of type ${type} and the operator is for ${operator.type}`;
		return { code: 'wrong_type', part: 'operator', message };
	}
	if (withoutRight.has(operator.operation)) return undefined;
	if (isMissing(condition)) {
		return { code: 'bad_value', part: 'rightValue', message: 'is missing' };
	}
	try {
		compileCondition(condition, rule.when.options, compilePattern);
		return undefined;
	} catch (thrown) {
		const told = thrown instanceof DecideError ? thrown.faults[0]?.problem : undefined;
		const isPattern = /regex/i.test(operator.operation);
		const message = told ?? errorMessage(thrown);
		return { code: isPattern ? 'bad_pattern' : 'bad_value', part: 'rightValue', message };
	}
}

/** Every text contains nothing, and nothing is 0 beside a number: a field that was forgotten would hold for everybody. */
function isMissing({ rightValue, operator: { type, operation } }: Condition): boolean {
	if (rightValue === undefined || rightValue === null) return true;
	return rightValue === '' && !(type === 'string' && ['equals', 'notEquals'].includes(operation));
}

/** Every value has a text; the rest would be a guess. */
const canBecome = (type: FactType, operatorType: string): boolean =>
	operatorType === 'string' && type !== 'array';
