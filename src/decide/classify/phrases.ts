import type { Signal, Vocabulary } from './vocabulary/entry';

/** What was found, and where. */
export interface Hit {
	signal: Signal;
	weight: number;
	phrase: string;
	/** The first word of it, counted from 0. */
	at: number;
	length: number;
}

interface Word {
	text: string;
	isStem: boolean;
}

interface Phrase {
	signal: Signal;
	weight: number;
	phrase: string;
	rest: readonly Word[];
}

/** Finds the phrases of a vocabulary among words, in time that does not grow with the vocabulary. */
export type PhraseFinder = (words: readonly string[]) => Hit[];

/** Prepares a vocabulary for searching. */
export function phraseFinder(vocabulary: Vocabulary): PhraseFinder {
	const byWord = new Map<string, Phrase[]>();
	const byStem = new Map<string, Phrase[]>();
	for (const { signal, weight, phrases } of vocabulary) {
		for (const phrase of phrases) {
			const [first, ...rest] = phrase.split(' ').map(wordOf);
			if (first === undefined || first.text === '') continue;
			const index = first.isStem ? byStem : byWord;
			index.set(first.text, [...(index.get(first.text) ?? []), { signal, weight, phrase, rest }]);
		}
	}
	const stemLengths = [...new Set([...byStem.keys()].map((stem) => stem.length))];
	return (words) =>
		withoutInner(
			words.flatMap((word, at) => {
				const candidates = [
					...(byWord.get(word) ?? []),
					...stemLengths.flatMap((length) =>
						length <= word.length ? (byStem.get(word.slice(0, length)) ?? []) : [],
					),
				];
				return candidates
					.filter(({ rest }) => rest.every((next, index) => isWord(next, words[at + 1 + index])))
					.map(({ signal, weight, phrase, rest }) => ({
						signal,
						weight,
						phrase,
						at,
						length: 1 + rest.length,
					}));
			}),
		);
}

/** A word within a longer phrase tells nothing of its own: "прошу прощения" asks for nothing. */
function withoutInner(hits: readonly Hit[]): Hit[] {
	const longest = new Map<number, number>();
	for (const { at, length } of hits) {
		for (let index = at; index < at + length; index += 1) {
			longest.set(index, Math.max(longest.get(index) ?? 0, length));
		}
	}
	return hits.filter(({ at, length }) => length === longest.get(at));
}

const wordOf = (text: string): Word =>
	text.endsWith('*') ? { text: text.slice(0, -1), isStem: true } : { text, isStem: false };

const isWord = ({ text, isStem }: Word, word: string | undefined): boolean =>
	word !== undefined && (isStem ? word.startsWith(text) : word === text);
