import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { errorMessage, type StateError } from '../../shared';
import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Containers } from '../containers';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import type { ManagedContainer } from '../managed';
import { replacesLabel } from '../own-labels';
import { protectedContainers } from '../protected';
import { circlesAmong, startOrder } from '../start-order';
import { nameAmong, type ListedContainer } from '../summary';
import { Book } from './book';
import { conditionOf } from './condition';
import type { Decision } from './decision';
import { engineFacts } from './engine-facts';
import { followersOf } from './followers';
import type { HealOptions, HealReport } from './heal';
import type { Situation } from './judge';
import { Looker, type Seen } from './look';
import { maintenanceAt } from './maintenance';
import { Memory, type Listed, type Trial } from './memory';
import type { Hold, Observation } from './observation';
import type { HealPolicy } from './policy';
import { untilSettled, untilUp } from './settle';
import { HealStore } from './store';

export type SweepOptions = Omit<HealOptions, 'policy' | 'random' | 'now'> & {
	policy: HealPolicy;
	random: () => number;
	now: () => number;
	/** No two are the same. */
	run: string;
};

/** What one pass over some containers works with. */
interface Pass {
	looker: Looker;
	memory: Memory;
	all: readonly ListedContainer[];
	listed: Listed;
	protectedBecause: ReadonlyMap<string, string>;
}

/** The engine stops and starts it; n8n may be slow too. */
const attemptSlackMs = 30_000;
const ofUpdate: Hold = { by: 'update', reason: 'it is being updated' };
const mostAtOnce = 8;
/** Attempts that are due so shortly after another are made with it. */
const togetherMs = 50;
const everyContainer = z.array(
	z.object({
		Id: z.string(),
		Names: z.array(z.string()).nullish(),
		Labels: z.record(z.string(), z.string()).nullish(),
	}),
);

/** One run over containers: looks, decides, acts, and looks again until what was restarted has settled. */
export class Sweep {
	private readonly engine: Engine;
	private readonly access: Access;
	private readonly containers: Containers;
	private readonly book = new Book();
	private readonly startedAt = Date.now();

	constructor(
		private readonly connection: EngineConnection,
		private readonly options: SweepOptions,
	) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
		this.containers = new Containers(connection);
	}

	async run(): Promise<{ results: HealReport['results']; broken: StateError | undefined }> {
		this.access.requireAction('heal');
		const { signal, patienceMs = 0, dryRun = false, stateFolder } = this.options;
		const [chosen, facts] = await Promise.all([this.choose(), engineFacts(this.engine, signal)]);
		const memory = new Memory(() => HealStore.open(stateFolder, facts.id), dryRun);
		const looker = new Looker(this.engine, this.access, facts.clockAheadMs, signal);
		let next: ReadonlySet<string> | undefined = new Set(chosen.map(({ Id }) => Id));
		while (next && next.size > 0 && !signal?.aborted) {
			const acted = await this.pass(next, looker, memory);
			if (dryRun) break;
			if (acted.size > 0) await untilSettled(acted, looker, this.options.policy.settleMs, signal);
			next = acted.size > 0 ? acted : await this.due(patienceMs);
		}
		return { results: this.book.results(dryRun), broken: memory.broken };
	}

	private async choose(): Promise<ListedContainer[]> {
		const { container, filter, signal } = this.options;
		if (container === undefined) return await this.containers.listRaw(filter, signal);
		const { id } = await this.containers.get(container, signal);
		return (await this.everything()).covered.filter(({ Id }) => Id === id);
	}

	/** All containers there are: those that the rights cover, and the names of all. */
	private async everything(): Promise<{ covered: ListedContainer[]; listed: Listed }> {
		const { signal } = this.options;
		const query = { all: 'true' };
		const [covered, every] = await Promise.all([
			this.containers.listRaw({}, signal),
			this.engine.call({ path: '/containers/json', query, signal }, everyContainer),
		]);
		const names = every.flatMap(({ Names }) => nameAmong(Names) ?? []);
		const ids = new Set(every.map(({ Id }) => Id));
		const covers = (name: string): boolean => this.access.covers(name);
		const updating = every.flatMap(({ Id, Labels }) => {
			const replaced = Labels?.[replacesLabel];
			return replaced !== undefined && ids.has(replaced) ? [Id, replaced] : [];
		});
		return { covered, listed: { ids, names: new Set(names), covers, updating: new Set(updating) } };
	}

	/** Looks once at some containers and acts where it is needed. @returns ids of those that were acted on */
	private async pass(ids: ReadonlySet<string>, looker: Looker, memory: Memory): Promise<Set<string>> {
		const { covered, listed } = await this.everything();
		const found = await looker.atListed(
			covered.filter(({ Id }) => ids.has(Id)),
			await memory.known(),
		);
		for (const container of covered) if (ids.has(container.Id)) this.book.open(container);
		for (const id of ids) if (!found.has(id)) this.book.tellGone(id, id.slice(0, 12), false);
		const seen = this.book.seenAmong(found);
		const troubled = [...seen.values()].filter(isTroubled);
		const followers = this.mayFollow(troubled, covered);
		const relatives = seenIn(await looker.at(followers, false));
		const protectedBecause = await this.protect([...troubled, ...relatives]);
		const pass = { looker, memory, all: covered, listed, protectedBecause };
		const levels = this.inOrder(troubled);
		const calm = [...seen.values()].filter((one) => !isTroubled(one));
		const acted = await this.judgeAndAct([...calm, ...(levels[0] ?? [])], pass);
		for (const level of levels.slice(1)) {
			// What the level before has cured may have cured these too.
			if (acted.size > 0) await untilUp(acted, looker, this.options.policy.settleMs, this.options.signal);
			const again = await looker.at(level.map(({ observation }) => observation.id));
			const now = [...this.book.seenAmong(again).values()];
			for (const id of await this.judgeAndAct(now, pass)) acted.add(id);
		}
		await this.follow(acted, pass);
		return acted;
	}

	private async judgeAndAct(
		seen: readonly Seen[],
		pass: Pass,
		follows?: ReadonlyMap<string, NonNullable<Trial['follows']>>,
	): Promise<Set<string>> {
		const trials = seen.map((one): Trial => ({
			seen: one,
			situation: this.situationOf(one, pass),
			follows: follows?.get(one.observation.id),
		}));
		const { decisions, gone } = await pass.memory.judge(trials, pass.listed);
		for (const { id, name } of gone) this.book.tellGone(id, name, true);
		for (const one of seen) {
			const decision = decisions.get(one.observation.id);
			if (decision) this.book.tell(one.observation.id, decision, one.observation);
		}
		if (this.options.dryRun) return new Set();
		return await this.act(seen, decisions, pass);
	}

	/** Carries out what stands in the memory already. */
	private async act(
		seen: readonly Seen[],
		decisions: ReadonlyMap<string, Decision>,
		{ looker, memory }: Pass,
	): Promise<Set<string>> {
		const due = seen.filter(({ observation }) => isAttempt(decisions.get(observation.id)));
		for (let first = 0; first < due.length; first += mostAtOnce) {
			const some = due.slice(first, first + mostAtOnce).map(({ observation }) => observation.id);
			const errors = new Map(
				await Promise.all(some.map(async (id) => [id, await this.carryOut(id, decisions.get(id))] as const)),
			);
			const after = await looker.at(some, false);
			const outcomes = new Map(
				some.map((id): [string, Observation | undefined] => {
					const found = after.get(id);
					return [id, found instanceof DockerError ? undefined : found?.observation];
				}),
			);
			await memory.note(outcomes);
			for (const id of some) this.book.acted(id, errors.get(id) ?? null, outcomes.get(id));
		}
		return new Set(due.map(({ observation }) => observation.id));
	}

	/** @returns what the engine said when it did not do it */
	private async carryOut(id: string, decision: Decision | undefined): Promise<string | null> {
		try {
			const { signal } = this.options;
			// What is protected has been looked up for all of them at once.
			const options = { protectionChecked: true, signal };
			if (decision?.action === 'restart') await this.containers.restart(id, options);
			else await this.containers.start(id, { signal });
			return null;
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'cancelled') throw thrown;
			return errorMessage(thrown);
		}
	}

	/** Restarts what has to be restarted after others, and what has to be after those. */
	private async follow(acted: Set<string>, pass: Pass): Promise<void> {
		const leaders = [...acted];
		for (let leader = leaders.shift(); leader !== undefined; leader = leaders.shift()) {
			const followers = followersOf(leader, pass.all).filter(({ id }) => !acted.has(id));
			if (followers.length === 0 || this.options.dryRun) continue;
			for (const { id } of followers) this.book.open(pass.all.find(({ Id }) => Id === id));
			const seen = this.book.seenAmong(await pass.looker.at(followers.map(({ id }) => id)));
			const reasons = new Map(followers.map(({ id, reason }) => [id, reason]));
			for (const id of await this.judgeAndAct([...seen.values()], pass, reasons)) {
				acted.add(id);
				leaders.push(id);
			}
		}
	}

	/** Ids of all that may be restarted because of these. */
	private mayFollow(troubled: readonly Seen[], all: readonly ListedContainer[]): string[] {
		const found = new Set<string>();
		const open = troubled.map(({ observation }) => observation.id);
		for (let id = open.pop(); id !== undefined; id = open.pop()) {
			for (const follower of followersOf(id, all)) {
				if (found.has(follower.id)) continue;
				found.add(follower.id);
				open.push(follower.id);
			}
		}
		return [...found];
	}

	private async protect(seen: readonly Seen[]): Promise<Map<string, string>> {
		const candidates = seen.flatMap(({ managed }): ManagedContainer[] => (managed ? [managed] : []));
		const { protection, signal } = this.options;
		return await protectedContainers(candidates, this.connection, { ...protection, signal });
	}

	/** Those others depend on come first. What stands in a circle has no order, which is told. */
	private inOrder(troubled: readonly Seen[]): Seen[][] {
		const managed = troubled.flatMap((one) => (one.managed ? [one.managed] : []));
		for (const circle of circlesAmong(managed)) {
			const names = managed.filter(({ id }) => circle.includes(id)).map(({ name }) => `"${name}"`);
			const note = `${names.join(', ')} depend on each other, so none of them is first.`;
			for (const id of circle) this.book.note(id, note);
		}
		return startOrder(managed).map((level) =>
			level.flatMap((id) => troubled.filter(({ observation }) => observation.id === id)),
		);
	}

	private situationOf({ observation, managed }: Seen, { protectedBecause, listed }: Pass): Situation {
		const { policy, random, now, run, release } = this.options;
		const stopMs = (managed?.ownGraceSeconds ?? 0) * 1000;
		return {
			...{ now: now(), run, policy, random, release },
			attemptMs: stopMs + this.connection.timeoutSeconds * 1000 + attemptSlackMs,
			hold: listed.updating.has(observation.id) ? ofUpdate : this.holdOn(observation),
			protectedBecause: protectedBecause.get(observation.id),
		};
	}

	private holdOn({ id, name }: Observation): Hold | undefined {
		const { holds = [], windows = [], timeZone, now } = this.options;
		const held = holds.find(({ container }) => [id, name, '*'].includes(container));
		return held ? { by: 'backup', reason: held.reason } : maintenanceAt(windows, now(), timeZone);
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

function isTroubled({ observation }: Seen): boolean {
	return ['unhealthy', 'failed', 'out_of_memory'].includes(conditionOf(observation));
}

function isAttempt(decision: Decision | undefined): boolean {
	return decision?.action === 'start' || decision?.action === 'restart';
}

function seenIn(found: ReadonlyMap<string, Seen | DockerError>): Seen[] {
	return [...found.values()].flatMap((result) => (result instanceof DockerError ? [] : [result]));
}
