import { join } from 'node:path';

import { defaultPolicy, healContainers } from '../../../../src/docker';
import { farewell, toldBy } from '../../../../src/docker/healing/telling';
import { Scope } from '../../../support/scope';
import { ended, minute, second, Watched } from './machine';
import { inState, quick, useHealingStand } from './stand';

const compiled = join(__dirname, '../../../../dist/src/docker/index.js');
const stand = useHealingStand('telling', ['tools']);
const { run, heal, attempts } = stand;
let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('telling-processes');
});
afterAll(() => scope.close());

const failing = { Cmd: ['sh', '-c', 'exit 7'] };
const settled = { ...quick, settleMs: 0, initialBackoffMs: 60_000 };

/** One that is to be told, and one that is started after that is decided. */
async function troubles(): Promise<void> {
	await inState(await run('guarded', { ...failing, Labels: { 'opsdesk.protected': 'true' } }), 'exited');
	await inState(await run('job', failing), 'exited');
}

test('an alert that a run was killed before it told is told by a later one, once', async () => {
	await troubles();
	const { stateFolder } = stand;
	const given = JSON.stringify([stand.connection(), { stateFolder, policy: settled }]);
	const script = `require(${JSON.stringify(compiled)}).healContainers(...${given})`;
	const child = scope.start('killed', process.execPath, { args: ['-e', script] });
	const started = new Promise<void>((resolve) => {
		stand.proxy.before = ({ method }) => {
			if (method !== 'POST') return Promise.resolve(undefined);
			resolve();
			return new Promise(() => {});
		};
	});
	await started;
	await child.end('SIGKILL');
	stand.proxy.before = () => Promise.resolve(undefined);
	expect((await heal({ policy: settled }))['guarded']).toMatchObject({ reason: 'protected', alert: false });
	const now = (): number => Date.now() + 5 * minute;
	const later = (await heal({ policy: settled, now }))['guarded'];
	expect(later).toMatchObject({ reason: 'protected', alert: true, alertKind: 'protected' });
	expect((await heal({ policy: settled, now }))['guarded']).toMatchObject({ alert: false });
});

test('when the engine fails in the middle, what was found until then is told, once, and why the run has ended', async () => {
	await troubles();
	stand.proxy.before = ({ url }) => {
		const fails = attempts().length > 0 && url?.includes('/containers/json');
		return Promise.resolve(fails ? { status: 500, body: '{"message":"out of order"}' } : undefined);
	};
	const { stateFolder } = stand;
	const cut = await healContainers(stand.connection(), { stateFolder, policy: settled });
	expect(cut.results).toEqual([
		expect.objectContaining({ name: 'guarded', alert: true, alertKind: 'protected' }),
		expect.objectContaining({ name: 'job', changed: true, decision: 'start' }),
	]);
	expect(cut.problem).toMatchObject({ reason: 'cut_short', alert: true });
	expect(cut.problem?.message).toContain('out of order');
	stand.proxy.before = () => Promise.resolve(undefined);
	const now = (): number => Date.now() + 5 * minute;
	expect((await heal({ policy: settled, now }))['guarded']).toMatchObject({ alert: false });
});

test('an alert that another run has taken over, because this one took too long, is told by that one alone', async () => {
	await troubles();
	let other: ReturnType<typeof heal> | undefined;
	stand.proxy.before = async ({ url }) => {
		if (attempts().length === 0 || !url?.includes('/containers/json') || other) return undefined;
		// This run has decided what is to be told, and has not come to its end.
		other = heal({ policy: settled, now: () => Date.now() + 5 * minute });
		await other;
		return undefined;
	};
	const slow = await heal({ policy: settled });
	expect((await other)?.['guarded']).toMatchObject({ alert: true, alertKind: 'protected' });
	expect(slow['guarded']).toMatchObject({ reason: 'protected', alert: false, alertKind: null });
	expect(slow['job']).toMatchObject({ changed: true });
});

test('an engine that fails before anything is found out is an error', async () => {
	await troubles();
	stand.proxy.before = ({ url }) =>
		Promise.resolve(
			url?.includes('/containers/json') ? { status: 500, body: '{"message":"out"}' } : undefined,
		);
	await expect(heal()).rejects.toMatchObject({ code: 'engine_error' });
});

test('the end of the trouble of a container that is gone is told by a later run too, and then forgotten', () => {
	const watched = new Watched({ ...defaultPolicy, maxRestarts: 0 });
	watched.look(ended());
	if (!watched.record) throw new Error('Nothing is remembered.');
	const teller = { now: watched.now, run: 'first', tellMs: minute };
	const first = farewell(watched.record, teller);
	expect(first.tell).toBe(true);
	if (!first.kept) throw new Error('It is forgotten before it is told.');
	const soon = farewell(first.kept, { ...teller, now: watched.now + second, run: 'second' });
	expect(soon).toMatchObject({ tell: false, kept: first.kept });
	const later = farewell(first.kept, { ...teller, now: watched.now + minute, run: 'third' });
	expect(later.tell).toBe(true);
	if (!later.kept) throw new Error('It is forgotten before it is told.');
	const last = farewell(toldBy('third', later.kept), {
		...teller,
		now: watched.now + 2 * minute,
		run: 'fourth',
	});
	expect(last).toEqual({ tell: false, kept: undefined });
});

describe('between two runs', () => {
	const policy = { ...defaultPolicy, maxRestarts: 0 };
	const look = (watched: Watched, run: string) => watched.look(ended(), { run }).alert;

	test('what one has to tell is left to it until it could no longer be alive, and then told once', () => {
		const watched = new Watched(policy);
		expect(look(watched, 'first')).toBe('quarantine');
		expect(look(watched.after(50 * second), 'second')).toBeNull();
		expect(look(watched.after(20 * second), 'second')).toBe('quarantine');
		expect(look(watched.after(second), 'third')).toBeNull();
	});

	test('DK-21 a time that a wrong clock has put a year ahead keeps nothing untold', () => {
		const watched = new Watched(policy);
		const year = 365 * 24 * 60 * minute;
		expect(look(watched.after(year), 'first')).toBe('quarantine');
		expect(look(watched.after(-year), 'second')).toBe('quarantine');
	});
});
