import { canonicalJson } from '../../hash';
import type { Rule } from '../definition';
import { factNameOf } from '../fact-names';
import type { Finding, FindingCode } from './lint';

/** What the order of rules makes of them: conflicts, rules that are never reached, and conditions that never hold. */
export function orderFindings(rules: readonly Rule[]): Finding[] {
	const fields = new Map(rules.map((rule, index) => [rule, `rules.${index}`]));
	const found = twice(rules);
	const say = (code: FindingCode, rule: Rule, message: string): void => {
		found.push({ severity: 'warning', code, rule: rule.id, field: fields.get(rule) ?? 'rules', message });
	};
	const inOrder = rules.filter(({ enabled }) => enabled).sort((one, other) => other.priority - one.priority);
	const byConditions = new Map<string, Rule>();
	let last: Rule | undefined;
	for (const rule of inOrder) {
		if (neverHolds(rule)) say('never_holds', rule, 'asks one fact to equal two values, so it never holds');
		if (last) {
			say('dead_rule', rule, `is never reached: "${last.id}" before it always holds and stops`);
			continue;
		}
		const key = conditionsOf(rule);
		const before = byConditions.get(key);
		if (before?.priority === rule.priority && isContradiction(before, rule)) {
			say('conflict', rule, `has the conditions and priority of "${before.id}" and another outcome`);
		} else if (before?.then === 'stop') {
			say('dead_rule', rule, `is never reached: "${before.id}" has the same conditions and stops`);
		}
		if (!before) byConditions.set(key, rule);
		if (rule.then === 'stop' && rule.when.conditions.length === 0) last = rule;
	}
	return found;
}

function twice(rules: readonly Rule[]): Finding[] {
	const seen = new Set<string>();
	return rules.flatMap(({ id }, index): Finding[] => {
		if (!seen.has(id)) {
			seen.add(id);
			return [];
		}
		const message = `another rule is called "${id}" already`;
		return [{ severity: 'error', code: 'no_name_twice', rule: id, field: `rules.${index}.id`, message }];
	});
}

const isContradiction = (one: Rule, other: Rule): boolean =>
	one.outcome !== undefined &&
	other.outcome !== undefined &&
	(one.outcome !== other.outcome || one.team !== other.team);

/** The same text for the same conditions, in whatever order they stand. */
function conditionsOf({ when: { combinator, conditions, options } }: Rule): string {
	const each = conditions.map(({ leftValue, operator, rightValue }) =>
		canonicalJson([factNameOf(leftValue), operator.type, operator.operation, rightValue]),
	);
	return canonicalJson([conditions.length > 1 ? combinator : 'and', options.caseSensitive, each.sort()]);
}

function neverHolds({ when: { combinator, conditions } }: Rule): boolean {
	if (combinator !== 'and') return false;
	const asked = new Map<string, unknown>();
	return conditions.some(({ leftValue, operator, rightValue }) => {
		if (operator.operation !== 'equals') return false;
		const name = `${operator.type} ${factNameOf(leftValue) ?? ''}`;
		if (asked.has(name)) return asked.get(name) !== rightValue;
		asked.set(name, rightValue);
		return false;
	});
}
