import { normaliseText } from '../../../../src/decide';

describe('ED-16: normalising a text for matching', () => {
	test.each([
		['letters that look Cyrillic and are Latin', 'cчёт нa oплaту', 'счет на оплату'],
		['letters that look Latin and are Cyrillic', 'invоiсе', 'invoice'],
		['Greek letters in a Latin word', 'frεε priζe', 'free priζe'],
		['capitals that look alike', 'CPOЧНО', 'срочно'],
		['characters of no width', 'сп\u200bа\u200cс\u200dи\u2060бо\ufeff', 'спасибо'],
		['soft hyphens and direction marks', 'in\u00advoice \u202etxt\u202c', 'invoice txt'],
		['wide and mathematical letters', 'ＦＲＥＥ 𝐦𝐨𝐧𝐞𝐲 ①', 'free money 1'],
		['stacked marks', 'f\u0336r\u0336e\u0336e\u0336', 'free'],
		['letters that are composed of two characters', 'и\u0306 е\u0308ж', 'й еж'],
		['white space of all kinds', ' a\u00a0\u2003b\r\n\tc ', 'a b c'],
		['the letter ё', 'Ёлка ещё', 'елка еще'],
	])('%s', (_, text, normalised) => {
		expect(normaliseText(text)).toBe(normalised);
	});

	test('a word in one alphabet stays what it is, also in a text of the other', () => {
		expect(normaliseText('договор с OOO Vector и счёт в USD')).toBe('договор с ooo vector и счет в usd');
		expect(normaliseText('Спасибі, їжак')).toBe('спасибі, їжак');
	});

	test('what is normal already does not change', () => {
		for (const text of ['Счёт №5', 'ﬁnd ½ ™', 'aбв ABв', 'Ｉ İ ı']) {
			expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
		}
	});
});
