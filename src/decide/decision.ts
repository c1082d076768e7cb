import type { Facts } from './facts/fields';
import type { Tried } from './rules/compile';
import type { Outcome, Timing } from './rules/definition';

const modelAbsences = [
	'no_model',
	'no_consent',
	'budget_spent',
	'breaker_open',
	'model_timed_out',
	'model_failed',
	'model_unreadable',
] as const;
/** Why no model took part. */
export type ModelAbsence = (typeof modelAbsences)[number];

export const reasonCodes = [
	'person_answers',
	'desk',
	'loop',
	'rule',
	'model',
	'faq',
	'no_rule',
	'unsure',
	'ambiguous',
	'unknown_team',
	'nothing_to_send',
	'not_allowed',
	'instructs_model',
	/** The words of another system that has decided. */
	'imported',
	...modelAbsences,
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Why a decision is what it is: `code` to count by, `text` for people. */
export interface Reason {
	code: ReasonCode;
	text: string;
}

/** A decision without a reason cannot be written down. */
export type Reasons = readonly [Reason, ...Reason[]];

export interface Candidate {
	outcome: Outcome;
	/** The rule, or `model`. */
	by: string;
	/** 0 … 1; null for a rule that is no estimate. */
	confidence: number | null;
}

/** What is done beside the outcome. */
export interface Actions {
	team?: string;
	notify?: readonly string[];
	timing?: Timing;
	withinMinutes?: number;
	template?: string;
	tone?: string;
	style?: string;
	length?: string;
}

/** What a decision was made with, for the audit and for replay. */
export interface Versions {
	/** SHA-256 of the rule set. */
	rules: string;
	spamModel: string | null;
	/** SHA-256 of the prompt as it was sent; null when no model was asked. */
	prompt: string | null;
	/** Name and version of the language model. */
	model: string | null;
}

/** What is done with a message, and why. */
export interface Decision {
	outcome: Outcome;
	reasons: Reasons;
	decidedBy: 'guard' | 'rule' | 'model' | 'default';
	/** The rule that decided. */
	rule: string | null;
	/** Other rules that held, in their order; those after a rule that stops added nothing. */
	alsoHeld: readonly string[];
	/** What the rules that held had read. */
	facts: Facts;
	/** 0 … 1 */
	confidence: number;
	runnerUp: Candidate | null;
	actions: Actions;
	/** What is sent. */
	answer: string | null;
	/** What a model or the FAQ proposes and a person may send. */
	draft: string | null;
	versions: Versions;
	trace: readonly Tried[];
}
