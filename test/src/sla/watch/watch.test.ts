import { Watch, type Claim, type DueEvents, type WatchOptions } from '../../../../src/sla';

interface Event {
	id: number;
}

/** A store whose answers are written down, and a clock that is moved by sleeping alone. */
class Desk implements DueEvents<Event> {
	nowMs = 0;
	readonly log: string[] = [];
	readonly claims: (Partial<Claim<Event>> | Error)[] = [];
	readonly ending = new AbortController();
	isDown = false;
	/** Rounds after which it ends by itself. */
	rounds = 20;
	private readonly sleepers: { untilMs: number; wake: () => void }[] = [];

	claim(limit: number): Promise<Claim<Event>> {
		this.log.push(`${this.nowMs} claim ${limit}`);
		const { events = [], nextDueAtMs = null } = this.answer();
		return Promise.resolve({ events, nextDueAtMs, clockMs: this.nowMs });
	}

	acknowledge(events: readonly Event[]): Promise<void> {
		return this.told(
			'acknowledge',
			events.map(({ id }) => id),
		);
	}

	renew(ids: readonly number[]): Promise<void> {
		return this.told('renew', ids);
	}

	giveBack(ids: readonly number[]): Promise<void> {
		return this.told('giveBack', ids);
	}

	/** Time passes when everybody sleeps. */
	readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
		if (signal.aborted) return;
		await new Promise<void>((resolve) => {
			this.sleepers.push({ untilMs: this.nowMs + ms, wake: resolve });
			signal.addEventListener('abort', () => resolve(), { once: true });
			setImmediate(() => setImmediate(() => this.pass()));
		});
	};

	private pass(): void {
		if ((this.rounds -= 1) < 0) return this.ending.abort();
		this.sleepers.sort((one, other) => one.untilMs - other.untilMs);
		const next = this.sleepers.shift();
		if (!next) return;
		this.nowMs = Math.max(this.nowMs, next.untilMs);
		next.wake();
	}

	private answer(): Partial<Claim<Event>> {
		const next = this.claims.shift();
		if (next === undefined) {
			this.ending.abort();
			return {};
		}
		if (next instanceof Error) throw next;
		return next;
	}

	private told(what: string, ids: readonly number[]): Promise<void> {
		if (this.isDown) return Promise.reject(new Error('down'));
		this.log.push(`${this.nowMs} ${what} ${ids.join()}`);
		return Promise.resolve();
	}
}

async function done(work?: Promise<void>): Promise<'done'> {
	await work;
	return 'done';
}

async function watch(desk: Desk, options: Partial<WatchOptions<Event>> = {}): Promise<string[]> {
	await new Watch(desk, {
		...{ intervalMs: 30_000, mostAtOnce: 10, patienceMs: 900_000, signal: desk.ending.signal },
		handOver: async ({ id }) => await done(void desk.log.push(`${desk.nowMs} event ${id}`)),
		...{ leaseMs: 60_000, sleep: desk.sleep, now: () => desk.nowMs },
		...options,
	}).run();
	return desk.log;
}

const event = (id: number): Claim<Event>['events'] => [{ id }];

test('SL-26: what was handed over is acknowledged, and looked for again every so often', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(1) }, {}, {});
	expect(await watch(desk)).toEqual([
		'0 claim 10',
		'0 event 1',
		'0 acknowledge 1',
		'0 claim 10',
		'30000 claim 10',
		'60000 claim 10',
	]);
});

test('what is due sooner is looked for at its instant', async () => {
	const desk = new Desk();
	desk.claims.push({ nextDueAtMs: 4200 }, { nextDueAtMs: 500_000 }, {});
	expect(await watch(desk)).toEqual(['0 claim 10', '4200 claim 10', '34200 claim 10', '64200 claim 10']);
});

test('what is due and held by another worker is not asked for without end', async () => {
	const desk = new Desk();
	desk.claims.push({ nextDueAtMs: -1000 }, { nextDueAtMs: -1000 });
	expect(await watch(desk)).toEqual(['0 claim 10', '30000 claim 10', '60000 claim 10']);
});

test('SL-27: nothing is acknowledged before the run has ended, and one that is still on its way is not told again', async () => {
	const desk = new Desk();
	let end: () => void = () => {};
	desk.claims.push({ events: event(7) }, { events: event(7) }, {});
	const told: number[] = [];
	const log = await watch(desk, {
		handOver: async ({ id }) => {
			told.push(id);
			await new Promise<void>((resolve) => (end = resolve));
			return 'done';
		},
		onReached: () => {
			if (desk.nowMs >= 60_000) end();
		},
	});
	expect(told).toEqual([7]);
	expect(log.indexOf('60000 acknowledge 7')).toBeGreaterThan(log.indexOf('60000 claim 9'));
});

test('what could not be handed over is given back, and tried again after a while', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(3) }, { events: event(3) });
	let attempts = 0;
	const log = await watch(desk, {
		handOver: () => ((attempts += 1) === 1 ? Promise.reject(new Error('full')) : done()),
	});
	expect(log).toEqual([
		'0 claim 10',
		'0 giveBack 3',
		'10000 claim 10',
		'10000 acknowledge 3',
		'10000 claim 10',
	]);
});

test('a store that is down is asked again after a second, then less often, and never given up', async () => {
	const desk = new Desk();
	const failures: unknown[] = [];
	desk.claims.push(...Array.from({ length: 7 }, () => new Error('down')), {});
	const log = await watch(desk, { onFailure: (failure) => failures.push(failure) });
	expect(log.map((line) => Number(line.split(' ')[0]) / 1000)).toEqual([0, 1, 3, 7, 15, 31, 51, 71, 101]);
	expect(failures).toHaveLength(7);
});

test('an acknowledgement that failed is told later, and its event is not told again', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(5) }, {});
	const told: number[] = [];
	desk.isDown = true;
	const log = await watch(desk, {
		handOver: async ({ id }) => await done(void told.push(id)),
		onFailure: () => {
			if (desk.nowMs >= 3000) desk.isDown = false;
		},
	});
	expect(told).toEqual([5]);
	expect(log.slice(1, 3)).toEqual(['7000 acknowledge 5', '7000 claim 10']);
});

test('no more than so many are on their way at once', async () => {
	const desk = new Desk();
	const ends: (() => void)[] = [];
	desk.claims.push({ events: [{ id: 1 }, { id: 2 }] }, {});
	const log = await watch(desk, {
		mostAtOnce: 2,
		handOver: async () => await done(new Promise<void>((resolve) => void ends.push(resolve))),
		sleep: async (ms, signal) => {
			await desk.sleep(ms, signal);
			if (desk.nowMs >= 60_000) ends.pop()?.();
		},
	});
	expect(log[0]).toBe('0 claim 2');
	expect(log.find((line) => line.endsWith('claim 1'))).toMatch(/^[69]0000 /);
});

test('SL-27: what takes longer than its lease is kept, also with the hands full, and takes no place in a claim', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(1) }, {});
	const ends: (() => void)[] = [];
	const log = await watch(desk, {
		...{ mostAtOnce: 1, leaseMs: 10_000, intervalMs: 30_000 },
		handOver: async () => await done(new Promise<void>((resolve) => void ends.push(resolve))),
		sleep: async (ms, signal) => {
			await desk.sleep(ms, signal);
			if (desk.nowMs >= 14_000) ends.pop()?.();
		},
	});
	const kept = ['0 claim 1', '5000 renew 1', '10000 renew 1', '15000 renew 1'];
	expect(log.slice(0, 4)).toEqual(kept);
	expect(log.slice(4)).toContain('15000 acknowledge 1');
	expect(log.filter((line) => line.includes('renew'))).toEqual(kept.slice(1));
});

test('what was handed over in vain is neither acknowledged nor given back: it comes again after its lease', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(3) }, {}, { events: event(3) }, {});
	let attempts = 0;
	const log = await watch(desk, {
		handOver: () => Promise.resolve((attempts += 1) === 1 ? 'again' : 'done'),
	});
	expect(log.filter((line) => !line.includes('claim'))).toEqual(['30000 acknowledge 3']);
	expect(attempts).toBe(2);
});

test('a run that takes very long counts as handed over', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(9) }, ...Array.from({ length: 5 }, () => ({})));
	const log = await watch(desk, { patienceMs: 100_000, handOver: () => new Promise(() => {}) });
	expect(log).toContain('100000 acknowledge 9');
});

test('whoever ends it waits a little for what is on its way, and it is not told again', async () => {
	const desk = new Desk();
	desk.claims.push({ events: event(4) });
	const log = await watch(desk, { handOver: () => new Promise(() => {}) });
	expect(log.at(-1)).toMatch(/ acknowledge 4$/);
});
