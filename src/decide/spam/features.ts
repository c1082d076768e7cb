import { normaliseText } from '../text/normalise';

/** Beyond it a text is judged by its beginning, so that no message takes longer than a few milliseconds. */
const mostCharacters = 10_000;
const links = /https?:\/\/\S+|www\.\S+|t\.me\/\S+/g;
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
	const normalised = normaliseText(head)
		.replace(links, ' linklink ')
		.replace(/\p{Nd}/gu, '0');
	const features = new Set<string>();
	let before = '';
	for (const token of normalised.match(tokens) ?? []) {
		features.add(`w ${token}`).add(`p ${before} ${token}`);
		before = token;
		if (isInflected.test(token)) features.add(`s ${token.slice(0, stemLength)}`);
		if (isUnspaced.test(token)) for (const pair of pairsOf(token)) features.add(`c ${pair}`);
	}
	for (const trait of traitsOf(head, normalised)) features.add(trait);
	return features;
}

function pairsOf(token: string): string[] {
	const characters = [...token];
	return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

const amounts = /[$€£₽]\s?0+|0+\s?(?:[$€£₽%]|p\b|ppm\b|руб|тыс)/g;

function traitsOf(text: string, normalised: string): string[] {
	const digits = normalised.match(/0/g)?.length ?? 0;
	const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
	const letters = text.match(/\p{L}/gu)?.length ?? 0;
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
