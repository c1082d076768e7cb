import { setTimeout as sleep } from 'node:timers/promises';

import { EventQueue, QueueWorker, type ChannelEvent, type WorkerOptions } from '../../../../src/channels';
import * as files from '../../../../src/channels/receive/queue/files';
import { endProcesses } from '../../../support/channels/ended-process';
import { poll } from '../../../support/n8n/poll';
import { Scope } from '../../../support/scope';

let scope: Scope;
let folders = 0;

beforeAll(async () => {
	scope = await Scope.open('channel-queue-order');
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => scope.close());

const folder = () => scope.path(`queue-${(folders += 1)}`);

function event(chat: string, id: number): ChannelEvent {
	const origin = { platform: 'telegram' as const, account: '1' };
	const sentAt = '2026-03-02T09:00:00Z';
	const message = { ...origin, event: 'message' as const, id: String(id), chat: { id: chat }, sentAt };
	return { ...origin, id: `${chat} ${id}`, kind: 'message', raw: {}, message };
}

const batch = (chat: string, count: number) =>
	Array.from({ length: count }, (_, index) => event(chat, index + 1));
const idsOf = (events: ChannelEvent[]) => events.map(({ id }) => id);
const put = async (queue: EventQueue, events: ChannelEvent[]) =>
	await Promise.all(events.map(async (one) => await queue.put(one)));

/** A disk that takes some files longer than others, and those that come first the longest. */
function unevenDisk(slowestMs: number): void {
	const { writeDurably } = files;
	let written = 0;
	jest.spyOn(files, 'writeDurably').mockImplementation(async (...given) => {
		await sleep(Math.max(0, slowestMs - (written += 1) * 3));
		await writeDurably(...given);
	});
}

/** Works a queue off until so many were handed over. */
async function workedOff(queue: EventQueue, count: number, options: Partial<WorkerOptions> = {}) {
	const handed: string[] = [];
	const worker = new QueueWorker(queue, {
		...options,
		handOver: async (one) => {
			await options.handOver?.(one);
			handed.push(one.event.id);
		},
	});
	await poll(60_000, () => Promise.resolve(handed.length >= count ? true : undefined));
	await worker.close();
	return handed;
}

test('RT-9: a batch of one chat is handed over in its order, one at a time, whatever the disk takes longest for', async () => {
	unevenDisk(60);
	const queue = await EventQueue.open(folder());
	const runs = { anna: 0, others: 0, most: 0 };
	let meet: () => void = () => undefined;
	const haveMet = new Promise<void>((resolve) => (meet = resolve));
	const arriving = put(queue, [...batch('anna', 20), event('boris', 1), event('clara', 1)]);
	const handed = await workedOff(queue, 22, {
		rescanMs: 3,
		handOver: async ({ event: { id } }) => {
			const who = id.startsWith('anna') ? 'anna' : 'others';
			runs[who] += 1;
			runs.most = Math.max(runs.most, runs.anna);
			// Nobody comes to an end before another chat was worked on beside anna's.
			if (runs.anna > 0 && runs.others > 0) meet();
			await haveMet;
			await sleep(10);
			runs[who] -= 1;
		},
	});
	await arriving;
	expect(handed.filter((id) => id.startsWith('anna'))).toEqual(idsOf(batch('anna', 20)));
	expect(handed).toHaveLength(22);
	expect(runs.most).toBe(1);
});

test('RT-9: it is the same order after a restart, also when the clock was set back, and what a kill cut off goes first', async () => {
	const place = folder();
	const queue = await EventQueue.open(place);
	unevenDisk(20);
	await put(queue, batch('anna', 5));
	const [first] = queue.waiting;
	if (first) await queue.begin(first);
	await endProcesses(place);
	const now = Date.now();
	jest.spyOn(Date, 'now').mockImplementation(() => now - 30_000);
	const after = await EventQueue.open(place);
	await after.put(event('anna', 6));
	expect(await workedOff(after, 6)).toEqual(idsOf(batch('anna', 6)));
});

test('RT-9: what n8n has not taken is offered again before those that came after it', async () => {
	const queue = await EventQueue.open(folder());
	await put(queue, batch('anna', 3));
	let faults = 1;
	const handed = await workedOff(queue, 3, {
		handOver: () => ((faults -= 1) >= 0 ? Promise.reject(new Error('no database')) : Promise.resolve()),
	});
	expect(handed).toEqual(idsOf(batch('anna', 3)));
});

test('a fault of the disk is one of all those behind it in the chat, which come again together', async () => {
	const queue = await EventQueue.open(folder());
	jest.spyOn(files, 'writeDurably').mockRejectedValueOnce(new Error('disk full'));
	const puts = [...batch('anna', 3), event('boris', 1)].map(async (one) => await queue.put(one));
	const outcomes = (await Promise.allSettled(puts)).map(({ status }) => status);
	expect(outcomes).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
	await put(queue, batch('anna', 3));
	// Chats are worked off beside each other: there is an order in each alone.
	const done = await workedOff(queue, 4);
	expect(done.filter((id) => id !== 'boris 1')).toEqual(idsOf(batch('anna', 3)));
	expect(done).toContain('boris 1');
});
