import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { poll } from '../n8n/poll';
import { textUpdate } from './telegram-deliverer';
import type { TriggerInN8n } from './trigger-in-n8n';

/** Delivers these at equal distances, each on time whether the one before is answered or not. */
export async function deliverEvenly(
	desk: TriggerInN8n,
	updates: object[],
	durationMs: number,
): Promise<Array<{ status: number; ms: number }>> {
	const answers = updates.map(async (update, index) => {
		await sleep((index * durationMs) / updates.length);
		const startedAt = performance.now();
		const { status } = await desk.telegram.deliver(update);
		return { status, ms: performance.now() - startedAt };
	});
	return await Promise.all(answers);
}

/** Ids that follow each other. */
export const numbers = (from: number, count: number) =>
	Array.from({ length: count }, (_, index) => from + index);
export const updatesOf = (ids: number[]) =>
	ids.map((id) => textUpdate(id, `Message ${id}`, 1000 + (id % 40)));

/** Waits until as many runs have come as messages, and a moment more, in which one too many would. */
export async function untilRun(desk: TriggerInN8n, count: number, atMostMs = 30_000): Promise<void> {
	await poll(atMostMs, () => Promise.resolve(desk.runs().length >= count ? true : undefined));
	await sleep(500);
}
