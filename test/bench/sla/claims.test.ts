import { Scope } from '../../support/scope';
import { measureClaims } from './claims';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('bench-sla');
});
afterAll(async () => {
	await scope?.close();
});

test('SL-42 the bench of claims claims what it says beside few and many timers, and catches up', async () => {
	const amounts = { few: 1000, many: 4000, claimed: 100, rounds: 4, overdue: 1000 };
	expect(await measureClaims(scope, () => undefined, amounts)).toMatchObject({
		...{ open: 4000, claimed: 100 },
		supabase: { manyMs: { p95: { goal: '< 100' } }, timesAsLong: { goal: '≤ 1.2' } },
		postgres: { manyMs: { p95: { goal: '< 100' } } },
		catchUp: { timers: 1000 },
	});
});
