import { renderTemplate, type TemplateValues } from '../../store';
import type { ReadyTexts } from '../decide';
import type { Decision } from '../decision';
import type { RuleSet } from '../rules/definition';
import { templateValues } from '../text/template-values';
import type { DecisionContext } from './context';

const valuesOf = ({ message, conversation }: DecisionContext): TemplateValues =>
	templateValues({
		...{ sender: message.sender, text: message.text, platform: message.platform },
		...{ chatTitle: conversation.title, team: conversation.team },
	});

/**
 * What the desk keeps ready for this message: the entry of the FAQ that fits, and which templates of the rules cannot be
 * sent, because they are not there or lack a value.
 *
 * @param text of the message, as it is judged
 */
export function readyTexts(
	context: DecisionContext,
	{ rules, ambiguity }: RuleSet,
	text: string,
): ReadyTexts {
	const [best, next] = context.faq;
	const named = new Set(
		[...rules.map(({ template }) => template), ambiguity.template].filter((one) => one !== undefined),
	);
	const unusable = [...named].flatMap((title): [string, string][] => {
		const problem = problemOf(context, title);
		return problem === undefined ? [] : [[title, problem]];
	});
	return {
		...(best &&
			text !== '' && {
				faq: {
					question: best.question,
					answer: best.answer,
					isSure: next === undefined || next.matched.length < best.matched.length,
				},
			}),
		...(unusable.length > 0 && { unusable: Object.fromEntries(unusable) }),
	};
}

function problemOf(context: DecisionContext, title: string): string | undefined {
	const template = context.templates.find((one) => one.title === title);
	if (!template) return `There is no template "${title}".`;
	const { missing } = renderTemplate(template.content, valuesOf(context));
	return missing.length === 0
		? undefined
		: `The template "${title}" has no value for: ${missing.join(', ')}.`;
}

/** The text that goes out with a decision, and what was used for it. A text beside `escalate` is what the client hears meanwhile. */
export function textToSend(
	context: DecisionContext,
	{ outcome, answer, reasons, actions }: Decision,
): { text: string | null; templateId?: number; faqId?: number } {
	if (outcome === 'ignore') return { text: null };
	const template = context.templates.find(({ title }) => title === actions.template);
	if (template) {
		return {
			text: renderTemplate(template.content, valuesOf(context)).text,
			templateId: template.id,
		};
	}
	const [faq] = context.faq;
	const isFaq = answer !== null && faq !== undefined && reasons.some(({ code }) => code === 'faq');
	return { text: answer, ...(isFaq && { faqId: faq.id }) };
}
