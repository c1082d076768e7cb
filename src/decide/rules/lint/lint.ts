import type { Rule, RuleSet } from '../definition';
import type { PatternCompiler } from '../filter/patterns';
import { conditionFindings } from './conditions';
import { orderFindings } from './order';

/** What is there besides the rules. What is left out is not checked. */
export interface Known {
	teams?: readonly string[];
	templates?: readonly string[];
}

export type FindingCode =
	| 'unknown_field'
	| 'unknown_operator'
	| 'wrong_type'
	| 'bad_value'
	| 'bad_pattern'
	| 'unknown_team'
	| 'unknown_template'
	| 'no_team'
	| 'no_outcome'
	| 'no_name_twice'
	| 'conflict'
	| 'dead_rule'
	| 'never_holds';

/** Something about a rule that is wrong, or is hardly meant so. */
export interface Finding {
	/** Rules with errors are refused, but for unknown teams, whose messages are escalated. */
	severity: 'error' | 'warning';
	code: FindingCode;
	rule: string;
	/** e.g. `rules.3.when.conditions.0.leftValue` */
	field: string;
	message: string;
}

/**
 * Looks for rules that cannot work, contradict each other or are never reached.
 *
 * @returns what was found, in the order of the rules
 */
export function lintRules(set: RuleSet, compilePattern: PatternCompiler, known: Known = {}): Finding[] {
	const findings = set.rules.flatMap((rule, index) => [
		...conditionFindings(rule, `rules.${index}`, set.facts, compilePattern),
		...actionFindings(rule, `rules.${index}`, known),
	]);
	return [...findings, ...settingFindings(set, known), ...orderFindings(set.rules)];
}

function actionFindings(rule: Rule, field: string, { teams, templates }: Known): Finding[] {
	const found: Finding[] = [];
	const say = (code: FindingCode, name: string, message: string): void => {
		found.push({ severity: 'error', code, rule: rule.id, field: `${field}.${name}`, message });
	};
	if (rule.outcome === undefined && rule.then === 'stop') {
		say('no_outcome', 'outcome', 'is missing in a rule that stops; let it continue, or say what it does');
	}
	if (rule.outcome === 'route' && rule.team === undefined) {
		say('no_team', 'team', 'is missing: nobody knows where to route the message');
	}
	if (rule.team !== undefined && teams && !teams.includes(rule.team)) {
		say('unknown_team', 'team', `there is no team "${rule.team}"`);
	}
	if (rule.template !== undefined && templates && !templates.includes(rule.template)) {
		say('unknown_template', 'template', `there is no template "${rule.template}"`);
	}
	return found;
}

function settingFindings({ otherwise }: RuleSet, { teams }: Known): Finding[] {
	const say = (code: FindingCode, message: string): Finding[] => [
		{ severity: 'error', code, rule: '(otherwise)', field: 'otherwise.team', message },
	];
	if (otherwise.outcome === 'route' && otherwise.team === undefined) {
		return say('no_team', 'is missing: nobody knows where to route the message');
	}
	return otherwise.team !== undefined && teams && !teams.includes(otherwise.team)
		? say('unknown_team', `there is no team "${otherwise.team}"`)
		: [];
}
