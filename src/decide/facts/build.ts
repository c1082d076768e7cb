import { DateTime } from 'luxon';

import type { Message } from '../../shared';
import { classifyMessage, type Classification } from '../classify/classify';
import { isSpam, scoreSpam, type SpamModel } from '../spam/model';
import { instructsModel } from '../text/instructions';
import { unknownLanguage, type Language } from '../text/language';
import { normaliseText } from '../text/normalise';
import type { FactName, Facts, FactValue } from './fields';

/** A message that came before, by whom. */
export interface Earlier {
	id: string;
	/** ISO 8601 */
	sentAt: string;
	author: 'contact' | 'bot' | 'person';
	text: string;
}

/** What is known of a message beside itself. What is left out becomes no fact. */
export interface Surroundings {
	sender?: {
		isVip?: boolean;
		isBlocked?: boolean;
		isKnown?: boolean;
		isFirstContact?: boolean;
		tags?: readonly string[];
		messageCount?: number;
	};
	conversation?: {
		status?: string;
		tier?: string;
		team?: string;
		isHandledByPerson?: boolean;
		/** Whether operators work in it, and nobody is to be answered. */
		isDesk?: boolean;
		/** Since when nobody has it any more, ISO 8601: what people wrote before keeps nobody silent. */
		handedBackAt?: string;
		/** Those that were decided on, where more than the history shows are on their way. */
		automaticReplies?: number;
	};
	/** In any order. */
	history?: readonly Earlier[];
	/** The text that the message answers. */
	quoted?: string;
	/** `isOpen` as the schedule of the desk says it for the time of the message. */
	time?: { timezone?: string; isOpen?: boolean; isHoliday?: boolean };
	consent?: { aiAnalysis?: boolean };
	language?: Language;
	/** In place of what the keywords say. */
	classification?: Pick<Classification, 'category' | 'confidence'>;
	spamModel?: SpamModel;
	/** Facts that the rule set declares. */
	own?: Readonly<Record<string, FactValue>>;
}

/** What is decided on: a message that says something. */
export type Content = Extract<Message, { event: 'message' | 'edit' }>;

/** How long an answer of a person keeps others silent. */
const personAnswersMs = 30 * 60_000;
/** Automatic answers further back belong to another matter. */
const loopMs = 60 * 60_000;
const link = /https?:\/\/\S|www\.\S|t\.me\/\S/i;

/** What a message says: its text, or what was heard and read in its attachments. */
export function textOf({ text, attachments }: Content): string {
	if (text !== undefined && text.trim() !== '') return text;
	return attachments.flatMap(({ transcription, ocrText }) => transcription ?? ocrText ?? []).join('\n');
}

/**
 * The facts of a message for rules. The same message and surroundings give the same facts, in whatever order the history
 * comes.
 *
 * @param message in its normal form
 */
export function buildFacts(message: Content, surroundings: Surroundings = {}): Facts {
	const { sender = {}, conversation = {}, time = {}, consent = {}, own = {} } = surroundings;
	const history = surroundings.history ?? [];
	const text = textOf(message);
	const normalised = normaliseText(text);
	const { category, confidence, isAdvertising }: Judged =
		surroundings.classification ?? classificationOf(message, text);
	const sentMs = Date.parse(message.sentAt ?? ('editedAt' in message ? message.editedAt : ''));
	const model = surroundings.spamModel;
	return withoutMissing({
		...own,
		'message.text': normalised,
		'message.original': text,
		'message.length': text.length,
		'message.type': message.type,
		'message.language': surroundings.language ?? message.language ?? unknownLanguage,
		'message.isEmpty': normalised === '',
		'message.isQuestion': normalised.includes('?') || category === 'REQUEST',
		'message.hasLink': link.test(text),
		'message.isForwarded': message.forwardedFrom !== undefined,
		'message.isReply': message.replyTo !== undefined,
		'message.attachments': message.attachments.length,
		'message.instructsModel': textsOf(message, surroundings).some(instructsModel),
		'message.sentAt': message.sentAt,
		'message.platform': message.platform,
		'message.sentiment': message.sentiment,
		'message.sentimentScore': message.sentimentScore,
		'message.intent': message.intent,
		'message.topics': message.topics,
		'message.priority': message.priority,
		'message.category': category,
		'message.categoryConfidence': confidence,
		'message.isAdvertising': isAdvertising,
		'spam.score': model && scoreSpam(model, text),
		'spam.isSpam': model && isSpam(model, text),
		'sender.kind': message.sender?.kind,
		'sender.isVip': sender.isVip,
		'sender.isBlocked': sender.isBlocked,
		'sender.isKnown': sender.isKnown,
		'sender.isFirstContact': sender.isFirstContact,
		'sender.tags': sender.tags,
		'sender.messageCount': sender.messageCount,
		'conversation.kind': message.chat.kind,
		'conversation.status': conversation.status,
		'conversation.tier': conversation.tier,
		'conversation.team': conversation.team,
		'conversation.isHandledByPerson':
			conversation.isHandledByPerson === true ||
			lastPersonAt(history) >
				Math.max(sentMs - personAnswersMs, Date.parse(conversation.handedBackAt ?? '1970')),
		'conversation.isDesk': conversation.isDesk,
		'conversation.automaticReplies': Math.max(
			automaticReplies(history, sentMs),
			conversation.automaticReplies ?? 0,
		),
		...clock(sentMs, time.timezone ?? 'UTC'),
		'time.isWorkingHours': time.isOpen,
		'time.isHoliday': time.isHoliday,
		'consent.aiAnalysis': consent.aiAnalysis,
	});
}

type Judged = Pick<Classification, 'category' | 'confidence'> &
	Partial<Pick<Classification, 'isAdvertising'>>;

/** A sticker says nothing that needs an answer; anything else without words may. */
function classificationOf(message: Content, text: string): Judged {
	return text.trim() === '' && message.type === 'sticker'
		? { category: 'SPAM', confidence: 0.7, isAdvertising: false }
		: classifyMessage(text);
}

/** Every text that comes from outside and that a model might read. */
function textsOf(message: Content, { quoted = '', history = [] }: Surroundings): string[] {
	const { sender, chat, forwardedFrom, attachments } = message;
	return [
		...[message.text, sender?.name, sender?.username, chat.title, forwardedFrom?.name, quoted],
		...attachments.flatMap(({ fileName, ocrText, transcription }) => [fileName, ocrText, transcription]),
		...history.filter(({ author }) => author === 'contact').map((earlier) => earlier.text),
	].filter((text) => text !== undefined && text !== '') as string[];
}

const lastPersonAt = (history: readonly Earlier[]): number =>
	Math.max(
		-Infinity,
		...history.filter(({ author }) => author === 'person').map(({ sentAt }) => Date.parse(sentAt)),
	);

function automaticReplies(history: readonly Earlier[], nowMs: number): number {
	const from = Math.max(lastPersonAt(history), nowMs - loopMs);
	return history.filter(({ author, sentAt }) => author === 'bot' && Date.parse(sentAt) > from).length;
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function clock(atMs: number, timezone: string): Partial<Record<FactName, FactValue>> {
	const local = DateTime.fromMillis(Number.isNaN(atMs) ? 0 : atMs, { zone: timezone });
	if (Number.isNaN(atMs) || !local.isValid) return {};
	return { 'time.hour': local.hour, 'time.weekday': weekdays[local.weekday - 1] ?? '' };
}

function withoutMissing(facts: Readonly<Record<string, FactValue | undefined>>): Facts {
	return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
