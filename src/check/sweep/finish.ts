import { setTimeout as sleep } from 'node:timers/promises';

import type { StateStore } from '../../shared';
import { History, Outages } from '../history';
import { release } from './claim';
import { withoutClock } from './clock';
import { judgeAll, type Judged, type JudgeOptions, type Look } from './judge';
import type { Looking } from './look';
import type { CheckMemory } from './memory';
import type { Target } from './targets';

interface Finishing {
	store: StateStore;
	set: string;
	memory: CheckMemory;
	/** All of the run, parents first. */
	targets: readonly Target[];
	/** Those whose look does not count yet. */
	left: readonly Target[];
	looking: Looking;
	judging: JudgeOptions;
	/** The clock of this machine. */
	isClockWrong: boolean;
}

/** What has come in so far is written together: the memory is one document. */
const pauseMs = 1000;

/**
 * Waits for what is still being looked at when a run has ended, and remembers what was found; the next run tells it.
 * Never rejects: where it fails, the targets are free again when their claims run out.
 */
export async function finish({ looking, ...of }: Finishing): Promise<void> {
	let left = new Set(of.left.map(({ key }) => key));
	let isOver = false;
	let seen = 0;
	const done = looking.done.catch(() => undefined).then(() => (isOver = true));
	try {
		while (left.size > 0) {
			await Promise.race([done, sleep(pauseMs)]);
			const isLast = isOver;
			const looks = new Map([...looking.looks].filter(([key]) => left.has(key)));
			if (looks.size > 0 && (isLast || looking.looks.size > seen)) left = await judge(of, looks, left);
			seen = looking.looks.size;
			if (isLast) break;
		}
		// A target that waits for another run's look is looked at anew.
		const { run } = of.judging;
		if (left.size > 0 && run !== undefined)
			await of.memory.change((kept) => ({ memory: release(kept, run), result: undefined }));
	} catch {
		// Nobody is there to be told; the next run fails in the same way, and tells.
	}
}

/** @returns what is left still */
async function judge(
	{ store, set, memory, targets, judging, isClockWrong }: Omit<Finishing, 'looking'>,
	seen: ReadonlyMap<string, Look>,
	left: ReadonlySet<string>,
): Promise<Set<string>> {
	const now = Date.now();
	const looks = isClockWrong ? withoutClock(seen) : seen;
	const judged = await memory.change((kept) => {
		const { memory: after, result } = judgeAll(kept, targets, looks, { ...judging, now, isSilent: true });
		return { memory: after, result: result.judged };
	});
	// The next run tells.
	await noteHistory(store, set, judged, now).catch(() => undefined);
	const over = new Set(judged.map(({ target }) => target.key));
	return new Set([...left].filter((key) => !over.has(key)));
}

/** Adds what was judged to the history. @throws StateError */
export async function noteHistory(
	store: StateStore,
	set: string,
	judged: readonly Judged[],
	now: number,
): Promise<void> {
	const samples = judged.map(({ target, look, record, previous }) => ({
		key: target.key,
		at: look.at,
		level: record.last.found,
		latencyMs: look.finding.latencyMs,
		previous,
		recent: record.recent.map(({ at }) => at),
	}));
	await new History(store, set).add(samples, now);
	await new Outages(store, set).add(judged.flatMap(({ outage }) => outage ?? []));
}
