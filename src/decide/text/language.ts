/** A language code such as `ru`, or `unknown`. */
export type Language = string;

export const unknownLanguage = 'unknown';

/** Tells the language of a text. */
export type LanguageDetector = (text: string) => Language;

interface Guess {
	lang: string;
	accuracy: number;
}

/** Longer texts are told by their beginning. */
const mostCharacters = 2000;
const fewestLetters = 2;
/** The library's own measure; short chat texts stay far below 1. */
const leastAccuracy = 0.08;
const leadOverNext = 1.8;
/** From so many words on, what the library says of a text counts even when it is another Cyrillic language. */
const wordsThatTell = 4;

/** Letters that one language has and its neighbours have not. */
const tellingLetters: readonly (readonly [RegExp, Language])[] = [
	[/[їєґ]/iu, 'uk'],
	[/ў/iu, 'be'],
	[/[ђћљњџ]/iu, 'sr'],
	[/[әғқңөұһ]/iu, 'kk'],
];

/**
 * Loads the detector (tinyld: 0.2 s and 12 MB on first use).
 *
 * Short texts of chats say little: where the library is not sure, the alphabet decides among the languages that a desk
 * expects, and where it cannot either, the language is `unknown`.
 *
 * @param expected codes of the languages that clients of the desk write
 */
export async function loadLanguageDetector(
	expected: readonly string[] = ['ru', 'en'],
): Promise<LanguageDetector> {
	const { detectAll } = await import('tinyld');
	return (text) => {
		const head = text.slice(0, mostCharacters).replace(/https?:\/\/\S+|\S+@\S+/g, ' ');
		const cyrillic = head.match(/\p{Script=Cyrillic}/gu)?.length ?? 0;
		const latin = head.match(/\p{Script=Latin}/gu)?.length ?? 0;
		const letters = head.match(/\p{L}/gu)?.length ?? 0;
		if (letters < fewestLetters) return unknownLanguage;
		const guesses: Guess[] = detectAll(head);
		if (cyrillic * 2 > letters) return cyrillicLanguage(head, guesses, expected);
		const [best, next] = guesses;
		if (best && best.accuracy >= leastAccuracy && best.accuracy >= (next?.accuracy ?? 0) * leadOverNext) {
			return best.lang;
		}
		return latin * 2 > letters ? latinLanguage(guesses, expected) : unknownLanguage;
	};
}

/** Each of them is the library's guess for one short Russian text or another, so it must be sure of the others. */
function cyrillicLanguage(text: string, guesses: readonly Guess[], expected: readonly string[]): Language {
	const told = tellingLetters.find(([letters]) => letters.test(text));
	if (told) return told[1];
	if (/[ыэъ]/iu.test(text) && !/[іў]/iu.test(text)) return 'ru';
	const [best, next] = guesses;
	const isSure = best !== undefined && best.accuracy >= (next?.accuracy ?? 0) * leadOverNext;
	const words = text.match(/\p{L}+/gu)?.length ?? 0;
	if (isSure && (best.lang === 'ru' || words >= wordsThatTell)) return best.lang;
	if (/і/iu.test(text)) return unknownLanguage;
	const own = expected.filter((language) => cyrillicLanguages.has(language));
	return own.length === 1 ? (own[0] ?? unknownLanguage) : unknownLanguage;
}

const cyrillicLanguages = new Set(['ru', 'uk', 'be', 'bg', 'sr', 'mk', 'kk', 'mn', 'tg']);

/** An expected language is believed when it is among the guesses, and no other expected one is near it. */
function latinLanguage(guesses: readonly Guess[], expected: readonly string[]): Language {
	const [best, next] = guesses.filter(({ lang }) => expected.includes(lang) && !cyrillicLanguages.has(lang));
	if (!best || best.accuracy < leastAccuracy) return unknownLanguage;
	return best.accuracy >= (next?.accuracy ?? 0) * leadOverNext ? best.lang : unknownLanguage;
}
