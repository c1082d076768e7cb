import { setTimeout as sleep } from 'node:timers/promises';

import { Batches } from '../../../../src/channels';

const usual = { most: 10, atOnce: 1, forMs: 60_000 };
/** Nobody waits so long here. */
const longMs = 60_000;
let batches: Batches<string>;
beforeEach(() => {
	batches = new Batches();
});

/** Takes what is left, and keeps it until `end` is called. */
function taker(name: string) {
	const started: string[][] = [];
	const ends: Array<(failure?: Error) => void> = [];
	const batch = batches.take(name, {
		...usual,
		start: async (items) => {
			started.push(items);
			await new Promise<void>((resolve, reject) =>
				ends.push((failure) => (failure ? reject(failure) : resolve())),
			);
		},
	});
	return { batch, started, end: (failure?: Error) => ends.shift()?.(failure) };
}

test('what several leave while a run is under way is taken together by whoever takes that name', async () => {
	const { started, end } = taker('desk');
	taker('another');
	const left = ['1', '2', '3'].map(async (item) => await batches.leave('desk', item));
	expect(started).toEqual([['1']]);
	end();
	await left[0];
	await sleep(1);
	end();
	expect(await Promise.all(left)).toEqual([true, true, true]);
	expect(started).toEqual([['1'], ['2', '3']]);
});

test('where nobody takes it, nobody any more, or the run has failed, whoever leaves it is told so', async () => {
	expect(await batches.leave('desk', '1')).toBe(false);
	const { batch, end } = taker('desk');
	const failing = expect(batches.leave('desk', '2')).rejects.toThrow('no memory');
	end(new Error('no memory'));
	await failing;
	const taken = batches.leave('desk', '3');
	const waiting = batches.leave('desk', '4');
	batch.close();
	expect(await waiting).toBe(false);
	expect(await batches.leave('desk', '5')).toBe(false);
	end();
	expect(await taken).toBe(true);
});

test('whoever comes last takes it, and the one before may end later without a trace', async () => {
	const former = taker('desk');
	const { started, end } = taker('desk');
	former.batch.close();
	const left = batches.leave('desk', '1');
	expect(started).toEqual([['1']]);
	end();
	expect(await left).toBe(true);
	expect(former.started).toEqual([]);
});

test('a taker is waited for as long as is wished', async () => {
	const early = batches.leave('desk', '1', longMs);
	const inVain = batches.leave('desk', '2', 20);
	expect(await inVain).toBe(false);
	const { started, end } = taker('desk');
	await sleep(1);
	expect(started).toEqual([['1']]);
	end();
	expect(await early).toBe(true);
});

test('an onlooker sees what is left until it ends, and takes nothing of it', async () => {
	const seen: string[] = [];
	const end = batches.watch('desk', (item) => seen.push(item));
	expect(await batches.leave('desk', '1')).toBe(false);
	const { started } = taker('desk');
	void batches.leave('desk', '2');
	await sleep(1);
	end();
	void batches.leave('desk', '3');
	expect(seen).toEqual(['1', '2']);
	expect(started).toEqual([['2']]);
});
