import { classifyMessage, createClassifier, defaultVocabulary } from '../../../../src/decide';

const categoryOf = (text: string): string => classifyMessage(text).category;

test.each([
	['Спасибо! А когда пришлёте акт?', 'REQUEST'],
	['Thanks a lot, could you also send the invoice', 'REQUEST'],
	['спасибо, скиньте ещё счёт', 'REQUEST'],
	['Спасибо за счёт, всё пришло', 'GRATITUDE'],
])('ED-15: a question with thanks is a request, thanks alone are not: %s', (text, category) => {
	expect(categoryOf(text)).toBe(category);
});

describe('ED-7: a text without words has a stated category', () => {
	test.each([
		['', 'REQUEST', 0],
		[' \n\t\u200b ', 'REQUEST', 0],
		['😂🔥', 'SPAM', 0.7],
		['🙏❤️', 'GRATITUDE', 0.7],
		['???', 'REQUEST', 0.7],
		['❓', 'REQUEST', 0.7],
		['؟', 'REQUEST', 0.7],
		['...', 'SPAM', 0.5],
		['👍🏽', 'SPAM', 0.7],
		['/start', 'SPAM', 0.9],
		['/start@example_bot from-the-site_7', 'SPAM', 0.9],
	])('%j is %s', (text, category, confidence) => {
		expect(classifyMessage(text)).toMatchObject({ category, confidence });
	});
});

test('/start with words of its own behind it is what they say', () => {
	expect(categoryOf('/start please send me the invoice')).toBe('REQUEST');
});

describe('ED-16: what is hidden in a word changes nothing', () => {
	test.each([
		['с\u200bп\u200bасибо', 'GRATITUDE'],
		['cпacибo', 'GRATITUDE'],
		['ｐｌｅａｓｅ ｓｅｎｄ ｔｈｅ ｒｅｐｏｒｔ', 'REQUEST'],
		['Заработок бeз влoжeний, пиши в л\u00adичку', 'SPAM'],
		['Привет! Could you please выставить счёт', 'REQUEST'],
	])('%j', (text, category) => {
		expect(categoryOf(text)).toBe(category);
	});
});

test('what says nothing clear is a request that nobody is sure of', () => {
	const unclear = classifyMessage('синий трактор');
	expect(unclear.category).toBe('REQUEST');
	expect(unclear.confidence).toBeLessThan(0.5);
	expect(unclear.reasons).toEqual(['nothing in it speaks clearly, so it is answered rather than missed']);
});

test('the reasons name what was found, the strongest first, and the runner-up is another category', () => {
	const found = classifyMessage('Спасибо! Когда сдаём отчёт?');
	expect(found.reasons[0]).toBe('asks: a question mark');
	expect(found.reasons).toContain('asks: когда');
	expect(found.runnerUp.category).toBe('GRATITUDE');
	expect(found.runnerUp.confidence).toBeLessThan(found.confidence);
});

test('words are data: an office adds its own', () => {
	const own = [
		...defaultVocabulary,
		{ signal: 'advertises', weight: 2, phrases: ['парковочн* мест*'] },
	] as const;
	expect(categoryOf('Парковочные места у метро')).toBe('REQUEST');
	expect(createClassifier(own)('Парковочные места у метро').category).toBe('SPAM');
});

test('a word of a longer phrase does not speak for itself', () => {
	expect(classifyMessage('прошу прощения').reasons.join()).not.toContain('asks: прошу');
});

test('ED-8: a text of 100,000 characters is read whole within a second', () => {
	const text = `${'слово '.repeat(16_660)} пришлите акт?`;
	const begun = performance.now();
	expect(categoryOf(text)).toBe('REQUEST');
	for (const hostile of [
		'не '.repeat(33_000),
		'а'.repeat(100_000),
		'?'.repeat(100_000),
		'aа'.repeat(50_000),
	]) {
		classifyMessage(hostile);
	}
	expect(performance.now() - begun).toBeLessThan(5000);
});

test('ED-21: the same text gives the same answer byte for byte', () => {
	const text = 'Спасибо, а счёт за март уже выставили?';
	expect(JSON.stringify(classifyMessage(text))).toBe(JSON.stringify(classifyMessage(text)));
});
