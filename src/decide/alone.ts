import type { CompiledSchedule } from '../sla';
import { renderTemplate } from '../store';
import { decideMessage, type ModelUse } from './decide-message';
import type { Decision } from './decision';
import type { Content } from './facts/build';
import type { KnownSurroundings } from './facts/known';
import { hashOf } from './hash';
import type { CompiledRules } from './rules/compile';
import type { SpamModel } from './spam/model';
import { isHoliday, sendAtOf } from './store/timing';
import { templateValues } from './text/template-values';

export interface DecideAloneInput {
	/** In its normal form. */
	message: Content;
	/** What is known besides, as the caller says it. */
	known?: KnownSurroundings;
	rules: CompiledRules;
	teams?: readonly string[];
	/** The texts that rules name. */
	templates?: Readonly<Record<string, string>>;
	schedule?: CompiledSchedule;
	spamModel?: SpamModel;
	model?: ModelUse;
	/** Milliseconds since 1970: from here on answers are delayed. */
	nowMs: number;
}

/** A decision that nobody has recorded. */
export interface LoneDecision {
	decision: Decision;
	/** What is to be sent; null: nothing. */
	text: string | null;
	/** ISO 8601; null: at once. */
	sendAt: string | null;
	/** Of the answer, for an outbox: the same for the same message. */
	key: string;
	target: {
		platform: string;
		account: string;
		chatId: string;
		chatKind: Content['chat']['kind'];
		replyTo: string;
	};
	/** What went wrong with a model, although a decision came in the end. */
	notes: readonly string[];
}

/**
 * Decides on a message without a store: by rules, keywords, a model, and what the caller says. Nothing is recorded, and
 * nothing is known that was not given.
 */
export async function decideAlone(input: DecideAloneInput): Promise<LoneDecision> {
	const { message, known = {}, rules, teams = [], templates = {}, schedule, spamModel, model, nowMs } = input;
	const texts = new Map(Object.entries(templates).map(([name, content]) => [name, filled(content, message)]));
	const { decision, asked } = await decideMessage({
		...{ message, rules, teams, texts: { unusable: unusable(rules, texts) } },
		surroundings: {
			...known,
			...(schedule && { time: { ...timeAt(schedule, message), ...known.time } }),
			...(spamModel && { spamModel }),
		},
		...(model && { model }),
	});
	const template = decision.actions.template;
	const said = decision.outcome === 'ignore' || template === undefined ? undefined : texts.get(template);
	const text = said?.text ?? decision.answer;
	const { sendAt, note } = sendAtOf(decision, schedule, nowMs, message);
	return {
		...{ decision, text, key: keyOf(message), sendAt },
		target: {
			...{ platform: message.platform, account: message.account, chatId: message.chat.id },
			...{ chatKind: message.chat.kind, replyTo: message.id },
		},
		notes: [...(asked?.notes ?? []), ...(note !== undefined && text !== null ? [note] : [])],
	};
}

type Filled = ReturnType<typeof renderTemplate>;

/** With what templates of the store may say, too. */
const filled = (content: string, { sender, chat, text, platform }: Content): Filled =>
	renderTemplate(content, templateValues({ sender, text, platform, chatTitle: chat.title }));

/** Templates that rules name and that cannot be sent, with why: a reply without a text would be silence. */
function unusable({ set }: CompiledRules, texts: ReadonlyMap<string, Filled>): Record<string, string> {
	const named = [...set.rules.map(({ template }) => template), set.ambiguity.template];
	const problems = named.flatMap((name): [string, string][] => {
		if (name === undefined) return [];
		const text = texts.get(name);
		if (!text) return [[name, `There is no template "${name}".`]];
		const { missing } = text;
		return missing.length === 0
			? []
			: [[name, `The template "${name}" has no value for: ${missing.join(', ')}.`]];
	});
	return Object.fromEntries(problems);
}

function timeAt(schedule: CompiledSchedule, message: Content): NonNullable<KnownSurroundings['time']> {
	const sentMs = Date.parse(message.sentAt ?? ('editedAt' in message ? message.editedAt : ''));
	const [isOpen, isClosed] = [schedule.isOpen(sentMs), isHoliday(schedule, sentMs)];
	return { timezone: schedule.timezone, isOpen, isHoliday: isClosed };
}

/** Numbers of chats may be telephones, and a key is kept for a month. */
function keyOf({ platform, account, chat, id, revision }: Content): string {
	return `decision-${hashOf([platform, account, chat.id, id, revision]).slice(0, 32)}`;
}
