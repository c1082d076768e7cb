import { createHash } from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { takeLock, type LockRequest, type SiteLock } from '../../../src/backup/lock';
import { encodeHolder, newHolder, type LockHolder } from '../../../src/backup/lock-holder';
import { Scope } from '../../support/scope';

let scope: Scope;
let root: string;
let roots = 0;
let runs = 0;
const held: SiteLock[] = [];

beforeAll(async () => {
	scope = await Scope.open('lock');
});
afterAll(() => scope.close());

beforeEach(() => {
	roots += 1;
	root = scope.path(`backups-${roots}`);
	mkdirSync(`${root}/shop`, { recursive: true });
});
afterEach(async () => {
	for (const lock of held.splice(0)) await lock.release();
});

const lockFile = () => `${root}/shop/backup.lock`;

async function take(options: Partial<LockRequest> = {}) {
	runs += 1;
	const result = await takeLock(new DirectoryDestination(root), {
		folder: 'shop',
		run: `run-${runs}`,
		work: 'backup',
		now: new Date(),
		waitMs: 0,
		heartbeatMs: 50,
		staleAfterMs: 60_000,
		...options,
	});
	if ('lock' in result) held.push(result.lock);
	return result;
}

async function taken(options: Partial<LockRequest> = {}): Promise<SiteLock> {
	const result = await take(options);
	if (!('lock' in result)) throw new Error(`It is held by ${result.heldBy}.`);
	return result.lock;
}

/** Leaves a lock as a process like this one would have. */
function leaveLock(changes: Partial<LockHolder>): void {
	const since = new Date('2026-11-20T02:00:00Z');
	writeFileSync(lockFile(), encodeHolder({ ...newHolder('foreign', since), ...changes }));
}

function startOf(pid: number): string {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Shows life in place of a holder elsewhere, always with times long ago, as a clock that is wrong would. */
function keepAlive(): () => void {
	let seconds = 0;
	const timer = setInterval(() => {
		seconds += 1;
		utimesSync(lockFile(), seconds, seconds);
	}, 30);
	return () => clearInterval(timer);
}

test('BK-4: of two runs of one process one gets the lock, the other hears at once by whom and since when', async () => {
	// Neither shows life meanwhile: that it lives is known here without looking.
	await taken({ now: new Date('2026-11-20T02:00:00Z'), heartbeatMs: 600_000 });
	const started = performance.now();
	const second = await take({ staleAfterMs: 5000 });
	expect(second).toEqual({
		heldBy: expect.stringMatching(
			new RegExp(`^process ${process.pid} on \\S+ since 2026-11-20T02:00:00\\.000Z$`),
		),
	});
	expect(performance.now() - started).toBeLessThan(5000);
});

test('a lock that was released is free, and its file is gone', async () => {
	const lock = await taken();
	await lock.release();
	expect(existsSync(lockFile())).toBe(false);
	await taken();
});

test('BK-4: one that waits gets the lock when it is released', async () => {
	const lock = await taken();
	const waiting = take({ waitMs: 60_000, staleAfterMs: 1000 });
	await sleep(200);
	await lock.release();
	expect(await waiting).toMatchObject({ lock: expect.anything() });
});

test('BK-5: the lock of a process that was killed is taken over at once, that of one that runs is not', async () => {
	const child = scope.start('holder', 'sleep', { args: ['600'] });
	leaveLock({ pid: child.pid, processStart: startOf(child.pid), who: `process ${child.pid} on web-1` });
	const waiting = take({ staleAfterMs: 600_000, waitMs: 600_000 });
	const early = await Promise.race([waiting, sleep(1500, 'waits')]);
	expect(early).toBe('waits');
	await child.end('SIGKILL');
	expect(await waiting).toMatchObject({
		tookOverFrom: `process ${child.pid} on web-1 since 2026-11-20T02:00:00.000Z`,
	});
});

test('BK-5: a process number that was given to another process since proves that the holder is gone', async () => {
	const child = scope.start('other', 'sleep', { args: ['600'] });
	leaveLock({ pid: child.pid, processStart: '1' });
	expect(await take({ staleAfterMs: 600_000 })).toMatchObject({ tookOverFrom: expect.any(String) });
	await child.end();
});

test.each<[string, Partial<LockHolder>]>([
	['another host', { host: 'web-2' }],
	['another start of this host', { bootId: 'b3f0' }],
	['another container', { pidNamespace: 'pid:[1]' }],
])(
	'BK-5: a lock of %s is no proof by its process number; it is watched, then taken over',
	async (_, changes) => {
		// The number of a process that does not exist here.
		leaveLock({ ...changes, pid: 4_194_304 });
		const started = performance.now();
		const result = await take({ staleAfterMs: 700 });
		expect(performance.now() - started).toBeGreaterThanOrEqual(700);
		expect(result).toMatchObject({ tookOverFrom: expect.any(String) });
		expect(readdirSync(`${root}/shop`)).toEqual(['backup.lock']);
	},
);

test('BK-4, BK-5: a lock that shows life is not taken over however old its time is', async () => {
	leaveLock({ host: 'web-2', who: 'process 7 on web-2' });
	const before = readFileSync(lockFile());
	const stop = keepAlive();
	expect(await take({ staleAfterMs: 2000 })).toEqual({
		heldBy: 'process 7 on web-2 since 2026-11-20T02:00:00.000Z',
	});
	expect(await take({ staleAfterMs: 1000, waitMs: 2500 })).toMatchObject({ heldBy: expect.any(String) });
	stop();
	expect(readFileSync(lockFile()).equals(before)).toBe(true);
});

test.each(['', '{"who": "me"', 'null'])(
	'a lock that says %j, left by a writer that was killed, is watched and then taken over',
	async (content) => {
		writeFileSync(lockFile(), content);
		expect(await take({ staleAfterMs: 300 })).toMatchObject({
			tookOverFrom: 'a run that has not said who it is',
		});
	},
);

test('BK-4: of many that find a dead lock at the same time exactly one gets it', async () => {
	for (let round = 0; round < 15; round += 1) {
		leaveLock({ pid: 4_194_304 });
		const results = await Promise.all(Array.from({ length: 8 }, () => take()));
		const winners = results.filter((result) => 'lock' in result);
		expect(winners).toHaveLength(1);
		expect(readdirSync(`${root}/shop`)).toEqual(['backup.lock']);
		await winners[0]?.lock.release();
	}
});

test('BK-4: a lock that turns out to be another than the one that was found dead is put back', async () => {
	const alive = encodeHolder({ ...newHolder('alive', new Date()), host: 'web-2', who: 'process 7 on web-2' });
	let renames = 0;
	/** Somebody else is faster: takes the dead lock over just before this one renames it. */
	class Overtaken extends DirectoryDestination {
		override async rename(path: string, name: string): Promise<boolean> {
			renames += 1;
			if (renames === 1) writeFileSync(lockFile(), alive);
			return await super.rename(path, name);
		}
	}
	leaveLock({ pid: 4_194_304 });
	const waiting = takeLock(new Overtaken(root), {
		folder: 'shop',
		run: 'overtaken',
		work: 'backup',
		now: new Date(),
		waitMs: 0,
		heartbeatMs: 50,
		staleAfterMs: 5000,
	});
	while (renames === 0) await sleep(5);
	// The put back comes right after it.
	while (!existsSync(lockFile())) await sleep(5);
	const stop = keepAlive();
	expect(await waiting).toMatchObject({ heldBy: expect.stringContaining('process 7 on web-2') });
	stop();
	expect(renames).toBe(1);
	expect(readFileSync(lockFile()).equals(alive)).toBe(true);
	expect(readdirSync(`${root}/shop`)).toEqual(['backup.lock']);
});

test('a holder shows life again and again, and notices when another has its lock', async () => {
	const lock = await taken({ heartbeatMs: 30 });
	utimesSync(lockFile(), 1, 1);
	await expect(lock.confirm()).resolves.toBeUndefined();
	const stamps = new Set<string | undefined>();
	for (let look = 0; look < 40 && stamps.size < 3; look += 1) {
		stamps.add(await new DirectoryDestination(root).stamp('shop/backup.lock'));
		await sleep(30);
	}
	expect(stamps.size).toBe(3);
	leaveLock({ host: 'web-2', who: 'process 7 on web-2' });
	await expect(lock.confirm()).rejects.toMatchObject({
		code: 'lock_lost',
		message: expect.stringContaining('process 7 on web-2 since'),
	});
	await lock.release();
	expect(readFileSync(lockFile(), 'utf8')).toContain('process 7 on web-2');
});

test('a lock that somebody has removed is made anew by its holder', async () => {
	const lock = await taken({ heartbeatMs: 600_000 });
	const before = readFileSync(lockFile());
	unlinkSync(lockFile());
	await expect(lock.confirm()).resolves.toBeUndefined();
	expect(readFileSync(lockFile()).equals(before)).toBe(true);
	expect(await take()).toMatchObject({ heldBy: expect.stringContaining(`process ${process.pid} on`) });
});

test.each([
	['is lost once others may think it dead', 0],
	['is not lost before others may think it dead', 600_000],
])('BK-4: a lock that cannot be read any more %s', async (_, staleAfterMs) => {
	class Unreachable extends DirectoryDestination {
		override async touch(path: string): Promise<void> {
			await super.touch(`${path}/nowhere`);
		}
	}
	const request = { folder: 'shop', run: `unreachable-${staleAfterMs}`, work: 'backup' as const };
	const times = { now: new Date(), waitMs: 0, heartbeatMs: 600_000, staleAfterMs };
	const result = await takeLock(new Unreachable(root), { ...request, ...times });
	if (!('lock' in result)) throw new Error(`It is held by ${result.heldBy}.`);
	held.push(result.lock);
	const loss = { code: 'lock_lost', message: expect.stringContaining('cannot be read any more') as string };
	if (staleAfterMs === 0) await expect(result.lock.confirm()).rejects.toMatchObject(loss);
	else await expect(result.lock.confirm()).resolves.toBeUndefined();
});

test('BK-4: a dead lock that another run is about to take over is left to it, unless that run is gone too', async () => {
	leaveLock({ pid: 4_194_304 });
	const judged = createHash('sha256').update(readFileSync(lockFile())).digest('hex');
	const claim = `${lockFile()}.stale-${judged.slice(0, 16)}`;
	writeFileSync(claim, 'of another run');
	const started = performance.now();
	expect(await take({ staleAfterMs: 400 })).toMatchObject({ tookOverFrom: expect.any(String) });
	expect(performance.now() - started).toBeGreaterThanOrEqual(400);
	expect(existsSync(claim)).toBe(false);
});

test('a run that is cancelled stops waiting', async () => {
	await taken();
	const controller = new AbortController();
	const waiting = take({ waitMs: 600_000, work: 'restore', signal: controller.signal });
	await sleep(50);
	controller.abort();
	await expect(waiting).rejects.toMatchObject({
		code: 'cancelled',
		message: 'The restore was cancelled.',
	});
});

test('BK-1: a destination that never keeps what a lock holds ends the run instead of going round for ever', async () => {
	class Forgetful extends DirectoryDestination {
		/** As a full disk behind a careless server does: the name is there and the content is not. */
		override async createNew(path: string): Promise<boolean> {
			if (!existsSync(`${root}/${path}`)) writeFileSync(`${root}/${path}`, '');
			return await Promise.resolve(false);
		}
	}
	const request = { folder: 'shop', run: 'run-x', work: 'backup' as const, now: new Date(), waitMs: 0 };
	await expect(
		takeLock(new Forgetful(root), { ...request, heartbeatMs: 10, staleAfterMs: 50 }),
	).rejects.toMatchObject({ code: 'destination_refused', message: expect.stringContaining('5 times') });
});
