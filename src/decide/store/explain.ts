import type { Decision } from '../decision';
import type { FactValue } from '../facts/fields';

/** A decision in plain words. */
export interface ExplainedDecision {
	/** One sentence. */
	summary: string;
	/** What it was made of, a line each. */
	lines: string[];
}

const decidedBy: Record<Decision['decidedBy'], string> = {
	guard: 'a safeguard that no rule can change',
	rule: 'a rule',
	model: 'the language model, within what the rules let it decide',
	default: 'the default of the rule set',
};

const done: Record<Decision['outcome'], string> = {
	reply: 'The message is answered',
	escalate: 'A person is asked to answer',
	route: 'The message goes to a team',
	ignore: 'Nothing is answered',
	defer: 'The message is looked at again later',
};

const mostFacts = 40;
const mostTrace = 200;

/**
 * Tells a decision to people: what was decided and why, which facts were looked at, what the other rules lacked, and by which
 * versions.
 */
export function explainDecision(decision: Decision): ExplainedDecision {
	const { outcome, reasons, rule, actions, confidence, runnerUp, versions } = decision;
	const by = rule === null ? decidedBy[decision.decidedBy] : `the rule "${rule}"`;
	const team = outcome === 'route' && actions.team !== undefined ? ` "${actions.team}"` : '';
	return {
		summary: `${done[outcome]}${team}, as ${by} says: ${reasons[0].text}`,
		lines: [
			...reasons.map(({ code, text }) => `Reason (${code}): ${text}`),
			...(confidence < 1 ? [`Confidence: ${confidence}.`] : []),
			...(runnerUp
				? [
						`Next: ${runnerUp.outcome} by ${runnerUp.by}${runnerUp.confidence === null ? '' : ` (${runnerUp.confidence})`}.`,
					]
				: []),
			...factLines(decision),
			...actionLines(decision),
			...traceLines(decision),
			`Rules: version ${versions.rules.slice(0, 12)}.`,
			...(versions.spamModel === null ? [] : [`Spam model: version ${versions.spamModel.slice(0, 12)}.`]),
			versions.model === null
				? 'No language model took part.'
				: `Language model: ${versions.model}, prompt ${(versions.prompt ?? '').slice(0, 12)}.`,
		],
	};
}

const mostShown = 100;

function shown(value: FactValue | undefined): string {
	const text = JSON.stringify(value ?? null);
	return text.length > mostShown ? `${text.slice(0, mostShown - 1)}…` : text;
}

const factLines = ({ facts }: Decision): string[] =>
	Object.entries(facts)
		.slice(0, mostFacts)
		.map(([name, value]) => `Fact: ${name} is ${shown(value)}.`);

function actionLines({ actions }: Decision): string[] {
	const { notify, timing, withinMinutes, template, tone, style, length } = actions;
	const words = [
		...(notify ? [`tell ${notify.join(', ')}`] : []),
		...(withinMinutes === undefined ? [] : [`within ${withinMinutes} minutes`]),
		...(timing === undefined || timing.kind === 'immediate'
			? []
			: [timing.kind === 'delayed' ? `after ${timing.delayMinutes} minutes` : 'when the desk opens']),
		...(template === undefined ? [] : [`with the template "${template}"`]),
		...[tone, style, length].flatMap((one) => (one === undefined ? [] : [one])),
	];
	return words.length === 0 ? [] : [`Done with it: ${words.join('; ')}.`];
}

function traceLines({ trace, rule }: Decision): string[] {
	const lines = trace.flatMap(({ rule: id, matched, failed, problem }) => {
		if (id === rule) return [];
		if (matched) return [`Rule "${id}" holds as well.`];
		if (problem !== undefined) return [`Rule "${id}" could not be tried: ${problem}`];
		return [`Rule "${id}" does not hold${failed === undefined ? '' : `: condition ${failed + 1}`}.`];
	});
	const untold = lines.length - mostTrace;
	return untold > 0 ? [...lines.slice(0, mostTrace), `And ${untold} more rules.`] : lines;
}
