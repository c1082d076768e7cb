import { Scope } from '../../support/scope';
import { measureStore } from '.';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('bench-store');
});
afterAll(async () => {
	await scope?.close();
});

test('the bench of the store loads, stores, reads, exports and erases what it says it does, all by indexes', async () => {
	const amounts = { rounds: 1, batches: 1, singles: 2, reads: 2 };
	const found = await measureStore(scope, 20_000, () => undefined, amounts);
	expect(found).toMatchObject({
		messages: 20_000,
		sequentialScans: { value: 0, met: true },
		ways: {
			supabase: { single: { ratio: { goal: '≥ 0.8' } }, lastFifty: { timesAsLong: { goal: '≤ 1.1' } } },
			postgres: { batches: { ratio: { goal: '≥ 0.5' } } },
		},
		person: { messages: 500, erasure: { seconds: expect.any(Number) as number } },
	});
	expect(found.plans['last 50']).toEqual(
		expect.arrayContaining([expect.stringMatching(/messages_of_conversation/)]),
	);
	expect(found.plans['by words']).toEqual(expect.arrayContaining([expect.stringMatching(/messages_words/)]));
});
