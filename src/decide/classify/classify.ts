import { normaliseText, wordsOf } from '../text/normalise';
import { phraseFinder, type Hit } from './phrases';
import { endingHits, isDataAlone, marksOf } from './signs';
import { english } from './vocabulary/english';
import { signals, type Signal, type Vocabulary } from './vocabulary/entry';
import { russian } from './vocabulary/russian';

export const categories = ['REQUEST', 'SPAM', 'GRATITUDE', 'CLARIFICATION'] as const;

/**
 * `REQUEST` asks for an answer. `SPAM` needs none: advertising, a bare "ok", greeting or smiley, and Telegram's `/start`. `GRATITUDE`
 * thanks and asks for nothing. `CLARIFICATION` adds to what was said before, and asks for nothing new.
 */
export type Category = (typeof categories)[number];

export interface Classification {
	category: Category;
	/** 0 … 1; below 0.5 nothing in the text speaks clearly, and the category is the safe one. */
	confidence: number;
	/** What speaks for the category, the strongest first; never empty. */
	reasons: readonly [string, ...string[]];
	/** Of SPAM: whether it advertises, rather than only assents or greets. */
	isAdvertising: boolean;
	/** The next best category, and how sure it would be. */
	runnerUp: { category: Category; confidence: number };
}

/** Words that classify Russian and English messages of an office's clients. */
export const defaultVocabulary: Vocabulary = [...russian, ...english];

/** Advertising with less than this may be a client who speaks of a discount. */
const enoughToBeAdvertising = 2;
/** Something is asked for, or is wrong. */
const enoughToAsk = 1;
/** Without any sign: a false alarm is safer than a request that nobody answers. */
const unsure = 0.4;
/** Takes part in each confidence, so that one weak sign is not certainty. */
const doubt = 0.6;
const mostReasons = 5;

type Scores = Record<Category, number>;
type Sums = Record<Signal, number>;

/** Classifies messages by words and signs alone: no model, no network, the same answer each time. */
export type Classifier = (text: string) => Classification;

/**
 * Prepares a vocabulary.
 *
 * @param vocabulary e.g. `[...defaultVocabulary, { signal: 'advertises', weight: 2, phrases: ['паркинг'] }]`
 */
export function createClassifier(vocabulary: Vocabulary): Classifier {
	const find = phraseFinder(vocabulary);
	return (text) => {
		const normalised = normaliseText(text);
		const words = wordsOf(normalised);
		if (words.length === 0 || opensChat.test(normalised)) return withoutWords(normalised);
		const hits = [...find(words), ...endingHits(words), ...marksOf(normalised, words)];
		const sums = sumsOf(hits);
		const scores = scoresOf(sums, words, hits);
		return answer(scores, hits, !isAcknowledgement(words, hits));
	};
}

let classifier: Classifier | undefined;

/**
 * What a client's message is, by rules and keywords alone (Russian and English).
 *
 * An empty text is a REQUEST that nobody is sure of: it may be a voice message or a picture. Emoji alone need no answer,
 * and thank when they are hands or hearts.
 *
 * @returns the category with a confidence of 0 … 1 and what speaks for it
 */
export function classifyMessage(text: string): Classification {
	classifier ??= createClassifier(defaultVocabulary);
	return classifier(text);
}

const thankful = /^[🙏🤝❤💖💕💗💐🌹🫶🤗\s]+$/u;
const pictographs = /\p{Extended_Pictographic}/u;
/** Telegram's button Start writes it for whoever opens a bot, also by a link (https://core.telegram.org/bots/features#deep-linking). */
const opensChat = /^\/start(?:@\w+)?(?: [\w-]{1,64})?$/;

/** Of what holds no word of the client's own. */
function withoutWords(normalised: string): Classification {
	const told = (category: Category, confidence: number, reason: string): Classification => ({
		category,
		confidence,
		reasons: [reason],
		isAdvertising: false,
		runnerUp: { category: category === 'REQUEST' ? 'SPAM' : 'REQUEST', confidence: 0 },
	});
	if (normalised === '') return told('REQUEST', 0, 'has no text, which may be a voice message or a picture');
	if (opensChat.test(normalised)) return told('SPAM', 0.9, 'only opens the chat with the bot');
	if (/[?؟❓❔]/u.test(normalised)) return told('REQUEST', 0.7, 'is a question mark');
	if (thankful.test(normalised)) return told('GRATITUDE', 0.7, 'is emoji that thank');
	if (pictographs.test(normalised)) return told('SPAM', 0.7, 'is emoji alone');
	return told('SPAM', 0.5, 'is signs without words');
}

function sumsOf(hits: readonly Hit[]): Sums {
	const sums = Object.fromEntries(signals.map((signal) => [signal, 0])) as Sums;
	// A word that is written ten times tells no more than one that is written once.
	const counted = new Set<string>();
	for (const { signal, weight, phrase } of hits) {
		if (counted.has(`${signal} ${phrase}`)) continue;
		counted.add(`${signal} ${phrase}`);
		sums[signal] += weight;
	}
	return sums;
}

function scoresOf(sums: Sums, words: readonly string[], hits: readonly Hit[]): Scores {
	const request = sums.asks + sums.reportsProblem;
	const isAdvertising = sums.advertises >= enoughToBeAdvertising && sums.advertises > request * 0.6;
	if (isAdvertising) return { REQUEST: request * 0.3, SPAM: sums.advertises, GRATITUDE: 0, CLARIFICATION: 0 };
	const isAsking = request >= enoughToAsk;
	// A question with thanks is a question, and so is a correction that ends in one.
	const besides = isAsking ? 0.25 : 1;
	const spam = isAcknowledgement(words, hits) && !isAsking ? 1.4 : sums.advertises * 0.5;
	const work = Math.min(0.4, sums.isAboutWork);
	return {
		REQUEST: request + (isAsking || sums.thanks + sums.clarifies === 0 ? work : 0),
		SPAM: spam,
		GRATITUDE: sums.thanks * besides,
		CLARIFICATION: (sums.clarifies + (isDataAlone(words) ? 1.2 : 0)) * besides,
	};
}

/** Whether all of it is greeting, assent and the like. */
function isAcknowledgement(words: readonly string[], hits: readonly Hit[]): boolean {
	const at = new Set(hits.filter(({ signal }) => signal === 'acknowledges').map((hit) => hit.at));
	return words.length <= 8 && words.every((_, index) => at.has(index));
}

const speaksFor: Readonly<Record<Category, readonly Signal[]>> = {
	REQUEST: ['asks', 'reportsProblem', 'isAboutWork'],
	SPAM: ['advertises', 'acknowledges'],
	GRATITUDE: ['thanks'],
	CLARIFICATION: ['clarifies'],
};

const spoken: Readonly<Record<Signal, string>> = {
	asks: 'asks',
	reportsProblem: 'reports a problem',
	isAboutWork: 'is about work',
	thanks: 'thanks',
	clarifies: 'adds to what was said',
	advertises: 'advertises',
	acknowledges: 'only acknowledges or greets',
};

function answer(scores: Scores, hits: readonly Hit[], saysMore: boolean): Classification {
	const ranked = categories
		.map((category) => ({ category, score: scores[category] }))
		.sort((one, other) => other.score - one.score);
	const total = ranked.reduce((sum, { score }) => sum + score, doubt);
	const [best, next] = ranked;
	const confidenceOf = (score: number): number => Math.round((score / total) * 100) / 100;
	if (best === undefined || next === undefined || confidenceOf(best.score) < 0.5) {
		return {
			category: 'REQUEST',
			confidence: unsure,
			reasons: ['nothing in it speaks clearly, so it is answered rather than missed'],
			isAdvertising: false,
			runnerUp: { category: 'CLARIFICATION', confidence: 0.2 },
		};
	}
	const own = hits
		.filter(({ signal }) => speaksFor[best.category].includes(signal))
		.sort((one, other) => other.weight - one.weight || one.at - other.at)
		.map(({ signal, phrase }) => `${spoken[signal]}: ${phrase}`);
	const [first = 'is nothing but data', ...others] = [...new Set(own)].slice(0, mostReasons);
	return {
		category: best.category,
		confidence: confidenceOf(best.score),
		reasons: [first, ...others],
		isAdvertising: best.category === 'SPAM' && saysMore,
		runnerUp: { category: next.category, confidence: confidenceOf(next.score) },
	};
}
