import { readdir, readFile, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import {
	EventQueue,
	QueueWorker,
	type ChannelEvent,
	type HandedOver,
	type StoreVerdict,
} from '../../../../src/channels';
import { OpsdeskError } from '../../../../src/shared';
import { poll } from '../../../support/n8n/poll';
import { Scope } from '../../../support/scope';
import { endProcesses } from '../../../support/channels/ended-process';

let scope: Scope;
let folders = 0;

beforeAll(async () => {
	scope = await Scope.open('channel-queue');
});
afterAll(() => scope.close());

const folder = () => scope.path(`queue-${(folders += 1)}`);

const event = (id: number | string, text = `Message ${id}`): ChannelEvent => ({
	id: `telegram:1:${id}`,
	kind: 'message',
	platform: 'telegram',
	account: '1',
	raw: { text },
	message: {
		event: 'message',
		platform: 'telegram',
		account: '1',
		id: String(id),
		chat: { id: `chat-${id}` },
		sentAt: '2026-03-02T09:00:00Z',
		text,
	},
});

const texts = (handed: HandedOver[]) =>
	handed.map((one) =>
		one.event.kind === 'message' && 'text' in one.event.message ? one.event.message.text : '',
	);

async function until(condition: () => boolean): Promise<void> {
	expect(await poll(60_000, () => Promise.resolve(condition() || undefined))).toBe(true);
}

/** All bytes below a folder. */
async function contents(path: string): Promise<string> {
	const entries = await readdir(path, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	return (await Promise.all(files.map(async (file) => await readFile(file, 'utf8')))).join('\n');
}

describe('EventQueue', () => {
	test('RT-7: an event is new once, also for many who put it at the same time', async () => {
		const queue = await EventQueue.open(folder());
		const puts = await Promise.all(Array.from({ length: 20 }, async () => await queue.put(event(1))));
		expect(puts.filter(({ isNew }) => isNew)).toHaveLength(1);
		expect(queue.waiting).toHaveLength(1);
	});

	test('RT-7: two processes with one folder take an event once', async () => {
		const place = folder();
		const [one, other] = [await EventQueue.open(place), await EventQueue.open(place)];
		expect((await one.put(event(1))).isNew).toBe(true);
		expect((await other.put(event(1))).isNew).toBe(false);
		await other.rescan();
		const [first] = one.waiting;
		const [second] = other.waiting;
		const begun = [first && (await one.begin(first)), second && (await other.begin(second))];
		expect(begun.filter((taken) => taken !== undefined)).toHaveLength(1);
	});

	test('what was accepted before a crash is there after it, oldest first', async () => {
		const place = folder();
		const queue = await EventQueue.open(place);
		for (const id of [1, 2, 3]) await queue.put(event(id));
		const after = await EventQueue.open(place);
		expect(after.waiting).toHaveLength(3);
		expect(after.waiting.every(({ recovered }) => recovered)).toBe(true);
		expect(after.id).toBe(queue.id);
		const first = after.waiting[0];
		expect(first && (await after.read(first))?.id).toBe('telegram:1:1');
	});

	test('an event that was accepted right before a crash is taken up from its draft', async () => {
		const place = folder();
		const queue = await EventQueue.open(place);
		// As it is between its two steps: accepted, and not among those that wait.
		await rename(join(place, 'pending'), join(place, 'away'));
		await expect(queue.put(event(1))).rejects.toMatchObject({ code: 'queue_unavailable' });
		await rename(join(place, 'away'), join(place, 'pending'));
		expect(await readdir(join(place, 'drafts'))).toHaveLength(1);
		const after = await EventQueue.open(place);
		expect(after.waiting).toHaveLength(1);
		expect((await after.put(event(1))).isNew).toBe(false);
	});

	test('one that was being worked on is counted, so that it is known again', async () => {
		const place = folder();
		const queue = await EventQueue.open(place);
		await queue.put(event(1));
		const [waiting] = queue.waiting;
		if (waiting) await queue.begin(waiting);
		await endProcesses(place);
		const after = await EventQueue.open(place);
		expect(after.waiting).toEqual([expect.objectContaining({ attempts: 1, recovered: true })]);
	});

	test('nothing of what somebody said stays on the disk once it is worked off, and its id stays known', async () => {
		const place = folder();
		const queue = await EventQueue.open(place);
		await queue.put(event(1, 'My number is 42'));
		const [waiting] = queue.waiting;
		expect(await contents(place)).toContain('My number is 42');
		const begun = waiting && (await queue.begin(waiting));
		if (begun) await queue.done(begun);
		expect(await contents(place)).not.toContain('My number');
		expect((await queue.put(event(1))).isNew).toBe(false);
		expect(queue.size).toBe(0);
		expect((await EventQueue.open(place)).waiting).toEqual([]);
	});

	test('ids are forgotten after their time, and none before', async () => {
		const place = folder();
		const queue = await EventQueue.open(place, { keepIdsMs: 60_000 });
		for (const id of [1, 2]) await queue.put(event(id));
		for (const waiting of queue.waiting) await queue.done(waiting);
		const shards = (await readdir(join(place, 'ids'), { recursive: true })).filter((name) => name.length > 3);
		const old = join(place, 'ids', shards[0] ?? '');
		const time = new Date(Date.now() - 61_000);
		await utimes(old, time, time);
		await queue.tidy();
		await expect(stat(old)).rejects.toThrow('ENOENT');
		await expect(stat(join(place, 'ids', shards[1] ?? ''))).resolves.toBeDefined();
	});

	test('a full queue refuses more, and says so', async () => {
		const queue = await EventQueue.open(folder(), { mostEvents: 2 });
		for (const id of [1, 2]) await queue.put(event(id));
		await expect(queue.put(event(3))).rejects.toMatchObject({ code: 'queue_full' });
	});
});

describe('QueueWorker', () => {
	const created = (messages: unknown[]): Promise<StoreVerdict[]> =>
		Promise.resolve(messages.map((_, index) => ({ status: 'created' as const, id: index })));

	test('hands over each event once, and no more at a time than is wanted', async () => {
		const queue = await EventQueue.open(folder());
		const handed: HandedOver[] = [];
		let [now, most] = [0, 0];
		let open: () => void = () => undefined;
		const gate = new Promise<void>((resolve) => (open = resolve));
		const worker = new QueueWorker(queue, {
			atOnce: 3,
			handOver: async (one) => {
				now += 1;
				most = Math.max(most, now);
				handed.push(one);
				await gate;
				await new Promise((resolve) => setTimeout(resolve, 10));
				now -= 1;
			},
		});
		await Promise.all(Array.from({ length: 20 }, async (_, id) => await queue.put(event(id))));
		worker.nudge();
		await until(() => now === 3);
		open();
		await until(() => handed.length === 20 && queue.size === 0);
		expect(new Set(texts(handed)).size).toBe(20);
		expect(most).toBe(3);
		await worker.close();
	});

	test('a run that was cut off by a crash is handed over again as a second attempt, and given up after three', async () => {
		const place = folder();
		await (await EventQueue.open(place)).put(event(1));
		const attempts: number[] = [];
		const problems: string[] = [];
		for (let crash = 1; crash <= 4; crash += 1) {
			const queue = await EventQueue.open(place);
			const worker = new QueueWorker(queue, {
				handOver: async ({ attempt }) => {
					attempts.push(attempt);
					await new Promise(() => undefined);
				},
				onProblem: (problem) => problems.push(problem),
			});
			await until(() => attempts.length === crash || problems.length > 0);
			await worker.close();
			await endProcesses(place);
		}
		expect(attempts).toEqual([1, 2, 3]);
		expect(problems.join()).toContain('was handed over 3 times without an end');
		expect(await readdir(join(place, 'dead'))).toHaveLength(1);
	});

	test('when n8n does not take an event, it is offered again with the same attempt', async () => {
		const queue = await EventQueue.open(folder());
		await queue.put(event(1));
		const attempts: number[] = [];
		const worker = new QueueWorker(queue, {
			handOver: ({ attempt }) => {
				attempts.push(attempt);
				return attempts.length === 1 ? Promise.reject(new Error('no database')) : Promise.resolve();
			},
		});
		await until(() => queue.size === 0);
		expect(attempts).toEqual([1, 1]);
		await worker.close();
	});

	test('messages are stored before they are handed over, many in one call, and duplicates start nothing', async () => {
		const queue = await EventQueue.open(folder());
		for (let id = 1; id <= 30; id += 1) await queue.put(event(id));
		const calls: number[] = [];
		const handed: HandedOver[] = [];
		const worker = new QueueWorker(queue, {
			store: async (messages) => {
				calls.push(messages.length);
				const verdicts = await created(messages);
				return verdicts.map((verdict, index) => (index === 3 ? { status: 'duplicate' } : verdict));
			},
			handOver: (one) => Promise.resolve(void handed.push(one)),
		});
		await until(() => queue.size === 0);
		expect(calls).toEqual([30]);
		expect(handed).toHaveLength(29);
		expect(handed.every(({ stored }) => stored?.status === 'created')).toBe(true);
		await worker.close();
	});

	test('a store that is away keeps events waiting, and what was stored before a crash is still handed over', async () => {
		const place = folder();
		const before = await EventQueue.open(place);
		await before.put(event(1));
		// The answer of the store was lost with the process: asked again, it knows the message.
		const queue = await EventQueue.open(place);
		const handed: HandedOver[] = [];
		let asked = 0;
		const worker = new QueueWorker(queue, {
			store: (messages) => {
				asked += 1;
				if (asked === 1) return Promise.reject(new Error('no connection'));
				return Promise.resolve(messages.map(() => ({ status: 'duplicate' as const })));
			},
			handOver: (one) => Promise.resolve(void handed.push(one)),
		});
		await worker.untilStored(['none'], 50);
		expect(handed).toHaveLength(0);
		await until(() => handed.length === 1);
		await worker.close();
	});

	test('one message that the store refuses keeps the others from nothing, and is handed over with the reason', async () => {
		const queue = await EventQueue.open(folder());
		for (const id of [1, 2, 3]) await queue.put(event(id));
		const handed: HandedOver[] = [];
		const worker = new QueueWorker(queue, {
			store: async (messages) => {
				if (messages.some(({ id }) => id === '2')) {
					throw new OpsdeskError('invalid_input', 'Message 2 is too large.', 'Send a smaller one.');
				}
				return await created(messages);
			},
			handOver: (one) => Promise.resolve(void handed.push(one)),
		});
		await until(() => handed.length === 3);
		expect(handed.map(({ stored }) => stored?.status).sort()).toEqual(['created', 'created', 'failed']);
		await worker.close();
	});

	test('who waits for storing waits until then, or as long as is bearable', async () => {
		const queue = await EventQueue.open(folder());
		const { name } = await queue.put(event(1));
		let finish: (() => void) | undefined;
		const worker = new QueueWorker(queue, {
			store: async (messages) => {
				await new Promise<void>((resolve) => (finish = resolve));
				return await created(messages);
			},
			handOver: () => Promise.resolve(),
		});
		await until(() => finish !== undefined);
		const startedAt = Date.now();
		await worker.untilStored([name], 100);
		expect(Date.now() - startedAt).toBeGreaterThanOrEqual(95);
		const waiting = worker.untilStored([name], 60_000);
		finish?.();
		await waiting;
		expect(Date.now() - startedAt).toBeLessThan(30_000);
		await worker.close();
	});
});
