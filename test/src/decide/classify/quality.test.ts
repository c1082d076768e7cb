import { categories, classifyMessage, type Category } from '../../../../src/decide';
import { accountantsMessages, type Labelled } from '../tables';

type Quality = Record<Category, { precision: number; recall: number }>;

const share = (part: number, whole: number): number => Math.round((part / whole) * 1000) / 1000;

function qualityOf(messages: readonly Labelled[]): Quality {
	const judged = messages.map(({ category, text }) => ({ category, found: classifyMessage(text).category }));
	const entries = categories.map((name) => {
		const right = judged.filter(({ category, found }) => category === name && found === name).length;
		const found = judged.filter((message) => message.found === name).length;
		const there = judged.filter(({ category }) => category === name).length;
		return [name, { precision: share(right, found), recall: share(right, there) }] as const;
	});
	return Object.fromEntries(entries) as Quality;
}

describe('classifyMessage on messages of accountants’ clients', () => {
	test.each([
		['messages', 127, { request: 0.95, spam: 0.95, others: 0.9 }],
		['held-out', 60, { request: 0.95, spam: 0.9, others: 0.7 }],
	] as const)('finds requests and spam in %s (%i of them)', (file, count, least) => {
		const messages = accountantsMessages(file);
		expect(messages).toHaveLength(count);
		const quality = qualityOf(messages);
		process.stdout.write(`${file}: ${JSON.stringify(quality)}\n`);
		expect(quality.REQUEST.recall).toBeGreaterThanOrEqual(least.request);
		expect(quality.SPAM.precision).toBeGreaterThanOrEqual(least.spam);
		for (const name of ['GRATITUDE', 'CLARIFICATION'] as const) {
			expect(quality[name].recall).toBeGreaterThanOrEqual(least.others);
		}
	});

	test('a table of both languages is there, and the two tables share no message', () => {
		const [first, second] = [accountantsMessages('messages'), accountantsMessages('held-out')];
		const texts = [...first, ...second].map(({ text }) => text.toLowerCase());
		expect(new Set(texts).size).toBe(texts.length);
		expect(texts.filter((text) => /\p{Script=Cyrillic}/u.test(text)).length).toBeGreaterThan(150);
	});
});
