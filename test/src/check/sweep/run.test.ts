import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CheckMemory } from '../../../../src/check/sweep/memory';
import { runChecks, type CheckRun, type RunOptions } from '../../../../src/check/sweep/run';
import { parseChecks, targetsOfChecks } from '../../../../src/check/sweep/targets';
import { History, lookAt } from '../../../../src/check';
import { FileStateStore } from '../../../../src/shared';
import { Scope } from '../../../support/scope';
import { closeServers, web } from '../probes/servers';

let scope: Scope;
let store: FileStateStore;
let folder: string;
/** How often each page was asked for. */
let asked: Record<string, number>;
let waiting: ServerResponse[];
let site: string;
/** What pages answer with; 200 unless given. */
let answers: Record<string, number>;
let made = 0;
/** What goes on after runs have ended. */
const open: Promise<void>[] = [];

beforeAll(async () => {
	scope = await Scope.open('check-run');
	// Pages that begin with "slow" answer when the test says so.
	site = await web((request, response) => {
		const page = (request.url ?? '').slice(1);
		asked[page] = (asked[page] ?? 0) + 1;
		if (page.startsWith('slow')) waiting.push(response);
		else setTimeout(() => response.writeHead(answers[page] ?? 200).end(), 50);
	});
	// What is loaded on first use is not what is timed here.
	asked = {};
	answers = {};
	store = new FileStateStore(scope.path('first'));
	await run([page('first')], { longestRunMs: 30_000 });
});

afterAll(async () => {
	await closeServers();
	await scope.close();
});

afterEach(async () => {
	answer(200);
	await Promise.all(open.splice(0));
});

beforeEach(() => {
	made += 1;
	folder = scope.path(`state-${made}`);
	store = new FileStateStore(folder);
	asked = {};
	answers = {};
	waiting = [];
});

const page = (name: string, more: object = {}): object => ({
	...{ type: 'http', name, url: `${site}${name}`, timeoutSeconds: 60, alert: { failures: 1, recoveries: 1 } },
	...more,
});

async function run(checks: object[], more: Partial<RunOptions> = {}): Promise<CheckRun> {
	const done = await runChecks({
		...{ store, set: 'shop', targets: targetsOfChecks(parseChecks(checks)), timeZone: 'UTC', lookAt },
		...{ context: { secrets: {} }, longestRunMs: 1000, countAsTold: true, ...more },
	});
	open.push(done.finished);
	return done;
}

/** Enough for what answers, and far less than what does not. */
const longer = { longestRunMs: 3000 };

const titles = ({ alerts }: CheckRun): string[] => alerts.map(({ title }) => title);
const found = ({ results }: CheckRun): Record<string, string> =>
	Object.fromEntries(results.map(({ key, reason }) => [key, reason]));
/** All slow pages answer now. */
const answer = (status: number): void => {
	for (const response of waiting.splice(0)) response.writeHead(status).end();
};

test('HC-13 HC-15: a target that never answers holds back no alert of another, and is judged when its time is over', async () => {
	answers = { shop: 500 };
	const checks = [page('slow', { timeoutSeconds: 12 }), page('shop'), page('blog')];
	const first = await run(checks, longer);
	expect(first.durationMs).toBeLessThan(10_000);
	expect(titles(first)).toEqual(['shop fails']);
	expect(found(first)).toEqual({ slow: 'running', shop: 'status', blog: 'ok' });
	expect(first.results[0]).toMatchObject({ status: 'unknown', attempts: 0, condition: null });
	const second = await run(checks, longer);
	expect([titles(second), asked['slow']]).toEqual([[], 1]);
	await first.finished;
	const third = await run(checks, longer);
	expect(titles(third)).toEqual(['slow fails']);
	expect(third.alerts[0]?.message).toContain('the head of an answer did not come in time');
	expect(third.results[0]).toMatchObject({ condition: 'critical', reason: 'running' });
	expect([asked['slow'], waiting.length]).toEqual([2, 2]);
	const [hour] = await new History(store, 'shop').read('hour', Date.now() - 60_000, Date.now());
	expect(hour?.buckets.get('slow')).toMatchObject({ checks: 1, failures: 1 });
});

test('HC-15: a look that takes longer than several intervals is one look, and what it finds is told once', async () => {
	const checks = [page('slow')];
	const first = await run(checks);
	for (let runs = 0; runs < 3; runs += 1) expect(found(await run(checks))).toEqual({ slow: 'running' });
	expect(asked['slow']).toBe(1);
	answer(500);
	await first.finished;
	const [told, again] = [await run(checks), await run(checks)];
	expect([titles(told), titles(again)]).toEqual([['slow fails'], []]);
	expect(asked['slow']).toBe(2);
	answer(200);
	await told.finished;
	expect(titles(await run(checks))).toEqual(['slow is well again']);
});

test('HC-16: what fails is not told while what it depends on is still being looked at, and never if that fails too', async () => {
	answers = { front: 500, other: 500 };
	const checks = [
		page('slow'),
		page('front', { dependsOn: ['slow'] }),
		page('cart', { dependsOn: ['front'] }),
		page('other'),
	];
	answers['cart'] = 500;
	const first = await run(checks, longer);
	expect(titles(first)).toEqual(['other fails']);
	expect(found(first)).toEqual({ slow: 'running', front: 'waiting', cart: 'waiting', other: 'status' });
	// Another run finds nothing of its own to look at, and tells nothing either.
	expect(titles(await run(checks, longer))).toEqual([]);
	answer(500);
	await first.finished;
	const next = await run(checks, longer);
	expect(titles(next)).toEqual(['slow fails']);
	const memory = await new CheckMemory(store, 'shop').read();
	expect(memory.get('cart')?.record.last.reason).toBe('parent_failing');
	// It was only slow in the end: what depends on it is told then.
	answer(200);
	await next.finished;
	const last = await run(checks, longer);
	expect(titles(last).toSorted()).toEqual(['front fails', 'slow is well again']);
});

test('HC-25: many targets that end late and fail are one message of the next run', async () => {
	const checks = Array.from({ length: 20 }, (_, index) => page(`slow-${index}`));
	const first = await run([...checks, page('shop')]);
	expect(titles(first)).toEqual([]);
	while (waiting.length < 20) await sleep(20);
	answer(500);
	await first.finished;
	const next = await run([...checks, page('shop')]);
	expect(titles(next)).toEqual(['20 checks fail']);
	answer(200);
	await next.finished;
	expect(titles(await run(checks))).toEqual(['20 checks are well again']);
});

test('HC-15: where there is no time for all, the next run begins with those that were left', async () => {
	const checks = [page('slow-1'), page('slow-2'), page('shop'), page('blog', { dependsOn: ['shop'] })];
	const first = await run(checks, { concurrency: 2 });
	expect(found(first)).toEqual({
		'slow-1': 'running',
		'slow-2': 'running',
		shop: 'no_time',
		blog: 'no_time',
	});
	answer(200);
	await first.finished;
	const second = await run(checks, { concurrency: 1 });
	expect(found(second)).toEqual({ shop: 'ok', blog: 'ok', 'slow-1': 'running', 'slow-2': 'no_time' });
	answer(200);
	await second.finished;
});

test('HC-20: of runs at the same time each target is looked at by one, and each alert is handed out by one', async () => {
	const names = Array.from({ length: 8 }, (_, index) => `page-${index}`);
	answers = Object.fromEntries(names.map((name) => [name, 500]));
	const checks = names.map((name) => page(name));
	const runs = await Promise.all([1, 2, 3].map(() => run(checks, { longestRunMs: 10_000 })));
	// One that comes late may find the others ready.
	const looks = names.map((name) => runs.filter((one) => found(one)[name] === 'status').length);
	expect(looks).toEqual(names.map((name) => asked[name]));
	const told = runs.flatMap(({ alerts }) =>
		alerts.flatMap(({ notices }) => notices.map(({ target }) => target)),
	);
	expect(told.toSorted()).toEqual(names);
});

test('HC-20: what a process was looking at that was killed is looked at again by the next run', async () => {
	const child = fork(join(__dirname, 'run-in-process.cjs'), [], { stdio: 'inherit' });
	child.send({ folder, checks: [page('slow'), page('shop')] });
	while (waiting.length === 0) await sleep(20);
	child.kill('SIGKILL');
	await once(child, 'exit');
	answers = { shop: 500 };
	const next = await run([page('slow'), page('shop')], longer);
	expect(titles(next)).toEqual(['shop fails']);
	expect(asked['slow']).toBe(2);
});

test('a run that is cancelled leaves its targets to the next one at once; one that is over is cancelled no more', async () => {
	const controller = new AbortController();
	const { signal } = controller;
	const cancelled = run([page('slow')], { longestRunMs: 60_000, signal });
	while (waiting.length === 0) await sleep(20);
	controller.abort(new Error('cancelled'));
	await expect(cancelled).rejects.toThrow('cancelled');
	const later = new AbortController();
	const next = await run([page('slow')], { signal: later.signal });
	expect(asked['slow']).toBe(2);
	later.abort();
	answer(200);
	await next.finished;
	const memory = await new CheckMemory(store, 'shop').read();
	expect(memory.get('slow')).toMatchObject({ record: { last: { reason: 'ok' } }, busy: null });
});
