import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 10;

/**
 * Asks a port of 127.0.0.1 a hundred times a second while something is done, whether those asked before have got an
 * answer or not: one that hangs shall not make the gap longer than it is.
 * @returns the longest time between two answers, in milliseconds
 */
export async function gapOf(port: number, work: () => Promise<unknown>): Promise<number> {
	const answeredAt: number[] = [];
	const asked: Promise<void>[] = [];
	const clock = setInterval(() => {
		asked.push(ask(port).then((answered) => void (answered && answeredAt.push(performance.now()))));
	}, everyMs);
	try {
		await sleep(300);
		await work();
		await sleep(1500);
	} finally {
		clearInterval(clock);
		await Promise.all(asked);
	}
	if (answeredAt.length < 2) throw new Error(`Nobody answers on port ${port}.`);
	return Math.max(...answeredAt.slice(1).map((at, index) => at - (answeredAt[index] ?? at)));
}

const ask = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const request = get({ host: '127.0.0.1', port, agent: false, timeout: 1000 }, (response) => {
			response.resume();
			response.on('end', () => resolve(response.statusCode === 200));
			response.on('error', () => resolve(false));
		});
		request.on('timeout', () => request.destroy());
		request.on('error', () => resolve(false));
	});
