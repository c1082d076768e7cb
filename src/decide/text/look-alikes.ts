/** A Latin letter and the Cyrillic one that looks the same. */
const pairs = ['AА', 'BВ', 'CС', 'EЕ', 'HН', 'KК', 'MМ', 'OО', 'PР', 'TТ', 'XХ', 'YУ']
	.concat(['aа', 'cс', 'eе', 'oо', 'pр', 'xх', 'yу', 'kк', 'iі', 'jј', 'sѕ', 'mм', 'tт'])
	.map((pair) => [pair.slice(0, 1), pair.slice(1)] as const);
/** Greek letters that stand in for Latin ones. */
const greek = new Map(
	['ΑA', 'ΒB', 'ΕE', 'ΗH', 'ΙI', 'ΚK', 'ΜM', 'ΝN', 'ΟO', 'ΡP', 'ΤT', 'ΥY', 'ΧX', 'ΖZ']
		.concat(['αa', 'εe', 'ιi', 'κk', 'νv', 'οo', 'ρp', 'τt', 'υu', 'χx'])
		.map((pair) => [pair.slice(0, 1), pair.slice(1)] as const),
);

const toCyrillic = new Map(pairs);
const toLatin = new Map([
	...pairs.map(([latin, cyrillic]) => [cyrillic, latin] as const),
	...['ԁd', 'һh', 'ԛq', 'ԝw'].map((pair) => [pair.slice(0, 1), pair.slice(1)] as const),
]);

const words = /[\p{L}\p{N}]+/gu;
const countOf = (text: string, letters: RegExp): number => text.match(letters)?.length ?? 0;

/**
 * Words that mix alphabets, written in one: the one that the letters without a double are of, else most of the
 * word's letters, else most of the text's. A
 * word in one alphabet is left alone, so that names and abbreviations stay what they are.
 */
export function foldLookAlikes(text: string): string {
	const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
	if (scripts.filter((letters) => letters.test(text)).length < 2) return text;
	const isCyrillicText = isMostlyCyrillic(text);
	return text.replace(words, (word) => foldWord(word, isCyrillicText));
}

function isMostlyCyrillic(text: string): boolean {
	return countOf(text, /\p{Script=Cyrillic}/gu) >= countOf(text, /\p{Script=Latin}/gu);
}

function foldWord(word: string, isCyrillicText: boolean): string {
	const greeks = countOf(word, /\p{Script=Greek}/gu);
	const latins = countOf(word, /\p{Script=Latin}/gu);
	const cyrillics = countOf(word, /\p{Script=Cyrillic}/gu);
	if ([greeks, latins, cyrillics].filter((amount) => amount > 0).length < 2) return word;
	const plain = greeks > 0 ? replaced(word, greek) : word;
	if (cyrillics === 0) return plain;
	// A letter that has no double gives the alphabet away, however few of them there are.
	const letters = [...plain];
	const canBeCyrillic = letters.every(
		(letter) => !/\p{Script=Latin}/u.test(letter) || toCyrillic.has(letter),
	);
	const canBeLatin = letters.every((letter) => !/\p{Script=Cyrillic}/u.test(letter) || toLatin.has(letter));
	if (canBeCyrillic !== canBeLatin) return replaced(plain, canBeCyrillic ? toCyrillic : toLatin);
	const isCyrillic = cyrillics === latins ? isCyrillicText : cyrillics > latins;
	return replaced(plain, isCyrillic ? toCyrillic : toLatin);
}

const replaced = (word: string, letters: ReadonlyMap<string, string>): string =>
	[...word].map((letter) => letters.get(letter) ?? letter).join('');
