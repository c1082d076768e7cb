import fs from 'node:fs';
import { setEnvironmentData } from 'node:worker_threads';

import { letThreadsRest, Rest } from '../../../src/backup/threads/give-way';

const restingKey = 'n8n-nodes-opsdesk:threads-rest';

afterEach(() => {
	jest.restoreAllMocks();
	setEnvironmentData(restingKey, undefined);
});

/** The rest in milliseconds after a piece of work with these times on a processor and of waiting for one. */
function restAfter(workMs: number, waitMs: number): number | undefined {
	const lines = ['5000000000 7000000000 9\n', `${5e9 + workMs * 1e6} ${7e9 + waitMs * 1e6} 12\n`];
	jest
		.spyOn(fs, 'readSync')
		.mockImplementation((_file: number, buffer: NodeJS.ArrayBufferView) =>
			(buffer as Buffer).write(lines.shift() ?? ''),
		);
	const waiting = jest.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
	const rest = new Rest();
	rest.begin();
	rest.end();
	return waiting.mock.calls[0]?.[3];
}

test.each([
	['had a processor to itself', 10, 2, undefined],
	['had to wait', 10, 5, 15],
	['hardly got a processor', 10, 500, 30],
])('a thread that %s rests in proportion to its wait and at most to its work', (_, work, wait, rest) => {
	letThreadsRest();
	expect(restAfter(work, wait)).toBe(rest);
});

test('on the command line nothing rests', () => {
	expect(restAfter(10, 5)).toBeUndefined();
});

test('what the kernel tells of a thread is understood', () => {
	letThreadsRest();
	const read = jest.spyOn(fs, 'readSync');
	new Rest().begin();
	expect(read).toHaveBeenCalledTimes(1);
	expect(String(read.mock.calls[0]?.[1])).toMatch(/^\d+ \d+ \d+\n/);
});
