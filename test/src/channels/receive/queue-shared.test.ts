import { readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { EventQueue, QueueWorker, type ChannelEvent } from '../../../../src/channels';
import { endProcesses } from '../../../support/channels/ended-process';
import { poll } from '../../../support/n8n/poll';
import { Scope } from '../../../support/scope';

let scope: Scope;
let folders = 0;

beforeAll(async () => {
	scope = await Scope.open('channel-queue-shared');
});
afterAll(() => scope.close());

const folder = () => scope.path(`queue-${(folders += 1)}`);

const event = (id: number): ChannelEvent => ({
	id: `telegram:1:${id}`,
	kind: 'unsupported',
	type: 'poll',
	platform: 'telegram',
	account: '1',
	raw: { id },
});

async function begun(queue: EventQueue, id: number): Promise<void> {
	await queue.put(event(id));
	for (const waiting of queue.waiting) await queue.begin(waiting);
}

test('RT-7: what a living process works on is taken by no other that opens the queue, and is once it has ended', async () => {
	const place = folder();
	await begun(await EventQueue.open(place), 1);
	const other = await EventQueue.open(place);
	await other.takeUpLeft();
	expect(other.waiting).toEqual([]);
	await endProcesses(place);
	await other.takeUpLeft();
	expect(other.waiting).toEqual([expect.objectContaining({ attempts: 1, recovered: true })]);
});

test('a process that cannot be looked at counts as ended after a minute without a sign of life', async () => {
	const place = folder();
	await begun(await EventQueue.open(place), 1);
	const [process = ''] = await readdir(join(place, 'running'));
	const old = new Date(Date.now() - 61_000);
	await utimes(join(place, 'running', process, 'process.json'), old, old);
	expect((await EventQueue.open(place)).waiting).toHaveLength(1);
});

test('RT-27: one who only puts is not refused for what others have worked off', async () => {
	const place = folder();
	const putting = await EventQueue.open(place, { mostEvents: 5 });
	const handed: string[] = [];
	const working = await EventQueue.open(place);
	const worker = new QueueWorker(working, {
		rescanMs: 10,
		handOver: ({ event: one }) => Promise.resolve(void handed.push(one.id)),
	});
	for (let id = 1; id <= 12; id += 1) {
		await putting.put(event(id));
		await poll(60_000, () => Promise.resolve(handed.length === id ? true : undefined));
		await sleep(30);
	}
	expect(handed).toHaveLength(12);
	await worker.close();
});

test('what another process is working on keeps its content', async () => {
	const place = folder();
	const [one, other] = [await EventQueue.open(place), await EventQueue.open(place)];
	await one.put(event(1));
	await other.rescan();
	for (const waiting of one.waiting) await one.begin(waiting);
	// It has still listed what is gone.
	const worker = new QueueWorker(other, { handOver: () => Promise.resolve() });
	await poll(60_000, () => Promise.resolve(other.size === 0 ? true : undefined));
	await worker.close();
	await endProcesses(place);
	const after = await EventQueue.open(place);
	const [waiting] = after.waiting;
	expect(waiting && (await after.read(waiting))?.id).toBe('telegram:1:1');
});

test('an event that could not be put among those that wait is, when it comes again', async () => {
	const place = folder();
	const queue = await EventQueue.open(place);
	await rename(join(place, 'pending'), join(place, 'away'));
	const both = await Promise.allSettled([queue.put(event(1)), queue.put(event(1))]);
	// Whoever comes second hears nothing better than the first.
	expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	await rename(join(place, 'away'), join(place, 'pending'));
	expect((await queue.put(event(1))).isNew).toBe(true);
	expect(queue.waiting).toHaveLength(1);
	expect((await queue.put(event(1))).isNew).toBe(false);
});
