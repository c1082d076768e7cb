import { decide } from './decide';
import type { DecideInput, ModelPart, ReadyTexts } from './decide';
import type { Facts } from './facts/fields';
import type { CompiledRules } from './rules/compile';
import type { Outcome } from './rules/definition';

/** What was kept of a decision. */
export interface Kept {
	/** Of the message. */
	id: string;
	facts: Facts;
	/** What the model said then; it is not asked again. */
	model?: ModelPart;
	/** What was ready to be sent then. */
	texts?: ReadyTexts;
	/** What was decided then. */
	outcome: Outcome;
	rule: string | null;
	team?: string | undefined;
}

/** A message that would be dealt with in another way. */
export interface Difference {
	id: string;
	before: { outcome: Outcome; rule: string | null; team: string | null };
	after: { outcome: Outcome; rule: string | null; team: string | null };
	/** Why it would be. */
	reasons: readonly string[];
}

/**
 * Decides again on what was decided before, with other rules. Nothing is sent and nobody is asked. A message whose
 * outcome and team stay the same is no difference, whichever rule gave them.
 *
 * @param kept one after the other, so that any number of them takes no more memory than their differences
 */
export function* replay(
	kept: Iterable<Kept>,
	rules: CompiledRules,
	teams: readonly string[],
): Generator<Difference> {
	for (const one of kept) {
		const difference = differenceOf(one, rules, teams);
		if (difference) yield difference;
	}
}

/** Decides once more on one of them. @returns undefined where the same would be done */
export function differenceOf(
	{ id, facts, model, texts, outcome, rule, team: formerTeam }: Kept,
	rules: CompiledRules,
	teams: readonly string[],
): Difference | undefined {
	const input: DecideInput = { facts, rules, teams, ...(model && { model }), ...(texts && { texts }) };
	const again = decide(input);
	const team = formerTeam ?? null;
	const after = { outcome: again.outcome, rule: again.rule, team: again.actions.team ?? null };
	if (after.outcome === outcome && after.team === team) return undefined;
	return { id, before: { outcome, rule, team }, after, reasons: again.reasons.map(({ text }) => text) };
}
