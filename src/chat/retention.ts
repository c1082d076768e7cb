import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { StoreError, type Store } from '../store';

const kinds = ['messages', 'archive', 'timers', 'errorLogs'] as const;
export type RetentionKind = (typeof kinds)[number];

const countsSchema = z.object({
	/** The instant of the database that the run is for. */
	at: z.string(),
	messages: z.object({
		archived: z.number(),
		/** Removed for good: the policy archives nothing, or they were too old for the archive. */
		deleted: z.number(),
		/** Were hidden, and are gone for good. */
		hidden: z.number(),
		/** Former versions of these, and their files. */
		versions: z.number(),
		files: z.number(),
	}),
	archive: z.object({
		deleted: z.number(),
		/** Dropped as a whole. */
		months: z.number(),
	}),
	/**
	 * Of conversations in which nothing has been owed for as long as messages stay, with all that was recorded of them; and of
	 * the others the cycles that have ended before that, but the last one of each timer.
	 */
	timers: z.object({ deleted: z.number(), cycles: z.number(), events: z.number() }),
	errorLogs: z.object({ deleted: z.number() }),
	/** Was due and is kept by legal holds; what several of them keep is counted with each. */
	held: z.object({
		messages: z.number(),
		archived: z.number(),
		errorLogs: z.number(),
		holds: z.array(
			z.object({
				id: z.number(),
				reason: z.string(),
				messages: z.number(),
				archived: z.number(),
				errorLogs: z.number(),
			}),
		),
	}),
});
type Counts = z.output<typeof countsSchema>;

/** What a run has removed, or, as a dry run, would remove. */
export interface RetentionResult extends Counts {
	tenant: string;
	dryRun: boolean;
	/** Due, and in use by somebody else all the while: the next run takes it. */
	left: number;
}

export interface RetentionOptions {
	/** Counts only. */
	dryRun: boolean;
	/** Default all. */
	kinds?: RetentionKind[];
	/** Rows of one call, 1 to 1,000. Default 500. */
	batchSize?: number;
	signal?: AbortSignal | undefined;
	/** Called after each batch with how many rows this run has removed. */
	onProgress?: (removed: number) => void;
}

const after = z.object({ at: z.string(), id: z.number() });

const batchSchema = z.partialRecord(
	z.enum([
		...(['archived', 'deleted', 'hidden', 'versions', 'files'] as const),
		...(['months', 'cycles', 'events', 'found', 'done'] as const),
	]),
	z.number(),
);
const answerSchema = batchSchema.and(z.object({ next: after.nullish() })).nullable();

const steps = [
	{ step: 'messages', kind: 'messages' },
	{ step: 'hidden', kind: 'messages' },
	{ step: 'archiveMonths', kind: 'archive' },
	{ step: 'archive', kind: 'archive' },
	{ step: 'timers', kind: 'timers' },
	{ step: 'idleTimers', kind: 'timers' },
	{ step: 'cycles', kind: 'timers' },
	{ step: 'errorLogs', kind: 'errorLogs' },
] as const;

/** For what somebody else is just using. */
const passes = 5;
const pauseMs = 200;

/**
 * Removes what is older than the policy of the tenant allows, as of the clock of the database when the run begins; messages
 * go into the archive first. Storing messages goes on meanwhile. A run that is ended at any point has done each batch
 * wholly or not at all, and another one does the rest; two at once share the work.
 *
 * Conversations, contacts and participants stay, and so does what a legal hold keeps.
 *
 * @throws StoreError; the signal's reason
 */
export async function runRetention(store: Store, options: RetentionOptions): Promise<RetentionResult> {
	const { dryRun, signal, onProgress } = options;
	const asked = options.kinds ?? [...kinds];
	const count = (at?: string): Promise<Counts> =>
		store.call(
			'retention_counts',
			{ kinds: asked, ...(at !== undefined && { at }) },
			{ answer: countsSchema, repeatable: true, timeoutMs: 300_000, signal },
		);
	const before = await count();
	if (dryRun) return { tenant: store.tenant, dryRun, ...before, left: 0 };

	const done: Pick<Counts, RetentionKind> = {
		messages: { archived: 0, deleted: 0, hidden: 0, versions: 0, files: 0 },
		archive: { deleted: 0, months: 0 },
		timers: { deleted: 0, cycles: 0, events: 0 },
		errorLogs: { deleted: 0 },
	};
	let removed = 0;
	const run = new Run(store, before.at, options, (kind, batch) => {
		add(done[kind], batch);
		removed += batch.done ?? batch.deleted ?? 0;
		onProgress?.(removed);
	});
	for (const { step, kind } of steps) if (asked.includes(kind)) await run.finish(step, kind);
	const { held, ...left } = await count(before.at);
	return {
		tenant: store.tenant,
		dryRun,
		at: before.at,
		...done,
		held,
		left:
			left.messages.archived +
			left.messages.deleted +
			left.messages.hidden +
			left.archive.deleted +
			left.timers.deleted +
			left.errorLogs.deleted,
	};
}

type Batch = z.output<typeof batchSchema>;

/** The batches of one run. */
class Run {
	constructor(
		private readonly store: Store,
		private readonly at: string,
		private readonly options: RetentionOptions,
		private readonly note: (kind: RetentionKind, batch: Batch) => void,
	) {}

	/** Until nothing is left that nobody else is using. */
	async finish(step: (typeof steps)[number]['step'], kind: RetentionKind): Promise<void> {
		for (let pass = 1; pass <= passes; pass += 1) {
			if (!(await this.pass(step, kind))) return;
			await sleep(pauseMs, undefined, { signal: this.options.signal });
		}
	}

	/** Once through everything. @returns whether something was in use */
	private async pass(step: (typeof steps)[number]['step'], kind: RetentionKind): Promise<boolean> {
		let next: z.output<typeof after> | null | undefined;
		let inUse = 0;
		do {
			const batch = await this.batch(step, next ?? undefined);
			if (batch === null) break;
			const { next: following, ...counts } = batch;
			// Or a month was made in the archive, and nothing moved.
			if (counts.found !== 0) this.note(kind, counts);
			inUse += (counts.found ?? 0) - (counts.done ?? 0);
			// Months are dropped one at a time, until there is none.
			next = step === 'archiveMonths' ? { at: this.at, id: 0 } : following;
		} while (next);
		return inUse > 0;
	}

	private async batch(step: string, from?: z.output<typeof after>): Promise<z.output<typeof answerSchema>> {
		const { batchSize = 500, signal } = this.options;
		return await this.store.call(
			'retention_batch',
			{ step, at: this.at, limit: batchSize, ...(from && { after: from }) },
			// What a call whose answer was lost has removed is not counted: it is not removed twice.
			{ answer: answerSchema, repeatable: true, timeoutMs: 60_000, signal },
		);
	}
}

function add(sums: Record<string, number>, batch: Batch): void {
	for (const [name, amount] of Object.entries(batch))
		if (name in sums) sums[name] = (sums[name] ?? 0) + amount;
}

export type TenantRetention = RetentionResult | { tenant: string; dryRun: boolean; error: StoreError };

const tenantsSchema = z.object({ items: z.array(z.string()), next: z.string().nullable() });

/**
 * {@link runRetention} for every tenant of the store, one after the other. A tenant that fails does not keep the others
 * from theirs.
 *
 * @throws StoreError when the tenants cannot be listed; the signal's reason
 */
export async function runRetentionOfAll(store: Store, options: RetentionOptions): Promise<TenantRetention[]> {
	const results: TenantRetention[] = [];
	let after: string | null = null;
	do {
		const found: z.output<typeof tenantsSchema> = await store.call(
			'retention_tenants',
			{ after },
			{ answer: tenantsSchema, repeatable: true, signal: options.signal },
		);
		for (const tenant of found.items) {
			try {
				results.push(await runRetention(store.ofTenant(tenant), options));
			} catch (thrown) {
				if (!(thrown instanceof StoreError)) throw thrown;
				results.push({ tenant, dryRun: options.dryRun, error: thrown });
			}
		}
		after = found.next;
	} while (after !== null);
	return results;
}
