import { decideStored, modelStateOf } from '../../../../src/decide';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { failure, good, limits, scripted } from '../model/models';
import { openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-model-state');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	const ask = async (invoke: ReturnType<typeof scripted>['invoke']): Promise<string[]> => {
		const { decision } = await decideStored(
			desk.store,
			{ messageId: await desk.receive({ text: 'синий трактор' }) },
			{ rules: { rules: [] }, model: { invoke, name: 'test-1', limits } },
		);
		return decision.reasons.map(({ code }) => code);
	};

	test('ED-29: the row names the model, the hash of the prompt and what it has cost', async () => {
		const messageId = await desk.receive({ text: 'синий трактор' });
		const decide = async (name: string) =>
			await decideStored(
				desk.store,
				{ messageId },
				{ rules: { rules: [] }, model: { invoke: scripted(good).invoke, name, limits }, again: true },
			);
		const one = await decide('test-1');
		expect(one.decision.versions).toMatchObject({
			model: 'test-1',
			prompt: expect.stringMatching(/^[0-9a-f]{64}$/),
		});
		expect(one.tokens).toBeGreaterThan(200);
		await decide('test-2');
		const rows = await desk.sql<{ model: string }>(
			`select decision #>> '{versions,model}' as model from opsdesk.decisions where tenant_id = $1 order by id`,
			[desk.tenant],
		);
		expect(rows.map(({ model }) => model)).toEqual(['test-1', 'test-2']);
	});

	test('ED-4: failures of all workers together open the breaker, which the next one finds open', async () => {
		const broken = scripted(failure(500));
		for (let turn = 0; turn < 5; turn += 1) expect(await ask(broken.invoke)).toContain('model_failed');
		const works = scripted(good);
		expect(await ask(works.invoke)).toContain('breaker_open');
		expect(works.prompts).toHaveLength(0);
	});

	test('ED-4: of many workers one tries after the wait, and what they find at the same time is counted', async () => {
		const states = Array.from({ length: 5 }, () => modelStateOf(desk.store));
		await states[0]?.writeBreaker({ kind: 'open', untilMs: Date.now() - 1 });
		for (const state of states) await state.readBreaker();
		const tried = await Promise.all(
			states.map(async (state) => await state.writeBreaker({ kind: 'halfOpen', sinceMs: Date.now() })),
		);
		expect(tried.filter((ours) => ours)).toHaveLength(1);
		const [one, other] = states;
		await one?.readBreaker();
		await one?.writeBreaker({ kind: 'closed', failures: 0 });
		for (const state of [one, other]) await state?.readBreaker();
		await Promise.all(
			[one, other].map(async (state) => await state?.writeBreaker({ kind: 'closed', failures: 1 })),
		);
		expect(await modelStateOf(desk.store).readBreaker()).toEqual({ kind: 'closed', failures: 2 });
	});

	test('ED-5: workers together spend no more than the budget, and give back what they did not need', async () => {
		const states = Array.from({ length: 8 }, () => modelStateOf(desk.store, { budgetTokens: 1000 }));
		const allowed = await Promise.all(states.map(async (state) => await state.maySpend(300)));
		expect(allowed.filter((may) => may)).toHaveLength(3);
		const lucky = states.filter((_, index) => allowed[index]);
		for (const state of lucky) await state.spend(100);
		const later = modelStateOf(desk.store, { budgetTokens: 1000 });
		expect([await later.maySpend(700), await later.maySpend(1)]).toEqual([true, false]);
		expect(await modelStateOf(desk.store, { budgetTokens: 1000, per: 'month' }).maySpend(1000)).toBe(true);
	});
});
