import { StateError } from '../../shared';
import { youngMs } from './condition';
import type { Decision } from './decision';
import type { Cause } from './followers';
import { judge, judgeFollower, noteOutcome, withdraw, type Situation } from './judge';
import type { Seen } from './look';
import type { Observation } from './observation';
import { isBlank, type HealRecord } from './record';
import type { HealStore } from './store';
import { farewell, toldBy, type Teller } from './telling';
import { sentenceFor } from './words';

/** A container that is to be judged. */
export interface Trial {
	seen: Seen;
	situation: Situation;
	/** It is to be restarted because of another. */
	follows?: Cause | undefined;
}

/** What is there now, whatever is looked at. */
export interface Listed {
	ids: ReadonlySet<string>;
	names: ReadonlySet<string>;
	/** Whether a container of this name is one the rights cover, so that it would be listed. */
	covers: (name: string) => boolean;
	/** Ids of those that are being replaced, and of what replaces them. */
	updating: ReadonlySet<string>;
}

export interface Verdicts {
	decisions: Map<string, Decision>;
	/** Containers that are gone, whose trouble was told and has ended with them. */
	gone: { id: string; name: string }[];
}

/**
 * Judges containers with what is remembered of them. Where nothing can be remembered nothing is acted on: nobody would
 * know how often a container was restarted before.
 */
export class Memory {
	/** Why nothing can be remembered. */
	broken: StateError | undefined;
	private store: HealStore | undefined;

	/** @param teller the run, as it is now */
	constructor(
		open: () => HealStore,
		private readonly teller: () => Teller,
		private readonly dryRun: boolean,
	) {
		try {
			this.store = open();
		} catch (thrown) {
			this.breakDown(thrown);
		}
	}

	/** Ids of the containers of which something is remembered. */
	async known(): Promise<Set<string>> {
		const records = await this.guarded(async () => await this.store?.records());
		return new Set(records?.map(({ id }) => id));
	}

	/** What is decided stands in the memory before this resolves, unless it is a dry run. */
	async judge(trials: readonly Trial[], listed: Listed): Promise<Verdicts> {
		const { store, dryRun } = this;
		const decide = (records: readonly HealRecord[]) => decideAll(records, trials, listed, this.teller());
		const verdicts = await this.guarded(async () => {
			if (store && dryRun) return decide(await store.records()).result;
			return await store?.change(decide);
		});
		return verdicts ?? decideNothing(trials);
	}

	/** Notes how attempts have ended. @param outcomes undefined for containers that could not be looked at any more */
	async note(outcomes: ReadonlyMap<string, Observation | undefined>): Promise<void> {
		if (outcomes.size === 0) return;
		await this.rewrite((record) =>
			outcomes.has(record.id) ? noteOutcome(record, outcomes.get(record.id)) : record,
		);
	}

	/** Takes back attempts that are not made after all. */
	async withdraw(ids: ReadonlySet<string>): Promise<void> {
		if (ids.size === 0) return;
		const { run } = this.teller();
		await this.rewrite((record) => (ids.has(record.id) ? withdraw(record, run) : record));
	}

	/**
	 * Notes that this run tells what it has to tell; until then a later run does it.
	 * @returns ids of the containers of which it is this run's to tell still; undefined when that is not known
	 */
	async told(): Promise<Set<string> | undefined> {
		const { run } = this.teller();
		const isOwn = ({ untold }: HealRecord): boolean => untold.some((one) => one.run === run);
		return await this.rewrite(
			(record) => toldBy(run, record),
			(records) => new Set(records.filter(isOwn).map(({ id }) => id)),
		);
	}

	/** @param read what is to be known of the records as they were before */
	private async rewrite<T>(
		change: (record: HealRecord) => HealRecord,
		read?: (records: readonly HealRecord[]) => T,
	): Promise<T | undefined> {
		if (this.dryRun) return undefined;
		return await this.guarded(async () =>
			this.store?.change((records) => ({ records: records.map(change), result: read?.(records) })),
		);
	}

	private async guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
		if (this.broken) return undefined;
		try {
			return await work();
		} catch (thrown) {
			this.breakDown(thrown);
			return undefined;
		}
	}

	private breakDown(thrown: unknown): void {
		if (!(thrown instanceof StateError)) throw thrown;
		this.broken = thrown;
	}
}

function decideAll(
	before: readonly HealRecord[],
	trials: readonly Trial[],
	listed: Listed,
	teller: Teller,
): { records: HealRecord[]; result: Verdicts } {
	const decisions = new Map<string, Decision>();
	let records = [...before];
	for (const { seen, situation, follows } of trials) {
		const { observation, managed } = seen;
		const known =
			records.find(({ id }) => id === observation.id) ??
			records.find(({ id, name }) => name === observation.name && !listed.ids.has(id));
		// What the list alone tells is too little to change what is remembered.
		const remembered = managed ? known : undefined;
		const { record, decision } = follows
			? judgeFollower(remembered, observation, follows.reason, situation, follows.leaderStartedAt)
			: judge(remembered, observation, situation);
		decisions.set(observation.id, decision);
		if (!managed) continue;
		records = records.filter((other) => other !== known);
		if (!isBlank(record) || mayLoopLater(observation)) records.push(record);
	}
	const isGone = ({ id, name }: HealRecord): boolean =>
		!listed.ids.has(id) && !listed.names.has(name) && listed.covers(name);
	const gone: Verdicts['gone'] = [];
	records = records.flatMap((record) => {
		if (!isGone(record)) return [record];
		const { kept, tell } = farewell(record, teller);
		if (tell) gone.push({ id: record.id, name: record.name });
		return kept ?? [];
	});
	records.sort((a, b) => (a.name < b.name ? -1 : 1));
	return { records, result: { decisions, gone } };
}

/** A loop shows only in what has changed between two looks, so the first one is remembered too. */
function mayLoopLater({ restartCount, restartPolicy, ageMs }: Observation): boolean {
	if (restartPolicy === 'no' || restartPolicy === '') return false;
	return restartCount > 0 || (ageMs !== null && ageMs < youngMs);
}

function decideNothing(trials: readonly Trial[]): Verdicts {
	const decisions = trials.map(({ seen: { observation }, situation }): [string, Decision] => {
		const { decision } = judge(undefined, observation, situation);
		const { condition, action } = decision;
		if (action === 'leave' && decision.alert === null) return [observation.id, decision];
		const message = sentenceFor('state_unusable', { seen: observation, condition, attempt: 0 });
		const nothing = { attempt: 0, nextAttemptAt: null, quarantined: false, alert: null } as const;
		return [observation.id, { ...decision, ...nothing, action: 'leave', reason: 'state_unusable', message }];
	});
	return { decisions: new Map(decisions), gone: [] };
}
