import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { ownIdentity, StateError, type StateStore } from '../../shared';
import { alertsOf, toldOf, type Alert } from './alerts';
import { knownCertificates } from './certificates';
import { claim, release } from './claim';
import { byServersClock, clockKey, type ByClock } from './clock';
import { finish, noteHistory } from './finish';
import { judgeAll, type JudgeOptions, type Judgement, type Look } from './judge';
import { alertsOfLoss, judgeWithoutMemory, withSubstitute, type LossOptions } from './loss';
import { lookAtAll, type LookOptions, type Looking } from './look';
import { CheckMemory, type Memory } from './memory';
import { isTold, withSet, type SaidOfSet } from './of-set';
import { resultOf, resultWithoutLook, resultWithoutMemory, type CheckResult } from './result';
import type { JudgedTarget, Target } from './targets';
import { dropUnlisted } from './unlisted';
import { findingOfUsers, othersOf, type Caller } from './users';

export interface RunOptions extends Omit<LookOptions, 'concurrency'> {
	store: StateStore;
	/** Name of the checks that are made together; the same in each run. */
	set: string;
	/** Who makes the checks, to notice when somebody else uses the same name for other checks. */
	caller?: Caller | undefined;
	/** Parents first, as `targetsOfChecks` and `targetsOfSites` give them. */
	targets: readonly Target[];
	/** Zone of times in messages, and of maintenance windows that name none. */
	timeZone: string;
	/** More new troubles than this are told in one message; 5 unless given. */
	groupAbove?: number | undefined;
	/**
	 * Alerts count as told as soon as they are handed out. Without it each is handed out again until it is confirmed, so
	 * that none is lost with a service that does not answer.
	 */
	countAsTold?: boolean | undefined;
	/** How many targets are looked at at the same time; 50 unless given. */
	concurrency?: number | undefined;
	/** After so long the run ends, whatever is still being looked at, in milliseconds; 30 000 unless given. */
	longestRunMs?: number | undefined;
}

export interface CheckRun {
	/** One for each target, in their order; and one of the set where there is something to be said of it. */
	results: CheckResult[];
	/** What people are to be told; each is to be confirmed with `confirmAlerts` when it has been told, or has not. */
	alerts: Alert[];
	/** In milliseconds. */
	durationMs: number;
	/** Resolves, and never rejects, when what was still being looked at at the end of the run is looked at and remembered. */
	finished: Promise<void>;
}

/**
 * Looks at all targets, judges what was found with what is remembered, and says what people are to be told. What is told
 * stands in the memory before this resolves. A target that another run is just looking at is left to that one.
 *
 * No target holds back the others: when `longestRunMs` are over, what is still being looked at is left to `finished`, and
 * the next run tells what has come of it. Looks that have not begun by then are the first of the next run.
 *
 * When several callers use the name of the set for different lists, that is told as a warning, and none loses its memory.
 *
 * Where nothing can be remembered all targets are looked at all the same, one alert an hour says so, and this process
 * remembers in its stead what it finds.
 *
 * @throws the reason of the signal when the run is cancelled
 */
export async function runChecks(options: RunOptions): Promise<CheckRun> {
	const { store, set, targets, timeZone, groupAbove = 5, concurrency = 50, longestRunMs = 30_000 } = options;
	const startedAt = performance.now();
	const run = randomUUID();
	const memory = new CheckMemory(store, set);
	const guard = new Guard();
	const asked = { run, by: ownIdentity(), longestRunMs };
	const claimed = await guard.try(() =>
		memory.change((kept) => {
			const { memory: after, result } = claim(kept, targets, asked);
			const certificates = knownCertificates(kept, Date.now());
			return { memory: after, result: { own: result, certificates, isKnownWrong: isTold(kept, clockKey) } };
		}),
	);
	const { own, certificates, isKnownWrong } = claimed ?? {
		...{ own: targets, certificates: undefined, isKnownWrong: false },
	};
	// What is not needed to judge must not stop that.
	const [users, history] = [new Guard(), new Guard()];
	const others = await users.try(() => othersOf(options));
	const { signal, detach } = detachable(options.signal);
	const how: LookOptions = { ...options, concurrency, signal, certificates };
	const looking = lookAtAll(own, how);
	let missed: ReadonlySet<string>;
	let clock: ByClock;
	try {
		await atMost(looking, longestRunMs - (performance.now() - startedAt));
		signal.throwIfAborted();
		missed = looking.close();
		// What comes in from here on is for later.
		clock = await byServersClock(new Map(looking.looks), own, { ...how, isKnownWrong });
	} catch (thrown) {
		looking.close();
		await guard.try(() => memory.change((kept) => ({ memory: release(kept, run), result: undefined })));
		throw thrown;
	} finally {
		detach();
	}
	const { looks } = clock;
	const isClockWrong = clock.finding === undefined ? isKnownWrong : clock.finding.level !== 'ok';
	const judging: JudgeOptions = {
		...{ now: Date.now(), timeZone, newId: randomUUID, set, groupAbove, run },
		countAsTold: options.countAsTold,
		user: options.caller?.id,
	};
	const loss: LossOptions = { store, set, what: 'memory', now: judging.now };
	const said: SaidOfSet[] = [
		{ key: 'Set of checks', severity: 'warning', finding: findingOfUsers(set, options.caller, others) },
		{ key: clockKey, severity: 'critical', finding: clock.finding },
	];
	const told = await guard.try(() =>
		memory.change((kept) => {
			const known = withSubstitute(loss, release(kept, run, missed));
			const ready = withSet(known, said, { ...asked, now: judging.now });
			const all = [...targets, ...ready.targets];
			const { memory: judged, result } = judgeAll(
				ready.memory,
				all,
				new Map([...looks, ...ready.looks]),
				judging,
			);
			const { memory: after, result: dropped } = dropUnlisted(judged, all, judging, others?.ids);
			const notices = [...result.noticed.flatMap(toldOf), ...dropped];
			const alerts = alertsOf(notices, after, judging.now, timeZone);
			return { memory: after, result: { ...result, alerts, after, all } };
		}),
	);
	if (told !== undefined) await history.try(() => noteHistory(store, set, told.judged, judging.now));
	const alerts = [
		...alertsOfLoss(loss, guard.broken),
		...(told ? alertsOfLoss({ ...loss, what: 'history' }, users.broken ?? history.broken) : []),
		...(told?.alerts ?? (await judgeWithoutMemory(loss, { memory, targets, looks, judging }))),
	];
	const results = told
		? resultsOf(told.all, told, { own: new Set(own.map(({ key }) => key)), missed })
		: targets.map((target) => withoutMemory(target, looks.get(target.key), missed));
	const left = own.filter(({ key }) => told?.waiting.has(key) || !(looks.has(key) || missed.has(key)));
	const finished =
		told === undefined || left.length === 0
			? Promise.resolve()
			: finish({ store, set, memory, targets, left, looking, judging, isClockWrong });
	return { results, alerts, durationMs: Math.round(performance.now() - startedAt), finished };
}

/** The first fault of the memory ends all work with it, and not the run. */
class Guard {
	broken: StateError | undefined;

	async try<T>(work: () => Promise<T>): Promise<T | undefined> {
		try {
			return this.broken === undefined ? await work() : undefined;
		} catch (thrown) {
			if (!(thrown instanceof StateError)) throw thrown;
			this.broken = thrown;
			return undefined;
		}
	}
}

/** The signal, as long as it is not detached: who has cancelled a run has not cancelled what others will ask for. */
function detachable(given: AbortSignal | undefined): { signal: AbortSignal; detach: () => void } {
	const controller = new AbortController();
	const abort = (): void => controller.abort(given?.reason);
	if (given?.aborted) abort();
	given?.addEventListener('abort', abort);
	return { signal: controller.signal, detach: () => given?.removeEventListener('abort', abort) };
}

async function atMost({ done }: Looking, ms: number): Promise<void> {
	const over = new AbortController();
	const { signal } = over;
	const late = sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
	try {
		await Promise.race([done, late]);
	} finally {
		over.abort();
	}
}

function resultsOf(
	targets: readonly JudgedTarget[],
	{ judged, waiting, after }: Judgement & { after: Memory },
	{ own, missed }: { own: ReadonlySet<string>; missed: ReadonlySet<string> },
): CheckResult[] {
	const known = new Map(judged.map((one) => [one.target.key, one]));
	return targets.map((target) => {
		const { key } = target;
		const found = known.get(key);
		if (found) return resultOf(found);
		const whose = own.has(key) ? 'running' : 'elsewhere';
		const why = missed.has(key) ? 'no_time' : waiting.has(key) ? 'waiting' : whose;
		return resultWithoutLook(target, why, after.get(key));
	});
}

function withoutMemory(target: Target, look: Look | undefined, missed: ReadonlySet<string>): CheckResult {
	if (look) return resultWithoutMemory(target, look);
	return resultWithoutLook(target, missed.has(target.key) ? 'no_time' : 'running');
}
