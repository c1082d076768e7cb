import { compileRules, decide, helpDeskRules, type Surroundings } from '../../../../src/decide';
import { factsOf } from '../messages';

const complaint = 'Где мои деньги, обещали скидку 50% по акции';
const outcomeOf = async (text: string, sender: Surroundings['sender']): Promise<string> => {
	const facts = factsOf(text, sender && { sender });
	return decide({ facts, rules: await compileRules(helpDeskRules), teams: ['accountants'] }).outcome;
};

describe('ED-17: what the keywords take for advertising is left alone', () => {
	test('where a stranger begins with it', async () => {
		expect(factsOf(complaint)).toMatchObject({ 'message.category': 'SPAM', 'message.isAdvertising': true });
		expect(await outcomeOf('Казино! Бонус 200%, жми по ссылке', { isFirstContact: true })).toBe('ignore');
	});

	test.each([
		['a customer', { isKnown: true, isFirstContact: false }],
		['a VIP', { isVip: true, isFirstContact: false }],
		['somebody who has written before', { isFirstContact: false }],
		['somebody of whom nothing is known', undefined],
	])('and not from %s', async (_, sender) => {
		expect(await outcomeOf(complaint, sender)).toBe('route');
		expect(await outcomeOf('ок', sender)).toBe('ignore');
	});

	test('nor where the spam model of the desk says otherwise', async () => {
		const facts = { ...factsOf(complaint, { sender: { isFirstContact: true } }), 'spam.isSpam': false };
		const rules = await compileRules(helpDeskRules);
		expect(decide({ facts, rules, teams: ['accountants'] }).outcome).toBe('route');
	});
});
