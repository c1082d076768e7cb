import { compileRules, decideMessage, type DecidedMessage, type Surroundings } from '../../../../src/decide';
import { message } from '../messages';
import { failure, good, MemoryState, modelOf, openBreaker, scripted } from './models';

const teams = ['accountants'];

async function decidedBy(
	model: ReturnType<typeof modelOf>,
	surroundings: Surroundings = {},
	text = 'синий трактор',
): Promise<DecidedMessage> {
	return decideMessage({ message: message(text), surroundings, rules: await compileRules({}), teams, model });
}

const codes = ({ decision }: DecidedMessage): string[] => decision.reasons.map(({ code }) => code);

test('a good answer decides, with the hash of its prompt and the name of the model (ED-29)', async () => {
	const { decision, asked } = await decidedBy(modelOf(scripted(good).invoke));
	expect(decision).toMatchObject({
		outcome: 'reply',
		answer: 'Завтра.',
		decidedBy: 'model',
		confidence: 0.9,
	});
	expect(decision.versions).toMatchObject({
		model: 'test-1',
		prompt: expect.stringMatching(/^[0-9a-f]{64}$/),
	});
	expect(asked).toMatchObject({ calls: 1, notes: [] });
	const other = await decidedBy(modelOf(scripted(good).invoke), {}, 'красный трактор');
	expect(other.decision.versions.prompt).not.toBe(decision.versions.prompt);
	const informed = await decidedBy(modelOf(scripted(good).invoke, { knowledge: 'We open at nine.' }));
	expect(informed.decision.versions.prompt).not.toBe(decision.versions.prompt);
});

describe('ED-2: an answer that cannot be read is sent back once, and then the rules decide', () => {
	test.each([
		['prose', 'Sure! I would reply to this client.'],
		['broken JSON', '{"outcome": "reply", '],
		['two objects', `${JSON.stringify(good)}\n${JSON.stringify(good)}`],
		['prose around it', `Here it is: ${JSON.stringify(good)}`],
		['a list', JSON.stringify([good])],
		['extra keys', { ...good, approve: true }],
		['an unknown outcome', { ...good, outcome: 'approve' }],
		['an outcome that is not allowed', { ...good, outcome: 'ignore' }],
		['a confidence above 1', { ...good, confidence: 1.7 }],
		['a confidence in words', { ...good, confidence: 'high' }],
		['a confidence that is no number', JSON.stringify(good).replace('0.9', 'NaN')],
		['a reply without a text', { ...good, text: ' ' }],
		['a team that does not exist', { ...good, outcome: 'route', team: 'moon' }],
		['nothing', ''],
	])('%s', async (_, bad) => {
		const stubborn = scripted(bad, bad);
		const refused = await decidedBy(modelOf(stubborn.invoke));
		expect(stubborn.prompts).toHaveLength(2);
		expect(refused.decision).toMatchObject({ outcome: 'escalate', decidedBy: 'default', answer: null });
		expect(codes(refused)).toEqual(['no_rule', 'model_unreadable']);
		expect(refused.asked?.notes).toHaveLength(2);
		const repaired = await decidedBy(modelOf(scripted(bad, good).invoke));
		expect(repaired.decision.outcome).toBe('reply');
		expect(repaired.asked?.notes).toHaveLength(1);
	});

	test('a code fence around the object is no fault', async () => {
		const fenced = `\`\`\`json\n${JSON.stringify(good)}\n\`\`\``;
		expect((await decidedBy(modelOf(scripted(fenced).invoke))).asked?.calls).toBe(1);
	});

	test('an answer that runs on in line ends is told to be none at once', async () => {
		const begun = performance.now();
		for (const begins of ['```json', '```', '{"outcome":'])
			await decidedBy(modelOf(scripted(begins + '\n'.repeat(19_000), begins + '\n '.repeat(9000)).invoke));
		expect(performance.now() - begun).toBeLessThan(20_000);
	});
});

test('ED-3: a model that hangs, deaf to its signal, is left within the limit, and the rules decide', async () => {
	const begun = performance.now();
	const hanging = modelOf(() => new Promise(() => undefined), {
		limits: { timeoutMs: 300, deadlineMs: 400 },
	});
	const decided = await decidedBy(hanging);
	expect(performance.now() - begun).toBeLessThan(20_000);
	expect(codes(decided)).toEqual(['no_rule', 'model_timed_out']);
	expect(decided.decision.outcome).toBe('escalate');
});

test('ED-3: repetition and repair stay within the deadline of all calls', async () => {
	const slow = modelOf(
		async () => {
			await new Promise((resolve) => setTimeout(resolve, 250));
			return 'prose';
		},
		{ limits: { timeoutMs: 2000, deadlineMs: 400 } },
	);
	const begun = performance.now();
	expect(codes(await decidedBy(slow))).toContain('model_timed_out');
	expect(performance.now() - begun).toBeLessThan(15_000);
});

test('ED-4: after a 429 it is asked once more, after the time that it names', async () => {
	const busy = scripted(failure(429, { 'retry-after': '0.2' }), good);
	const begun = performance.now();
	const decided = await decidedBy(modelOf(busy.invoke));
	expect(performance.now() - begun).toBeGreaterThan(190);
	expect(decided.decision.outcome).toBe('reply');
	expect(decided.asked?.calls).toBe(2);
	const always = scripted(failure(429, { 'retry-after': '0.01' }));
	expect(codes(await decidedBy(modelOf(always.invoke)))).toContain('model_failed');
	expect(always.prompts).toHaveLength(2);
});

test('ED-4: what n8n wraps around the refusal of a model is looked through', async () => {
	const refusal = Object.assign(new Error('busy'), {
		status: 429,
		headers: new Headers({ 'retry-after': '2' }),
	});
	const wrapped = Object.assign(new Error('The service is busy', { cause: refusal }), { httpCode: '429' });
	const busy = scripted(wrapped, good);
	const begun = performance.now();
	expect((await decidedBy(modelOf(busy.invoke))).decision.outcome).toBe('reply');
	// Without the header it would have been a second.
	expect(performance.now() - begun).toBeGreaterThan(1900);
	const aborted = Object.assign(new Error('Request was aborted.'), { httpCode: null });
	const decided = await decidedBy(modelOf(scripted(aborted).invoke));
	expect(decided.asked?.notes).toEqual(['The model could not be reached.']);
});

test('ED-4: five failures open the breaker, which lets one call try after a while', async () => {
	const state = new MemoryState();
	const broken = scripted(failure(500));
	for (let turn = 0; turn < 5; turn += 1) {
		expect(codes(await decidedBy(modelOf(broken.invoke, { state })))).toContain('model_failed');
	}
	expect(state.breaker.kind).toBe('open');
	expect(codes(await decidedBy(modelOf(broken.invoke, { state })))).toContain('breaker_open');
	expect(broken.prompts).toHaveLength(5);
	state.breaker = openBreaker(Date.now() - 61_000);
	expect((await decidedBy(modelOf(scripted(good).invoke, { state }))).decision.outcome).toBe('reply');
	expect(state.breaker).toEqual({ kind: 'closed', failures: 0 });
});

test('ED-5: when the budget is spent no call is made, and the decision says so', async () => {
	const model = scripted(good);
	const decided = await decidedBy(modelOf(model.invoke, { state: new MemoryState(undefined, 100) }));
	expect(model.prompts).toHaveLength(0);
	expect(codes(decided)).toEqual(['no_rule', 'budget_spent']);
	const state = new MemoryState();
	await decidedBy(modelOf(model.invoke, { state }));
	expect(state.spent).toBeGreaterThan(200);
});

test('ED-19: without consent no call is made, and the decision says so', async () => {
	const model = scripted(good);
	const decided = await decidedBy(modelOf(model.invoke), { consent: { aiAnalysis: false } });
	expect(model.prompts).toHaveLength(0);
	expect(codes(decided)).toEqual(['no_rule', 'no_consent']);
	expect(decided.decision.versions).toMatchObject({ prompt: null, model: null });
});

test('ED-18: what is masked never reaches the model, its answer has it again, and no reason or note has it', async () => {
	const values = ['4111 1111 1111 1111', 'anna@example.com', '+7 495 000-00-01', 'DE89370400440532013000'];
	const answer = { ...good, text: 'Вернём на ⟦card-1⟧ и напишем на ⟦email-1⟧.', reason: 'про ⟦card-1⟧' };
	const model = scripted('prose', answer);
	const text = `карта ${values.join(', ')} синий трактор`;
	const decided = await decidedBy(modelOf(model.invoke), {}, text);
	for (const value of values) expect(model.prompts.join()).not.toContain(value);
	expect(decided.decision.answer).toBe('Вернём на 4111 1111 1111 1111 и напишем на anna@example.com.');
	const told = JSON.stringify([decided.decision.reasons, decided.asked?.notes]);
	for (const value of values) expect(told).not.toContain(value);
});

test('the text of a failure, which may hold a key, is told nowhere', async () => {
	const decided = await decidedBy(modelOf(scripted(failure(500)).invoke));
	expect(JSON.stringify(decided)).not.toContain('sk-secret');
});

test('ED-8: of 100,000 characters the model sees the beginning', async () => {
	const model = scripted(good);
	const begun = performance.now();
	await decidedBy(modelOf(model.invoke), {}, 'трактор '.repeat(12_500));
	expect(model.prompts[0]?.length).toBeLessThan(10_000);
	expect(performance.now() - begun).toBeLessThan(5000);
});

test('ED-20: the order of the history does not change the prompt', async () => {
	const history = [1, 2, 3].map((number) => ({
		...{ id: String(number), sentAt: `2026-01-05T09:0${number}:00Z`, text: `сообщение ${number}` },
		author: 'contact' as const,
	}));
	const [one, other] = [scripted(good), scripted(good)];
	await decidedBy(modelOf(one.invoke), { history });
	await decidedBy(modelOf(other.invoke), { history: [...history].reverse() });
	expect(other.prompts).toEqual(one.prompts);
});
