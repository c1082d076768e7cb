import { compareSpamModels, isSpam, trainSpamModel, type SpamExample } from '../../../../src/decide';
import { textMessages } from '../tables';

const corrected = (text: string, spam: boolean): SpamExample => ({ text, spam, corrected: true });
const offers = ['bonus', 'casino', 'jackpot', 'lottery', 'roulette', 'poker', 'prize', 'winner'];
const papers = ['invoice', 'contract', 'receipt', 'payslip', 'return', 'statement', 'report', 'budget'];
const spamTexts = offers.map((word) => corrected(`claim your ${word} now, click the link today`, true));
const hamTexts = papers.map((word) => corrected(`please send me the ${word} of last month`, false));
const sound = [...spamTexts, ...hamTexts];

test('a model that has more to go by is not worse, and both are judged on the same corrections', async () => {
	const little = [...spamTexts.slice(0, 2), ...hamTexts.slice(0, 2)];
	const { model, active, isWorse } = await compareSpamModels(sound, trainSpamModel(little), little);
	expect(model).toEqual({ ham: 8, hamBlocked: 0, spam: 8, spamFound: 8 });
	expect(active).toMatchObject({ ham: 8, spam: 8 });
	expect(isWorse).toBe(false);
});

test('a model that learns to block what is no spam is worse, though it finds as much spam', async () => {
	const scams = offers.map((word) => corrected(`unpaid parcel fee, open the form: ${word}`, true));
	const asked = corrected('please, is the unpaid parcel fee in our books?', false);
	const found = await compareSpamModels([...sound, ...scams, asked], trainSpamModel(sound), sound);
	expect(found).toMatchObject({
		...{ model: { hamBlocked: 1, spamFound: 16 }, active: { hamBlocked: 0, spamFound: 16 }, isWorse: true },
	});
});

test('where as much of what is no spam is blocked, the one that finds less spam is worse', async () => {
	const watches = offers.map((word) => corrected(`cheap replica watches in our shop: ${word}`, true));
	const active = trainSpamModel([...sound, ...watches]);
	// Neither tells anything of the other.
	const two = [
		corrected('claim the gift now, click the link', true),
		corrected('replica watches, a cheap shop', true),
	];
	expect(await compareSpamModels([...hamTexts, ...two], active)).toMatchObject({
		...{ model: { hamBlocked: 0, spamFound: 0 }, active: { hamBlocked: 0, spamFound: 2 }, isWorse: true },
	});
});

test('what the active model has learnt by heart does not count for it', async () => {
	// Nothing that these have in common tells spam: each is known only by having been learnt.
	const words = Array.from({ length: 40 }, (_, index) =>
		`${index}`.replace(/\d/g, (digit) => 'abcdefghij'[+digit] ?? ''),
	);
	const learnt = words.map((word, index) => corrected(`${word} ${word}x ${word}y`, index % 2 === 0));
	const active = trainSpamModel(learnt);
	expect(learnt.every(({ text, spam }) => isSpam(active, text) === spam)).toBe(true);
	const byHeart = await compareSpamModels(learnt, active);
	expect(byHeart.active).toEqual({ ham: 20, hamBlocked: 0, spam: 20, spamFound: 20 });
	expect(byHeart.isWorse).toBe(true);
	const fair = await compareSpamModels(learnt, active, learnt);
	expect(fair.active).toEqual(fair.model);
	expect(fair.isWorse).toBe(false);
});

test('the words of people count, seeds do not; and without an active model nothing is worse', async () => {
	const seeds = sound.map(({ text, spam }) => ({ text: `${text} again`, spam }));
	expect(await compareSpamModels(seeds, null)).toEqual({
		model: { ham: 0, hamBlocked: 0, spam: 0, spamFound: 0 },
		active: null,
		isWorse: false,
	});
	const { model } = await compareSpamModels([...seeds, ...sound.slice(0, 3)], null);
	expect(model).toMatchObject({ ham: 0, spam: 3, spamFound: 3 });
});

test('figures of held-out texts are those that texts never seen before give', async () => {
	const all = textMessages();
	const [known, later] = [all.filter((_, at) => at % 2 === 0), all.filter((_, at) => at % 2 === 1)];
	const { model } = await compareSpamModels(
		known.map(({ text, spam }) => corrected(text, spam)),
		null,
	);
	const trained = trainSpamModel(known);
	const found = later.filter(({ text, spam }) => spam && isSpam(trained, text)).length;
	const spam = later.filter((one) => one.spam).length;
	expect(Math.abs(model.spamFound / model.spam - found / spam)).toBeLessThan(0.04);
	expect(model.hamBlocked / model.ham).toBeLessThan(0.01);
});
