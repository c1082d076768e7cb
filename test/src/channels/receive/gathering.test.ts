import { setTimeout as sleep } from 'node:timers/promises';

import { Gathering, NotStarted } from '../../../../src/channels';

/** Runs that end when they are told to. */
function runs({ most = 3, atOnce = 2, forMs = 60_000 } = {}) {
	const started: string[][] = [];
	const ends: Array<{ resolve: () => void; reject: (thrown: Error) => void }> = [];
	const gathering = new Gathering<string>({
		...{ most, atOnce, forMs },
		start: async (items) => {
			started.push(items);
			await new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
		},
	});
	return { gathering, started, ends };
}

test('what comes while a run is under way goes together into the next one, in its order and no more than fit', async () => {
	const { gathering, started, ends } = runs();
	const first = gathering.add('1');
	const others = ['2', '3', '4', '5'].map(async (item) => await gathering.add(item));
	expect(started).toEqual([['1']]);
	ends[0]?.resolve();
	await first;
	await sleep(1);
	expect(started).toEqual([['1'], ['2', '3', '4']]);
	ends[1]?.resolve();
	await Promise.all(others.slice(0, 3));
	await sleep(1);
	expect(started[2]).toEqual(['5']);
	ends[2]?.resolve();
	await Promise.all(others);
});

test('behind a run that takes long another one starts after a while, and no more than may run at once', async () => {
	const { gathering, started, ends } = runs({ forMs: 30 });
	const all = ['1', '2', '3'].map(async (item) => await gathering.add(item));
	expect(started).toEqual([['1']]);
	await sleep(60);
	expect(started).toEqual([['1'], ['2', '3']]);
	const more = gathering.add('4');
	await sleep(60);
	expect(started).toHaveLength(2);
	ends[1]?.resolve();
	await Promise.all(all.slice(1));
	await sleep(60);
	expect(started[2]).toEqual(['4']);
	for (const { resolve } of ends) resolve();
	await Promise.all([...all, more]);
});

test('a run that n8n does not take fails all that it was to take, and the next one starts all the same', async () => {
	const { gathering, started, ends } = runs();
	const first = gathering.add('1');
	const second = gathering.add('2');
	ends[0]?.reject(new Error('no database'));
	await expect(first).rejects.toThrow('no database');
	await sleep(1);
	expect(started[1]).toEqual(['2']);
	ends[1]?.resolve();
	await second;
});

test('what waits when it is closed was never started, and is told so; a run that is under way comes to its end', async () => {
	const { gathering, started, ends } = runs();
	const first = gathering.add('1');
	const second = expect(gathering.add('2')).rejects.toBeInstanceOf(NotStarted);
	gathering.close();
	await second;
	await expect(gathering.add('3')).rejects.toBeInstanceOf(NotStarted);
	ends[0]?.resolve();
	await first;
	await sleep(1);
	expect(started).toEqual([['1']]);
});
