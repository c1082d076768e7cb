import { decide, modelTaskOf, type DecideInput, type ReadyTexts } from './decide';
import type { Decision } from './decision';
import { buildFacts, textOf, type Content, type Surroundings } from './facts/build';
import { askModel, type Asked, type AskLimits, type ModelState } from './model/ask';
import type { Allowed } from './model/answer';
import type { Invoke } from './model/call';
import { buildPrompt, type PromptContent } from './model/prompt';
import { settleRules } from './settle-rules';
import type { CompiledRules } from './rules/compile';

/** A model that is connected, with what bounds it. */
export interface ModelUse {
	invoke: Invoke;
	/** Name and version, for the audit; a function where only its answer tells the version. */
	name: string | (() => string);
	state: ModelState;
	limits: AskLimits;
	/** What the desk wants it to know. */
	knowledge?: string;
}

export interface DecideMessageInput {
	/** In its normal form. */
	message: Content;
	surroundings?: Surroundings;
	rules: CompiledRules;
	teams: readonly string[];
	model?: ModelUse;
	texts?: ReadyTexts;
}

export interface DecidedMessage {
	decision: Decision;
	/** What it was decided with: kept, it gives the same decision again. */
	input: Omit<DecideInput, 'rules'>;
	/** What came of the model; null when it was of no use here or none is connected. */
	asked: Asked | null;
}

/**
 * Decides on a message, and asks a model first where one is connected and of use: where no rule decides, or a rule sends
 * what somebody must write. Whatever the model does or fails to do, there is a decision.
 */
export async function decideMessage(input: DecideMessageInput): Promise<DecidedMessage> {
	const { message, surroundings = {}, rules, teams, model, texts } = input;
	const facts = buildFacts(message, surroundings);
	const versions = { spamModel: surroundings.spamModel?.version ?? null };
	const base: Omit<DecideInput, 'rules'> = { facts, teams, versions, ...(texts && { texts }) };
	const task = modelTaskOf({ ...base, rules });
	if (task === 'nothing' || !model) return { decision: decide({ ...base, rules }), input: base, asked: null };
	const allowed: Allowed = { task, outcomes: rules.set.modelOutcomes, teams };
	const { actions } = settleRules(rules, facts);
	const prompt = buildPrompt(contentOf(message, surroundings), allowed, actions, model.knowledge);
	const consent = surroundings.consent?.aiAnalysis !== false;
	const asked = await askModel(model.invoke, prompt, allowed, model.state, consent, model.limits);
	const wasAsked = asked.calls > 0;
	const whole: Omit<DecideInput, 'rules'> = {
		...base,
		model: asked.part,
		versions: { ...versions, ...(wasAsked ? { prompt: prompt.hash, model: nameOf(model) } : {}) },
	};
	return { decision: decide({ ...whole, rules }), input: whole, asked };
}

const nameOf = ({ name }: ModelUse): string => (typeof name === 'string' ? name : name());

function contentOf(message: Content, { history, quoted }: Surroundings): PromptContent {
	const { sender, chat, attachments } = message;
	return {
		text: textOf(message),
		...{ senderName: sender?.name, chatTitle: chat.title, quoted },
		captions: attachments.flatMap(({ fileName, ocrText, transcription }) =>
			[fileName, ocrText, transcription].filter((text) => text !== undefined),
		),
		...(history ? { history } : {}),
	};
}
