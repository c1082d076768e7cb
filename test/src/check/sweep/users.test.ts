import { CheckMemory } from '../../../../src/check/sweep/memory';
import { runChecks, type CheckRun } from '../../../../src/check/sweep/run';
import { parseChecks, targetsOfChecks } from '../../../../src/check/sweep/targets';
import { FileStateStore } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

const hour = 60 * 60_000;
const day = 24 * hour;
let scope: Scope;
let store: FileStateStore;
let now: number;
let made = 0;

beforeAll(async () => {
	scope = await Scope.open('check-users');
});
afterAll(() => scope.close());
beforeEach(() => {
	made += 1;
	store = new FileStateStore(scope.path(`state-${made}`));
	now = Date.UTC(2026, 0, 1, 12);
	jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

const tcp = (name: string, port = 443) => ({
	type: 'tcp',
	name,
	host: 'shop.example.com',
	port,
	alert: { failures: 1 },
});
const shop = [tcp('Shop'), tcp('Blog')];
const mail = [tcp('Mail', 25)];

/** One run, with all targets well but those named. */
async function run(list: object[], caller?: string, bad: string[] = []): Promise<CheckRun> {
	return await runChecks({
		...{ store, set: 'sites', targets: targetsOfChecks(parseChecks(list)), timeZone: 'UTC' },
		...{ context: { secrets: {} }, countAsTold: true },
		caller: caller === undefined ? undefined : { id: caller, title: `the workflow "${caller}"` },
		lookAt: ({ name }) =>
			Promise.resolve({
				...{ level: bad.includes(name) ? 'critical' : 'ok', reason: 'ok', message: 'Seen.' },
				...{ latencyMs: 1, details: {} },
			}),
	});
}

const titles = ({ alerts }: CheckRun): string[] => alerts.map(({ title }) => title);

test('two workflows that use the name of a set for different lists are told, once, and so is the end of it', async () => {
	const told: string[] = [];
	let message = '';
	for (let minutes = 0; minutes < 6; minutes += 1) {
		for (const [list, caller] of [
			[shop, 'Sites'],
			[mail, 'Mail'],
		] as const) {
			const done = await run([...list], caller);
			told.push(...titles(done));
			message ||= done.alerts[0]?.message ?? '';
			now += 30_000;
		}
	}
	expect(told).toEqual(['Set of checks needs attention']);
	expect(message).toContain(
		'Different lists of checks use the set "sites", and are taken for one: the workflow "Mail", the workflow "Sites".',
	);
	const found = await run(shop, 'Sites');
	expect(found.results.at(-1)).toMatchObject({ type: 'set', status: 'warning', reason: 'several_lists' });
	now += 11 * 60_000;
	expect(titles(await run(shop, 'Sites'))).toEqual(['Set of checks is well again']);
	expect((await run(shop, 'Sites')).results.map(({ key }) => key)).toEqual(['Shop', 'Blog']);
});

test('what one of them lists is not forgotten, and not told as no longer checked, because the other does not list it', async () => {
	await run(mail, 'Weekly', ['Mail']);
	for (let days = 0; days < 7; days += 1) {
		now += day;
		expect(titles(await run(shop, 'Sites'))).toEqual([]);
	}
	expect(titles(await run(mail, 'Weekly', ['Mail']))).toEqual([
		'Mail still fails',
		'Set of checks needs attention',
	]);
	const memory = await new CheckMemory(store, 'sites').read();
	expect(memory.get('Mail')?.record.condition).toBe('critical');
});

test.each<[string, [list: object[], caller: string | undefined][]]>([
	[
		'a list that is edited, back and forth',
		[
			[shop, 'A'],
			[mail, 'A'],
			[shop, 'A'],
			[mail, 'A'],
			[shop, 'A'],
		],
	],
	[
		'the same list in two workflows',
		[
			[shop, 'A'],
			[shop, 'B'],
			[shop, 'A'],
			[shop, 'B'],
			[shop, 'A'],
		],
	],
	[
		'a workflow that takes over from another',
		[
			[shop, 'A'],
			[shop, 'A'],
			[mail, 'B'],
			[mail, 'B'],
			[mail, 'B'],
		],
	],
	[
		'somebody who tries a list out',
		[
			[shop, 'A'],
			[mail, undefined],
			[shop, 'A'],
			[mail, undefined],
			[shop, 'A'],
		],
	],
])('%s is nothing to be told', async (_, runs) => {
	for (const [list, caller] of runs) {
		now += 30_000;
		expect(titles(await run([...list], caller))).toEqual([]);
	}
});

test('what nobody lists any more is told and forgotten still, when who had listed it has gone', async () => {
	await run(mail, 'Old', ['Mail']);
	now += 9 * day;
	expect(titles(await run(shop, 'New'))).toEqual(['Mail is no longer checked']);
	await run(shop, 'New');
	expect([...(await new CheckMemory(store, 'sites').read()).keys()]).toEqual(['Shop', 'Blog']);
});
