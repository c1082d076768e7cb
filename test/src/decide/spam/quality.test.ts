import { isSpam, trainSpamModel } from '../../../../src/decide';
import { textMessages } from '../tables';

const folds = 5;

test('cross-validation over unique texts: recall of at least 0.95 with at most 0.5 % of ham blocked', () => {
	const messages = textMessages();
	expect(messages.length).toBeGreaterThan(3000);
	const judged = Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
		// The threshold is the model's own: nothing of the fold was seen when it was chosen.
		const model = trainSpamModel(messages.filter((_, index) => index % folds !== fold));
		return messages
			.filter((_, index) => index % folds === fold)
			.map(({ text, spam }) => ({ spam, found: isSpam(model, text) }));
	});
	const spam = judged.filter((message) => message.spam);
	const ham = judged.filter((message) => !message.spam);
	const recall = spam.filter(({ found }) => found).length / spam.length;
	const blocked = ham.filter(({ found }) => found).length / ham.length;
	process.stdout.write(`spam: recall ${recall.toFixed(3)}, ham blocked ${(blocked * 100).toFixed(2)} %\n`);
	expect(recall).toBeGreaterThanOrEqual(0.95);
	expect(blocked).toBeLessThanOrEqual(0.005);
});
