import { normaliseText } from '../text/normalise';

/** Beyond it a text is judged by its beginning, so that no message takes longer than a few milliseconds. */
const mostCharacters = 10_000;
const links = /https?:\/\/\S+|www\.\S+|t\.me\/\S+/g;
const mayLink = /:\/\/|www\.|t\.me\//;
const isAscii = /^[\0-\x7f]*$/;
const tokens = /[\p{L}\p{M}\p{N}]+|[$€£₽!?]/gu;
const isInflected = /^[^\0-\x7f]{6,}$/;
/** Writing that puts no spaces between words. */
const isUnspaced =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const stemLength = 5;

/**
 * What of a text the model looks at, each once: words, pairs of words, and traits such as amounts and long numbers. Long
 * words of inflected languages count by their beginning too, writing without spaces by its pairs of characters. Digits
 * count by how many there are, so that each new telephone number is the same sign.
 */
export function featuresOf(text: string): Set<string> {
	const head = text.length > mostCharacters ? text.slice(0, mostCharacters) : text;
	const normalised = shapeOf(normaliseText(head));
	const features = new Set<string>();
	let before = '';
	for (const token of normalised.match(tokens) ?? []) {
		features.add(`w ${token}`).add(`p ${before} ${token}`);
		before = token;
		// No word of plain letters is inflected or unspaced as these tests mean it.
		if (token.charCodeAt(0) < 128) continue;
		if (isInflected.test(token)) features.add(`s ${token.slice(0, stemLength)}`);
		if (isUnspaced.test(token)) for (const pair of pairsOf(token)) features.add(`c ${pair}`);
	}
	for (const trait of traitsOf(head, normalised)) features.add(trait);
	return features;
}

/** Every link and every digit is as good as another. */
function shapeOf(normalised: string): string {
	const linked = mayLink.test(normalised) ? normalised.replace(links, ' linklink ') : normalised;
	return isAscii.test(linked) ? linked.replace(/\d/g, '0') : linked.replace(/\p{Nd}/gu, '0');
}

function pairsOf(token: string): string[] {
	const characters = [...token];
	return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** A row of digits is read from its beginning alone, or a long one would be read again from each of them. */
const amounts = /[$€£₽]\s?0+|(?<!0)0+\s?(?:[$€£₽%]|p\b|ppm\b|руб|тыс)/g;

function traitsOf(text: string, normalised: string): string[] {
	const digits = normalised.split('0').length - 1;
	const { capitals, letters } = lettersOf(text);
	return [
		`t digits ${Math.min(5, Math.ceil(digits / 3))}`,
		`t length ${Math.min(6, Math.ceil(text.length / 30))}`,
		...(letters > 10 && capitals * 4 > letters ? ['t capitals'] : []),
		...(normalised.includes('linklink') ? ['t link'] : []),
		...(/0{5,}/.test(normalised) ? ['t number'] : []),
		...(/\b0{5}\b/.test(normalised) ? ['t short number'] : []),
		...(/0{10,}/.test(normalised) ? ['t telephone'] : []),
		...(normalised.match(amounts) ?? []).map((amount) => `t amount ${amount.replace(/\s/g, '').slice(0, 3)}`),
	];
}

/** By comparing cases, which is faster than asking for classes of characters. */
function lettersOf(text: string): { capitals: number; letters: number } {
	const [lower, upper] = [text.toLowerCase(), text.toUpperCase()];
	let [capitals, letters] = [0, 0];
	for (let at = 0; at < text.length; at += 1) {
		const [own, small, great] = [text.charCodeAt(at), lower.charCodeAt(at), upper.charCodeAt(at)];
		if (small === great) continue;
		letters += 1;
		if (own !== small) capitals += 1;
	}
	return { capitals, letters };
}
