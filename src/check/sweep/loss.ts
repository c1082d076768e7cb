import { formatDuration, type StateError, type StateStore } from '../../shared';
import { alertsOf, toldOf, type Alert } from './alerts';
import { judgeAll, type JudgeOptions, type Look } from './judge';
import type { CheckMemory, Memory } from './memory';
import type { Target } from './targets';

/** So often it is told that something cannot be kept. */
const tellEveryMs = 60 * 60_000;

/** What this process knows of something that cannot be kept. */
interface Loss {
	/** In milliseconds since 1970, as all instants here. */
	since: number;
	toldAt: number;
	/** What takes the place of the memory meanwhile; undefined: nothing yet. */
	memory: Memory | undefined;
}

/** Of this process; by the store, the set and what is lost. */
const losses = new Map<string, Loss>();

export interface LossOptions {
	store: StateStore;
	set: string;
	/** What cannot be kept. */
	what: 'memory' | 'history';
	now: number;
}

const keyOf = ({ store, set, what }: LossOptions): string => JSON.stringify([store.place ?? '', set, what]);

interface Judging {
	memory: CheckMemory;
	targets: readonly Target[];
	looks: ReadonlyMap<string, Look>;
	judging: JudgeOptions;
}

/**
 * Judges what a run has found while the memory cannot be read or written: with what was last read of it, and what this
 * process has found since. So thresholds, maintenance windows and parents hold, and nothing is told in each run.
 *
 * @returns alerts that count as told, because nobody could note what becomes of them
 */
export async function judgeWithoutMemory(
	options: LossOptions,
	{ memory, targets, looks, judging }: Judging,
): Promise<Alert[]> {
	const loss = losses.get(keyOf(options));
	const kept = loss?.memory ?? (await memory.read().catch((): Memory => new Map()));
	const free = new Map([...kept].map(([key, one]) => [key, { ...one, busy: null }]));
	const alone = { ...judging, run: undefined, countAsTold: true };
	const { memory: after, result } = judgeAll(free, targets, looks, alone);
	losses.set(keyOf(options), { since: options.now, toldAt: -Infinity, ...loss, memory: after });
	const alerts = alertsOf(result.noticed.flatMap(toldOf), after, judging.now, judging.timeZone);
	return alerts.map((alert) => ({ ...alert, notices: [] }));
}

/** The memory that can be kept again, with what was found and told meanwhile. */
export function withSubstitute(options: LossOptions, memory: Memory): Memory {
	const after = new Map(memory);
	for (const [key, kept] of losses.get(keyOf(options))?.memory ?? []) {
		const own = after.get(key);
		const last = own?.record.last;
		const isNewer = last !== undefined && last.reason !== 'not_checked' && last.at >= kept.record.last.at;
		if (isNewer) continue;
		after.set(key, { ...kept, busy: own?.busy ?? null });
	}
	return after;
}

/**
 * What people are to be told of a loss: its beginning, that it lasts once an hour, and its end, as far as this process lives
 * to see it.
 *
 * @param fault undefined when all could be kept
 */
export function alertsOfLoss(options: LossOptions, fault: StateError | undefined): Alert[] {
	const { what, now } = options;
	const key = keyOf(options);
	const loss = losses.get(key) ?? { since: now, toldAt: -Infinity, memory: undefined };
	if (fault === undefined) {
		const wasLost = losses.delete(key);
		return wasLost
			? [alertOf(options, loss.since, `It lasted ${formatDuration(now - loss.since)}.`, true)]
			: [];
	}
	const isToTell = now - loss.toldAt >= tellEveryMs || loss.toldAt > now;
	losses.set(key, { ...loss, toldAt: isToTell ? now : loss.toldAt });
	const meanwhile =
		what === 'memory'
			? 'What fails is told all the same, and once more when n8n is started anew meanwhile.'
			: 'Alerts are not concerned.';
	return isToTell
		? [alertOf(options, loss.since, `${fault.message} ${fault.remedy} ${meanwhile}`, false)]
		: [];
}

const titles = {
	memory: {
		firing: 'Checks cannot remember what they have found',
		resolved: 'Checks remember what they find again',
	},
	history: {
		firing: 'The history of the checks cannot be kept',
		resolved: 'The history of the checks is kept again',
	},
} as const;

function alertOf({ set, what, now }: LossOptions, since: number, message: string, isOver: boolean): Alert {
	const status = isOver ? 'resolved' : 'firing';
	const dedupeKey = `checks:${set}:${what}`;
	return {
		...{ title: titles[what][status], message, status, dedupeKey },
		severity: what === 'memory' ? 'critical' : 'warning',
		eventId: `${dedupeKey}:${status}:${isOver ? since : now}`,
		startedAt: new Date(since).toISOString(),
		repeat: false,
		attempt: 1,
		owner: null,
		details: {},
		notices: [],
	};
}
