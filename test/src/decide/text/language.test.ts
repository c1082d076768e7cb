import { loadLanguageDetector, unknownLanguage, type LanguageDetector } from '../../../../src/decide';
import { accountantsMessages } from '../tables';

let detect: LanguageDetector;
beforeAll(async () => {
	detect = await loadLanguageDetector();
});

test('ED-16: short messages of a chat are told to be Russian or English, or unknown, hardly ever wrong', () => {
	const messages = [...accountantsMessages('messages'), ...accountantsMessages('held-out')]
		.map(({ text }) => text)
		.filter((text) => /\p{L}{2}/u.test(text));
	const told = messages.map((text) => ({
		found: detect(text),
		language: /\p{Script=Cyrillic}/u.test(text) ? 'ru' : 'en',
	}));
	const right = told.filter(({ found, language }) => found === language).length;
	const unknown = told.filter(({ found }) => found === unknownLanguage).length;
	process.stdout.write(`languages: ${right} of ${told.length} right, ${unknown} unknown\n`);
	expect(right / told.length).toBeGreaterThan(0.95);
	expect(told.length - right - unknown).toBeLessThanOrEqual(2);
});

test.each([
	['Дякую, надішліть рахунок, її чекаємо', 'uk'],
	['Guten Tag, ich brauche bitte die Rechnung vom März', 'de'],
	['да', 'ru'],
	['👍', unknownLanguage],
	['', unknownLanguage],
	['12345', unknownLanguage],
	['https://example.com/path', unknownLanguage],
	['请把发票发给我', 'zh'],
])('%j is %s', (text, language) => {
	expect(detect(text)).toBe(language);
});

test('the alphabet decides only among the languages that a desk expects', async () => {
	const both = await loadLanguageDetector(['ru', 'uk', 'en']);
	expect(detect('ок')).toBe('ru');
	expect(both('акт')).toBe(unknownLanguage);
});
