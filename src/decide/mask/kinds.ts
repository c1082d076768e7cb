/** What is kept from a model. */
export type MaskKind = 'token' | 'email' | 'iban' | 'card' | 'account' | 'phone';

export interface MaskRule {
	kind: MaskKind;
	pattern: RegExp;
	/** What looks like it may be something else; numbers prove themselves by their checks. */
	holds: (found: string) => boolean;
}

const always = (): boolean => true;
const digitsOf = (text: string): string => text.replace(/[^\p{Nd}]/gu, '');

/**
 * In the order in which they are looked for. Repetitions have an end, so that a long text takes no longer than many short
 * ones.
 */
export const maskRules: readonly MaskRule[] = [
	{
		kind: 'token',
		pattern:
			/\beyJ[\w-]{5,2000}\.[\w-]{5,4000}\.[\w-]{0,1000}|\b\d{8,10}:[\w-]{30,45}(?![\w-])|\b(?:sk|pk|rk|ghp|gho|ghs|glpat|github_pat|xox[abprs]|npm|sb|key)[-_][\w-]{16,200}|\bAIza[\w-]{30,60}|\bAKIA[A-Z0-9]{16}\b|\bAGE-SECRET-KEY-1[A-Z0-9]{20,80}|\b[0-9a-f]{32,128}\b/g,
		holds: always,
	},
	{
		kind: 'token',
		// What stands behind the word, not the word.
		pattern:
			/(?<=(?:парол[ья]|пин(?:-?код)?|password|passwd|pwd|secret|token|токен|cvv|cvc|код из смс)\s{0,3}(?:[:=—-]|это|is)\s{0,3})[^\s,;]{3,200}/giu,
		holds: always,
	},
	{
		kind: 'token',
		// Without a sign between them only what no word of a sentence looks like: "пароль не подходит" says nothing.
		pattern:
			/(?<=(?:парол[ья]|пин(?:-?код)?|password|passwd|pwd|cvv|cvc)\s{1,3})(?=[^\s,;\p{Nd}]{0,60}\p{Nd})[^\s,;]{3,200}/giu,
		holds: always,
	},
	{
		kind: 'email',
		pattern: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,4}/gu,
		holds: always,
	},
	{ kind: 'iban', pattern: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b/gi, holds: isIban },
	{ kind: 'account', pattern: /(?<!\p{Nd})\p{Nd}{20}(?!\p{Nd})/gu, holds: always },
	{ kind: 'card', pattern: /(?<!\p{Nd})\p{Nd}(?:[ .\-–]{0,2}\p{Nd}){12,18}(?!\p{Nd})/gu, holds: isCard },
	{
		kind: 'card',
		// In groups of four whatever stands between them, line ends too.
		pattern: /(?<!\p{Nd})\p{Nd}{4}(?:[^\p{L}\p{Nd}]{1,3}\p{Nd}{4}){3}(?!\p{Nd})/gu,
		holds: isCard,
	},
	{
		kind: 'phone',
		// Ten digits and more, after a plus eight (E.164). What stands behind a date is looked at for itself.
		pattern:
			/(?<![\p{L}\p{Nd}]|\p{Nd}[./])(?!\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}|\p{Nd}{1,2}([./])\p{Nd}{1,2}\1(?:\p{Nd}{4}|\p{Nd}{2})(?!\p{Nd}))(?:\+\p{Nd}(?:[ ().\-‐-–/]{0,3}\p{Nd}){7,14}|\p{Nd}(?:[ ().\-‐-–/]{0,3}\p{Nd}){9,14})(?!\p{Nd})/gu,
		// Sizes and other lists have more of them.
		holds: (found) => found.split('/').length <= 2,
	},
];

/** The check digit by Luhn; digits of other scripts are taken for a card as they are. */
function isCard(text: string): boolean {
	const digits = digitsOf(text);
	if (!/^\d+$/.test(digits)) return true;
	const sum = [...digits].reverse().reduce((total, digit, index) => {
		const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
		return total + (value > 9 ? value - 9 : value);
	}, 0);
	return sum % 10 === 0 && !/^(\d)\1+$/.test(digits);
}

/** The check digits of ISO 13616: the number modulo 97 is 1. */
function isIban(text: string): boolean {
	const plain = text.replace(/[ -]/g, '').toUpperCase();
	if (plain.length < 15 || plain.length > 34) return false;
	let rest = 0;
	for (const character of `${plain.slice(4)}${plain.slice(0, 4)}`) {
		for (const digit of parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
	}
	return rest === 1;
}
