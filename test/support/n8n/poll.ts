import { setTimeout as sleep } from 'node:timers/promises';

/** Asks ten times a second until there is an answer; `undefined` when there is none within `timeoutMs`. */
export async function poll<T>(timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined || Date.now() > deadline) return answer;
		await sleep(100);
	}
}
