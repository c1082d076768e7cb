import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { errorMessage } from '../../shared';
import { StoreError, type Store } from '../../store';
import { SlaError } from '../errors';
import type { Metric } from '../policy/definition';
import { storedTimerSchema, type PlannedStep, type StoredTimer } from './answers';
import { settleClosed } from './change';
import {
	conversationName,
	idField,
	scheduleName,
	valid,
	type ConversationName,
	type ScheduleName,
} from './names';
import { planOf, type TimerPlan } from './plan';
import { termsOf, termsSchema, type Terms } from './terms';

export interface RecomputeOptions {
	/** Timers that count by it, or were planned by it. */
	schedule?: ScheduleName;
	/** Timers for which this layer says something; its id. */
	policy?: number;
	/** Timers of this one, e.g. because it is of another tier now. */
	conversation?: ConversationName;
	/** Timers that wait for somebody else by now, as after an erasure or where groups were joined; those of closed conversations end. */
	unplanned?: boolean;
	/** Every open timer. */
	all?: boolean;
	/** Tells what would be changed, and changes nothing. */
	dryRun: boolean;
	/** Called with every difference, page by page; the result lists the first `listed` only. */
	onDifferences?: (differences: readonly StepDifference[]) => void;
	/** Default 1,000. */
	listed?: number;
	signal?: AbortSignal;
}

/** An instant of a timer that is another one. */
export interface StepDifference {
	timerId: number;
	conversationId: number;
	metric: Metric;
	step: { kind: PlannedStep['kind']; level: number };
	/** Null: there was none. */
	beforeMs: number | null;
	/** Null: there is none any more. */
	afterMs: number | null;
}

/** What a change of hours or promises means for the timers that are open. */
export interface Recomputed {
	dryRun: boolean;
	/** Timers of which something is, or would be, another instant. */
	changed: number;
	unchanged: number;
	/** Timers that nothing could be planned for, with the reason; they keep their instants. The first 1,000. */
	failed: { timerId: number; conversationId: number; reason: string }[];
	failedCount: number;
	/** Changed by others all the while; run it once more. */
	busy: number;
	differences: StepDifference[];
	differenceCount: number;
}

const pageSchema = z.object({
	timers: z.array(storedTimerSchema.and(z.object({ token: z.string(), plannedBy: z.string() }))),
	terms: z.array(termsSchema),
	next: z.number().nullable(),
});

const choice = z
	.object({
		...{ schedule: z.unknown(), conversation: z.unknown() },
		...{ policy: idField.optional(), all: z.literal(true).optional() },
		unplanned: z.literal(true).optional(),
	})
	.refine(
		(named) => Object.values(named).filter((one) => one !== undefined).length === 1,
		'name one of schedule, policy, conversation, unplanned and all',
	);

const timersOfCall = 500;
const mostFailures = 1000;
const rounds = 5;

/**
 * Plans open timers anew after hours, holidays or promises were changed. What was recorded stays recorded, and what is due
 * earlier now is due at once. Timers are done by pages, so any number takes the same memory; one that is killed is run again.
 *
 * @throws SlaError `invalid_input` unless one of schedule, policy, conversation, unplanned and all is named; StoreError
 */
export async function recompute(store: Store, options: RecomputeOptions): Promise<Recomputed> {
	const { schedule, policy, conversation, unplanned, all, dryRun, signal } = options;
	valid('choice of timers', choice, { schedule, policy, conversation, unplanned, all });
	const request = {
		...(schedule && scheduleName(schedule)),
		...(policy !== undefined && { policyId: policy }),
		...(conversation && conversationName(conversation)),
		...(unplanned && { unplanned }),
		limit: timersOfCall,
	};
	if (unplanned && !dryRun) await settleClosed(store, signal);
	const run = new Run(store, options);
	let after: number | null = 0;
	while (after !== null) {
		const read: z.output<typeof pageSchema> = await store.call(
			'get_sla_timers_to_plan',
			{ ...request, after },
			{ answer: pageSchema, repeatable: true, signal },
		);
		await run.plan(read);
		after = read.next;
	}
	for (let round = 1; round < rounds && !dryRun && run.stale.length > 0; round += 1) {
		const ids = run.stale.splice(0);
		for (let from = 0; from < ids.length; from += timersOfCall) {
			const own = { ids: ids.slice(from, from + timersOfCall), limit: timersOfCall, after: 0 };
			await run.plan(
				await store.call('get_sla_timers_to_plan', own, { answer: pageSchema, repeatable: true, signal }),
			);
		}
	}
	return run.result();
}

/** One run over the pages. */
class Run {
	/** Those that somebody has changed while they were planned. */
	readonly stale: number[] = [];
	private readonly counts = { changed: 0, unchanged: 0, failedCount: 0, differenceCount: 0 };
	private readonly failed: Recomputed['failed'] = [];
	private readonly differences: StepDifference[] = [];

	constructor(
		private readonly store: Store,
		private readonly options: RecomputeOptions,
	) {}

	async plan({ timers, terms }: z.output<typeof pageSchema>): Promise<void> {
		const byToken = new Map(terms.map((one) => [one.token, termsOf(one)]));
		const planned = timers.flatMap((timer) => this.one(timer, byToken.get(timer.token)));
		const stale = new Set(this.options.dryRun ? [] : await this.write(planned));
		this.stale.push(...stale);
		const done = planned.filter(({ timer }) => !stale.has(timer.id));
		const found = done.flatMap(({ differences }) => differences);
		const changed = done.filter(({ differences }) => differences.length > 0).length;
		this.counts.changed += changed;
		this.counts.unchanged += done.length - changed;
		this.counts.differenceCount += found.length;
		const { listed = 1000, onDifferences } = this.options;
		this.differences.push(...found.slice(0, Math.max(0, listed - this.differences.length)));
		if (found.length > 0) onDifferences?.(found);
	}

	result(): Recomputed {
		const { failed, differences, counts, stale } = this;
		return { dryRun: this.options.dryRun, ...counts, failed, busy: stale.length, differences };
	}

	private one(timer: Candidate, terms: Terms | undefined): Planned[] {
		if (!terms) return [];
		try {
			const plan = planOf(timer.state, terms, timer);
			return [{ timer, plan, differences: differencesOf(timer, plan.steps) }];
		} catch (thrown) {
			if (!(thrown instanceof SlaError) && !(thrown instanceof StoreError)) throw thrown;
			this.counts.failedCount += 1;
			const reason = errorMessage(thrown);
			if (this.failed.length < mostFailures)
				this.failed.push({ timerId: timer.id, conversationId: timer.conversation.id, reason });
			return [];
		}
	}

	/** @returns the ids of those that somebody else has changed */
	private async write(planned: readonly Planned[]): Promise<number[]> {
		const own = planned.filter(
			({ timer, differences }) => differences.length > 0 || timer.token !== timer.plannedBy,
		);
		if (own.length === 0) return [];
		const rows = own.map(({ timer, plan }) => ({
			...{ id: timer.id, revision: timer.revision, token: timer.token },
			...{ steps: plan.steps, deadlineMs: plan.deadlineMs, targetMs: plan.targetMs },
		}));
		return await this.store.call(
			'plan_sla_timers',
			{ timers: rows, change: randomUUID() },
			{ answer: z.array(z.number()), repeatable: true, signal: this.options.signal },
		);
	}
}

type Candidate = StoredTimer & { token: string; plannedBy: string };

interface Planned {
	timer: Candidate;
	plan: TimerPlan;
	differences: StepDifference[];
}

function differencesOf(
	{ id, conversation, metric, steps }: StoredTimer,
	planned: readonly PlannedStep[],
): StepDifference[] {
	const keyOf = ({ kind, level }: PlannedStep): string => `${kind} ${level}`;
	const before = new Map(steps.map((step) => [keyOf(step), step]));
	const after = new Map(planned.map((step) => [keyOf(step), step]));
	return [...new Map([...before, ...after])].flatMap(([key, { kind, level }]) => {
		const beforeMs = before.get(key)?.atMs ?? null;
		const afterMs = after.get(key)?.atMs ?? null;
		if (beforeMs === afterMs) return [];
		return [
			{ timerId: id, conversationId: conversation.id, metric, step: { kind, level }, beforeMs, afterMs },
		];
	});
}
