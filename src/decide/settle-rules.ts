import type { Actions, Candidate, Reason } from './decision';
import type { Facts } from './facts/fields';
import type { CompiledRules, Match, Tried } from './rules/compile';
import type { Rule, Stakes } from './rules/definition';

/** What the rules say together. */
export interface Settled {
	decided: Candidate | null;
	runnerUp: Candidate | null;
	actions: Actions;
	stakes: Stakes;
	reason: Reason;
	/** Rules that held, in their order. */
	held: readonly string[];
	facts: Facts;
	trace: readonly Tried[];
}

/**
 * Lets the rules decide: the first one that holds and names an outcome gives it; those that follow, up to one that
 * stops, only add what it leaves open.
 */
export function settleRules(rules: CompiledRules, facts: Facts): Settled {
	const { matches, trace } = rules.run(facts);
	const stopsAt = matches.findIndex(({ rule }) => rule.then === 'stop');
	const counted = stopsAt < 0 ? matches : matches.slice(0, stopsAt + 1);
	const decided = counted.find(({ rule }) => rule.outcome !== undefined);
	const other = matches.find(
		({ rule }) => decided && rule !== decided.rule && rule.outcome && rule.outcome !== decided.rule.outcome,
	);
	const merged = counted
		.map(({ rule }) => rule)
		.reduceRight<Partial<Rule>>((sum, rule) => added(sum, rule), {});
	const notify = [...new Set(counted.flatMap(({ rule }) => rule.notify ?? []))];
	return {
		decided: candidateOf(decided, facts),
		runnerUp: candidateOf(other, facts),
		actions: actionsOf(merged, notify),
		stakes: merged.stakes ?? 'standard',
		reason: { code: 'rule', text: decided ? textOf(decided.rule) : 'No rule decides.' },
		held: matches.map(({ rule }) => rule.id),
		facts: Object.assign({}, ...matches.map((match) => match.facts)) as Facts,
		trace,
	};
}

/** What the earlier rule says stands. */
const added = (later: Partial<Rule>, earlier: Rule): Partial<Rule> => ({ ...later, ...earlier });

function candidateOf(match: Match | undefined, facts: Facts): Candidate | null {
	if (match?.rule.outcome === undefined) return null;
	const { outcome, id, confidence } = match.rule;
	if (typeof confidence !== 'object') return { outcome, by: id, confidence: confidence ?? null };
	const estimate = facts[confidence.fact];
	// What is not known is not sure.
	return { outcome, by: id, confidence: typeof estimate === 'number' ? estimate : 0 };
}

function actionsOf(rule: Partial<Rule>, notify: readonly string[]): Actions {
	const { team, timing, withinMinutes, template, tone, style, length } = rule;
	return {
		...(team !== undefined ? { team } : {}),
		...(notify.length > 0 ? { notify } : {}),
		...(timing !== undefined ? { timing } : {}),
		...(withinMinutes !== undefined ? { withinMinutes } : {}),
		...(template !== undefined ? { template } : {}),
		...(tone !== undefined ? { tone } : {}),
		...(style !== undefined ? { style } : {}),
		...(length !== undefined ? { length } : {}),
	};
}

const textOf = ({ id, name, reason }: Rule): string =>
	`Rule "${name ?? id}" holds${reason === undefined ? '' : `: ${reason}`}.`;
