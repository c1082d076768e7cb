import {
	isSpam,
	parseSpamModel,
	scoreSpam,
	spamWords,
	trainSpamModel,
	type SpamExample,
} from '../../../../src/decide';

const spam = (text: string): SpamExample => ({ text, spam: true });
const ham = (text: string): SpamExample => ({ text, spam: false });

const russian: SpamExample[] = [
	...['Быстрый заработок', 'Заработок дома', 'Заработок без вложений', 'Ваш заработок тут'].map(spam),
	...['Когда будет акт', 'Пришлите акт сверки', 'Акт получили', 'Где акт за март'].map(ham),
];

test('a model is plain JSON that is read back and judges the same', () => {
	const model = trainSpamModel(russian);
	const kept = parseSpamModel(JSON.parse(JSON.stringify(model)));
	expect(kept).toEqual(model);
	for (const { text } of russian) expect(scoreSpam(kept, text)).toBe(scoreSpam(model, text));
});

test('any language is learned, inflected and without spaces', () => {
	const model = trainSpamModel(russian);
	expect(isSpam(model, 'дополнительные заработки')).toBe(true);
	expect(isSpam(model, 'пришлите акты')).toBe(false);
	const chinese = trainSpamModel([
		...['免费领取奖品', '点击领取奖金', '恭喜您中奖领取', '免费奖品点击'].map(spam),
		...['请发送发票', '发票已收到', '报告什么时候好', '请发送报告'].map(ham),
	]);
	expect(isSpam(chinese, '今天领取您的奖品')).toBe(true);
	expect(isSpam(chinese, '请把发票发给我')).toBe(false);
});

test('ED-31: a correction that is learned changes the judgement and the version, and the old model stays as it was', () => {
	const before = trainSpamModel(russian);
	const text = 'Ваш заработок за март по трудовому договору';
	expect(isSpam(before, text)).toBe(true);
	const after = trainSpamModel([...russian, { text, spam: false, corrected: true }]);
	expect(scoreSpam(after, text)).toBeLessThan(scoreSpam(before, text));
	expect(isSpam(after, text)).toBe(false);
	expect(after.version).not.toBe(before.version);
	expect(isSpam(before, text)).toBe(true);
});

test('ED-29: the same examples are the same version in any order, and the last word on a text counts', () => {
	const model = trainSpamModel(russian);
	expect(trainSpamModel([...russian].reverse())).toEqual(model);
	expect(trainSpamModel([ham('Быстрый заработок'), ...russian])).toEqual(model);
	expect(trainSpamModel([...russian, ham('Быстрый заработок')]).version).not.toBe(model.version);
});

test('without examples of both kinds nothing is spam', () => {
	for (const examples of [[], [spam('win a prize')], [ham('hello')]]) {
		const model = trainSpamModel(examples);
		expect(isSpam(model, 'win a prize')).toBe(false);
	}
});

test('scores are from 0 to 1 for every text, and features named like parts of an object are words as any', () => {
	const model = trainSpamModel([...russian, spam('__proto__ constructor'), ham('toString valueOf')]);
	for (const text of ['', '👍', '\ud800', 'constructor', '__proto__', 'заработок '.repeat(20_000)]) {
		const score = scoreSpam(model, text);
		expect(score).toBeGreaterThan(0);
		expect(score).toBeLessThan(1);
	}
});

test('the words that speak for spam are named for people', () => {
	expect(spamWords(trainSpamModel(russian), 'Вот заработок и акт')).toEqual(['заработок']);
});

test('what is no model or no list of examples is refused with the field', () => {
	expect(() => parseSpamModel({ kind: 'opsdesk-spam' })).toThrow('version');
	const wrong: unknown = [{ text: 'a', spam: 'yes' }];
	expect(() => trainSpamModel(wrong as SpamExample[])).toThrow('0.spam');
});
