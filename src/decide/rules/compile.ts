import { DecideError, invalidInput } from '../errors';
import type { Facts } from '../facts/fields';
import { hashOf } from '../hash';
import { normaliseText } from '../text/normalise';
import { parseRuleSet, type Rule, type RuleSet } from './definition';
import { factNameOf } from './fact-names';
import { compileCondition, type ConditionTest } from './filter/evaluate';
import type { Condition } from './filter/filter-value';
import { patternOperations } from './filter/operators';
import { ignoringCase, loadPatterns, type PatternCompiler } from './filter/patterns';
import { lintRules, type Known } from './lint/lint';

interface CompiledCondition {
	fact: string;
	test: ConditionTest;
	condition: Condition;
}

interface CompiledRule {
	rule: Rule;
	isAnd: boolean;
	conditions: readonly CompiledCondition[];
}

/** What became of a rule. */
export interface Tried {
	rule: string;
	priority: number;
	matched: boolean;
	/** The condition that did not hold, from 0, where the rule did not match for one. */
	failed?: number;
	/** A value that its condition cannot test. */
	problem?: string;
}

/** A rule that holds, with the facts its conditions read. */
export interface Match {
	rule: Rule;
	facts: Facts;
}

export interface Run {
	/** The greater priority first, then by the order of the list. */
	matches: readonly Match[];
	/** Every enabled rule in that order. */
	trace: readonly Tried[];
}

/** A rule set that was read, checked and prepared. */
export interface CompiledRules {
	set: RuleSet;
	/** SHA-256 of the rule set as JSON, in hexadecimal digits. */
	version: string;
	/**
	 * Tries every rule.
	 *
	 * @param facts what is known; a missing fact is a missing value, which `exists` can ask for
	 */
	run(facts: Facts): Run;
}

/**
 * Prepares a rule set for use.
 *
 * @param known what there is besides, such as teams; what is left out is not checked
 * @throws DecideError `invalid_input` for what is no rule set, and for rules that can never do what they say: unknown
 * fields, operators and patterns, each with its field
 */
export async function compileRules(input: unknown, known: Known = {}): Promise<CompiledRules> {
	const set = parseRuleSet(input);
	const compilePattern = await loadPatterns();
	const faults = lintRules(set, compilePattern, known)
		.filter(({ severity, code }) => severity === 'error' && code !== 'unknown_team')
		.map(({ field, message }) => ({ field, problem: message }));
	if (faults.length > 0) throw invalidInput('rule set', faults);
	const rules = set.rules
		.filter(({ enabled }) => enabled)
		.map((rule) => compileRule(rule, compilePattern))
		.sort((one, other) => other.rule.priority - one.rule.priority);
	return { set, version: hashOf(set), run: (facts) => runAll(rules, facts) };
}

function compileRule(rule: Rule, compilePattern: PatternCompiler): CompiledRule {
	const { combinator, conditions, options } = rule.when;
	return {
		rule,
		isAnd: combinator === 'and' || conditions.length === 0,
		conditions: conditions.map((condition) => {
			const fact = factNameOf(condition.leftValue) ?? '';
			const { caseSensitive } = options;
			const test = compileCondition(asRead(condition, fact, caseSensitive), options, compilePattern);
			return { fact, test, condition };
		}),
	};
}

/**
 * A condition as its fact is written: the text of a message is compared with a normalised one, and what has no capitals, or ignores
 * them, with a pattern that ignores them. Otherwise "Счёт" would be found in no message.
 */
function asRead(condition: Condition, fact: string, caseSensitive: boolean): Condition {
	const { rightValue: right, operator } = condition;
	if (typeof right !== 'string' || operator.type !== 'string') return condition;
	const isText = fact === 'message.text';
	if (!patternOperations.has(operator.operation))
		return isText ? { ...condition, rightValue: normalisedPart(right) } : condition;
	if (caseSensitive && !isText) return condition;
	return { ...condition, rightValue: ignoringCase(isText ? right.replace(/ё/gi, 'е') : right) };
}

/** Spaces around it may set words apart. */
function normalisedPart(text: string): string {
	const space = (at: RegExp): string => (at.test(text) ? ' ' : '');
	return `${space(/^\s/)}${normaliseText(text)}${space(/\s$/)}`;
}

function runAll(rules: readonly CompiledRule[], facts: Facts): Run {
	const matches: Match[] = [];
	const trace = rules.map((compiled): Tried => {
		const { rule } = compiled;
		const tried = { rule: rule.id, priority: rule.priority };
		let failed: number;
		try {
			failed = firstFailed(compiled, facts);
		} catch (thrown) {
			if (!(thrown instanceof DecideError)) throw thrown;
			return { ...tried, matched: false, problem: thrown.message };
		}
		if (failed >= 0) return { ...tried, matched: false, failed };
		matches.push({ rule, facts: factsOf(compiled, facts) });
		return { ...tried, matched: true };
	});
	return { matches, trace };
}

/** -1 when the rule holds. */
function firstFailed({ isAnd, conditions }: CompiledRule, facts: Facts): number {
	for (const [index, { fact, test }] of conditions.entries()) {
		if (test(facts[fact]) !== isAnd) return isAnd ? index : -1;
	}
	return isAnd ? -1 : conditions.length - 1;
}

const factsOf = ({ conditions }: CompiledRule, facts: Facts): Facts =>
	Object.fromEntries(conditions.map(({ fact }) => [fact, facts[fact] ?? null]));
