import { isAmbiguous, isSure, reaches } from './candidates';
import type { Actions, Candidate, Decision, ModelAbsence, Reason, Versions } from './decision';
import type { Facts } from './facts/fields';
import { guardOf } from './guards';
import { settleRules, type Settled } from './settle-rules';
import type { CompiledRules } from './rules/compile';
import type { Outcome, Stakes } from './rules/definition';
import { strangeLinks } from './text/links';

/** What a model said, read and checked. */
export interface ModelAnswer {
	outcome: Outcome;
	/** 0 … 1 */
	confidence: number;
	reason: string;
	/** What it would send. */
	text?: string | undefined;
	team?: string | undefined;
	alternative?: { outcome: Outcome; confidence: number } | undefined;
}

/** Its answer, or why there is none. */
export type ModelPart = { answer: ModelAnswer } | { absent: ModelAbsence; text: string };

export interface DecideInput {
	facts: Facts;
	rules: CompiledRules;
	/** Names of the teams there are. */
	teams: readonly string[];
	model?: ModelPart;
	texts?: ReadyTexts;
	versions?: Partial<Omit<Versions, 'rules'>>;
}

/** What a desk keeps ready to be sent. What is left out is not known, and nothing is said of it. */
export interface ReadyTexts {
	/** The entry of the FAQ that fits the message; `isSure` when no other one fits as well. */
	faq?: { question: string; answer: string; isSure: boolean };
	/** Templates that cannot be sent, with the reason. */
	unusable?: Readonly<Record<string, string>>;
}

/** What a model is needed for: to decide where no rule does, or to write what a rule sends. */
export type ModelTask = 'decide' | 'write' | 'nothing';

/** What a model would be asked for, before it is. Rules that decide alone ask for nothing. */
export function modelTaskOf({ facts, rules, texts }: DecideInput): ModelTask {
	if (guardOf(facts, rules.set) || facts['message.instructsModel'] === true) return 'nothing';
	const { decided, actions } = settleRules(rules, facts);
	if (!decided) return rules.set.modelOutcomes.length > 0 ? 'decide' : 'nothing';
	const isWritten = actions.template !== undefined || texts?.faq?.isSure === true;
	return decided.outcome === 'reply' && !isWritten ? 'write' : 'nothing';
}

/**
 * Decides on a message: guards first, then rules, then what a model said, then the default of the rule set. A model
 * never changes what a rule decided, and decides nothing that the rule set does not let it. What is not sure goes to a
 * person. The same input gives the same decision, byte for byte.
 */
export function decide(input: DecideInput): Decision {
	const { facts, rules } = input;
	const settled = settleRules(rules, facts);
	const guard = guardOf(facts, rules.set);
	if (guard) {
		const guarded: Draft = {
			...{ outcome: guard.outcome, reasons: [guard.reason], decidedBy: 'guard' },
			actions: guard.outcome === 'escalate' ? unsaid(settled.actions) : {},
		};
		return finish(input, settled, guarded);
	}
	const draft = settled.decided ? byRule(input, settled) : withoutRule(input, settled);
	return finish(input, settled, withTeam(input, withTemplate(input, draft)));
}

/** A decision in the making. */
interface Draft {
	outcome: Outcome;
	reasons: [Reason, ...Reason[]];
	decidedBy: Decision['decidedBy'];
	confidence?: number;
	runnerUp?: Candidate | null;
	actions: Actions;
	answer?: string;
	draft?: string;
}

function byRule(input: DecideInput, { decided, runnerUp, actions, stakes, reason }: Settled): Draft {
	if (!decided) throw new Error('No rule decided.');
	const base = {
		...{ reasons: [reason] as [Reason], decidedBy: 'rule' as const, runnerUp, actions },
		confidence: decided.confidence ?? 1,
	};
	const doubt = doubtOf(input, decided, runnerUp, stakes);
	if (doubt) {
		const isForPeople = decided.outcome === 'escalate' || decided.outcome === 'route';
		return inDoubt(input, isForPeople ? base : { ...base, actions: unsaid(actions) }, doubt);
	}
	if (decided.outcome !== 'reply' || actions.template !== undefined)
		return { ...base, outcome: decided.outcome };
	return written(input, base, stakes);
}

/** The rule says that an answer is sent, and a model only writes it. */
function written(input: DecideInput, base: Omit<Draft, 'outcome'>, stakes: Stakes): Draft {
	const { facts, model, rules, texts } = input;
	const toPerson = (reason: Reason): Draft => ({
		...base,
		outcome: 'escalate',
		reasons: [...base.reasons, reason],
	});
	if (facts['message.instructsModel'] === true) return toPerson(instructed);
	if (texts?.faq?.isSure === true) {
		const reason: Reason = { code: 'faq', text: `The FAQ answers it: "${texts.faq.question}".` };
		return { ...base, outcome: 'reply', reasons: [...base.reasons, reason], answer: texts.faq.answer };
	}
	if (!model || 'absent' in model) return toPerson(absence(model));
	const { text = '', confidence } = model.answer;
	if (text === '') return toPerson({ code: 'nothing_to_send', text: 'The model wrote no answer.' });
	const draft = draftOf(input, text, confidence);
	const strange = linkReason(input, text);
	if (strange) return { ...toPerson(strange), ...draft };
	const candidate: Candidate = { outcome: 'reply', by: 'model', confidence };
	if (isSure(candidate, stakes, rules.set)) return { ...base, outcome: 'reply', confidence, answer: text };
	return {
		...toPerson({ code: 'unsure', text: `The model is not sure enough of its answer (${confidence}).` }),
		...{ confidence, ...draft },
	};
}

function withoutRule(input: DecideInput, { actions, stakes }: Settled): Draft {
	const { facts, model, rules } = input;
	const none: Reason = { code: 'no_rule', text: 'No rule decides.' };
	const fallback = (reason: Reason): Draft => ({
		outcome: rules.set.otherwise.outcome,
		reasons: [none, reason],
		...{ decidedBy: 'default', confidence: 0 },
		actions: { ...actions, ...(rules.set.otherwise.team ? { team: rules.set.otherwise.team } : {}) },
	});
	if (facts['message.instructsModel'] === true) return { ...fallback(instructed), outcome: 'escalate' };
	if (!model || 'absent' in model) return fallback(absence(model));
	const { answer } = model;
	const best: Candidate = { outcome: answer.outcome, by: 'model', confidence: answer.confidence };
	const next = answer.alternative ? { ...answer.alternative, by: 'model' } : null;
	const said: Reason = { code: 'model', text: answer.reason };
	const base: Omit<Draft, 'outcome'> = {
		...{ reasons: [none, said], decidedBy: 'model', confidence: answer.confidence, runnerUp: next },
		actions: { ...actions, ...(answer.team !== undefined ? { team: answer.team } : {}) },
	};
	const draft = draftOf(input, answer.text ?? '', answer.confidence);
	const toPerson = (reason: Reason): Draft => ({
		...{ ...base, ...draft, outcome: 'escalate' as const },
		reasons: [none, said, reason],
	});
	if (!rules.set.modelOutcomes.some((outcome) => outcome === answer.outcome)) {
		return toPerson({ code: 'not_allowed', text: `A model may not decide to ${answer.outcome}.` });
	}
	if (!reaches(answer.confidence, rules.set.thresholds.draft)) {
		return toPerson({ code: 'unsure', text: `The model is not sure at all (${answer.confidence}).` });
	}
	const doubt = doubtOf(input, best, next, stakes);
	if (doubt) return inDoubt(input, { ...base, ...draft }, doubt);
	if (answer.outcome !== 'reply') return { ...base, outcome: answer.outcome };
	const strange = linkReason(input, answer.text ?? '');
	if (strange) return toPerson(strange);
	return answer.text
		? { ...base, outcome: 'reply', answer: answer.text }
		: toPerson({ code: 'nothing_to_send', text: 'The model wrote no answer.' });
}

const instructed: Reason = {
	code: 'instructs_model',
	text: 'The message speaks to a model rather than to people, so a person reads it.',
};

const absence = (model: { absent: ModelAbsence; text: string } | undefined): Reason =>
	model ? { code: model.absent, text: model.text } : { code: 'no_model', text: 'No model is connected.' };

/** Where a model was talked into a link, everybody in the chat would see it. */
function linkReason({ rules }: DecideInput, text: string): Reason | undefined {
	const links = strangeLinks(text, rules.set.modelLinks);
	return links.length === 0
		? undefined
		: { code: 'not_allowed', text: 'The answer of the model links to a host that is not allowed.' };
}

/** Kept for a person to send, unless it is a guess. */
const draftOf = ({ rules }: DecideInput, text: string, confidence: number): { draft?: string } =>
	text !== '' && reaches(confidence, rules.set.thresholds.draft) ? { draft: text } : {};

function doubtOf(
	{ rules }: DecideInput,
	best: Candidate,
	next: Candidate | null,
	stakes: Stakes,
): Reason | undefined {
	if (!isSure(best, stakes, rules.set)) {
		const text = `${best.confidence} is below ${rules.set.thresholds[stakes]}, which stakes of "${stakes}" ask for.`;
		return { code: 'unsure', text };
	}
	if (!isAmbiguous(best, next, rules.set)) return undefined;
	const told = (candidate: Candidate | null): string => `${candidate?.outcome} (${candidate?.confidence})`;
	return { code: 'ambiguous', text: `${told(best)} and ${told(next)} are too near each other.` };
}

function inDoubt({ rules }: DecideInput, base: Omit<Draft, 'outcome'>, doubt: Reason): Draft {
	const reasons: [Reason, ...Reason[]] = [...base.reasons, doubt];
	const { then, template } = rules.set.ambiguity;
	return doubt.code === 'ambiguous' && then === 'ask' && template !== undefined
		? { ...base, reasons, outcome: 'reply', actions: { ...base.actions, template } }
		: { ...base, reasons, outcome: 'escalate' };
}

/** An answer that must not be given is not what the client hears meanwhile either. */
const unsaid = ({ template: _template, timing: _timing, ...others }: Actions): Actions => others;

/** A text that cannot be sent would be silence as well. */
function withTemplate({ texts }: DecideInput, draft: Draft): Draft {
	const { template, ...others } = draft.actions;
	const unusable = texts?.unusable ?? {};
	if (template === undefined || !Object.hasOwn(unusable, template)) return draft;
	const reason: Reason = { code: 'nothing_to_send', text: unusable[template] ?? '' };
	const outcome = draft.outcome === 'reply' ? 'escalate' : draft.outcome;
	return { ...draft, outcome, reasons: [...draft.reasons, reason], actions: others };
}

/** A team that does not exist would be silence. */
function withTeam({ teams }: DecideInput, draft: Draft): Draft {
	const { team, ...others } = draft.actions;
	if (team !== undefined && !teams.includes(team)) {
		const reason: Reason = { code: 'unknown_team', text: `There is no team "${team}".` };
		const outcome = draft.outcome === 'route' ? 'escalate' : draft.outcome;
		return { ...draft, outcome, reasons: [...draft.reasons, reason], actions: others };
	}
	if (draft.outcome !== 'route' || team !== undefined) return draft;
	const reason: Reason = { code: 'unknown_team', text: 'No team is named to route the message to.' };
	return { ...draft, outcome: 'escalate', reasons: [...draft.reasons, reason] };
}

function finish({ rules, texts, versions = {} }: DecideInput, settled: Settled, draft: Draft): Decision {
	const rule = draft.decidedBy === 'rule' ? (settled.decided?.by ?? null) : null;
	return {
		outcome: draft.outcome,
		reasons: draft.reasons,
		decidedBy: draft.decidedBy,
		rule,
		alsoHeld: settled.held.filter((id) => id !== rule),
		facts: settled.facts,
		confidence: draft.confidence ?? 1,
		runnerUp: draft.runnerUp ?? null,
		actions: draft.actions,
		answer: draft.outcome === 'reply' ? (draft.answer ?? null) : null,
		draft: draft.draft ?? (draft.outcome === 'escalate' ? (texts?.faq?.answer ?? null) : null),
		versions: {
			rules: rules.version,
			spamModel: versions.spamModel ?? null,
			prompt: versions.prompt ?? null,
			model: versions.model ?? null,
		},
		trace: settled.trace,
	};
}
