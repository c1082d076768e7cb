import { setTimeout as sleep } from 'node:timers/promises';

import type { StateError } from '../../shared';
import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Containers } from '../containers';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import type { ListedContainer } from '../summary';
import { Book } from './book';
import { engineFacts } from './engine-facts';
import type { HealOptions, HealReport } from './heal';
import { Looker } from './look';
import { Memory } from './memory';
import { Pass, type Tools } from './pass';
import type { HealPolicy } from './policy';
import { untilSettled } from './settle';
import { HealStore } from './store';
import { everythingThere } from './there';

export type SweepOptions = Omit<HealOptions, 'policy' | 'random' | 'now'> & {
	policy: HealPolicy;
	random: () => number;
	now: () => number;
	/** No two are the same. */
	run: string;
};

export interface SweepOutcome {
	results: HealReport['results'];
	/** Why nothing can be remembered, and what follows from that. */
	broken: { cause: StateError; consequence: string } | undefined;
	/** Why the run has ended before its time; what was found before stands in the results. */
	cutShort: DockerError | undefined;
}

/** Attempts that are due so shortly after another are made with it. */
const togetherMs = 50;
const nothingHealed = 'Nothing was healed.';
const nothingMore = 'Nothing more was healed after that.';
const toldAgain = 'What stands in these items stays so; a later run may tell it once more.';
/** What a run may take beside what it waits for. */
const spareMs = 2 * 60_000;

/** One run over containers: looks, decides, acts, and looks again until what was restarted has settled. */
export class Sweep {
	private readonly book = new Book();
	private readonly startedAt = Date.now();

	constructor(
		private readonly connection: EngineConnection,
		private readonly options: SweepOptions,
	) {}

	/** @throws DockerError when nothing was found out before the engine failed; `cancelled` */
	async run(): Promise<SweepOutcome> {
		const { connection, options, book } = this;
		const { signal, patienceMs = 0, dryRun = false, stateFolder, policy, run, now } = options;
		const [chosen, facts] = await Promise.all([this.choose(), engineFacts(new Engine(connection), signal)]);
		const tellMs = patienceMs + 2 * policy.settleMs + spareMs;
		const open = (): HealStore => HealStore.open(stateFolder, facts.id);
		const memory = new Memory(open, () => ({ now: now(), run, tellMs }), dryRun);
		const looker = new Looker(new Engine(connection), new Access(connection), facts.clockAheadMs, signal);
		const first = new Set(chosen.map(({ Id }) => Id));
		const cutShort = await this.passes(first, { connection, options, looker, memory, book, tellMs });
		// Without any result there is nobody who tells anything.
		if (cutShort && book.results(dryRun).length === 0) throw cutShort;
		const wasBroken = memory.broken !== undefined;
		const own = signal?.aborted ? undefined : await memory.told();
		if (own) book.leaveToOthers(own);
		const results = book.results(dryRun);
		const hasHealed = !dryRun && results.some(({ changed }) => changed);
		const consequence = !wasBroken ? toldAgain : hasHealed ? nothingMore : nothingHealed;
		return { results, broken: memory.broken && { cause: memory.broken, consequence }, cutShort };
	}

	/** @returns why they have ended before their time */
	private async passes(first: ReadonlySet<string>, tools: Tools): Promise<DockerError | undefined> {
		const { signal, patienceMs = 0, dryRun, policy } = this.options;
		let next: ReadonlySet<string> | undefined = first;
		try {
			while (next && next.size > 0 && !signal?.aborted) {
				const { covered, listed } = await everythingThere(this.connection, signal);
				const acted = await new Pass(tools, covered, listed).over(next);
				if (dryRun) break;
				if (acted.size > 0) await untilSettled(acted, tools.looker, policy.settleMs, signal);
				next = acted.size > 0 ? acted : await this.due(patienceMs);
			}
			return undefined;
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code !== 'cancelled') return thrown;
			throw thrown;
		}
	}

	private async choose(): Promise<ListedContainer[]> {
		const { container, filter, signal } = this.options;
		const containers = new Containers(this.connection);
		if (container === undefined) return await containers.listRaw(filter, signal);
		const { id } = await containers.get(container, signal);
		return (await containers.listRaw({}, signal)).filter(({ Id }) => Id === id);
	}

	/** Waits for the next attempt that comes before the patience ends. @returns whose it is */
	private async due(patienceMs: number): Promise<ReadonlySet<string> | undefined> {
		const { now, signal } = this.options;
		const last = now() + (this.startedAt + patienceMs - Date.now());
		const waiting = this.book.waiting().filter(({ at }) => at <= last);
		if (waiting.length === 0) return undefined;
		const first = Math.min(...waiting.map(({ at }) => at));
		await sleep(Math.max(0, first - now()) + 10, undefined, { signal }).catch(() => {});
		return new Set(waiting.filter(({ at }) => at <= first + togetherMs).map(({ id }) => id));
	}
}
