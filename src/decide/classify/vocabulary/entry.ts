/** What words tell of a message. */
export const signals = [
	'asks',
	'reportsProblem',
	'isAboutWork',
	'thanks',
	'clarifies',
	'advertises',
	'acknowledges',
] as const;
export type Signal = (typeof signals)[number];

/** Words with what they tell. All are written in lower case, with `е` for `ё`. */
export interface VocabularyEntry {
	signal: Signal;
	/** How much each of them tells: 1 is a clear sign, 2 is enough alone. */
	weight: number;
	/** Words and phrases; a `*` at the end of a word stands for any ending. */
	phrases: readonly string[];
}

export type Vocabulary = readonly VocabularyEntry[];

/** Entries of one signal from lists separated by commas, by weight. */
export function entries(signal: Signal, byWeight: Readonly<Record<string, string>>): VocabularyEntry[] {
	return Object.entries(byWeight).map(([weight, list]) => ({
		signal,
		weight: Number(weight),
		phrases: list
			.split(',')
			.map((phrase) => phrase.trim().replace(/\s+/g, ' '))
			.filter((phrase) => phrase !== ''),
	}));
}
