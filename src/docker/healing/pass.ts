import { errorMessage } from '../../shared';
import type { EngineConnection } from '../connection';
import { Containers } from '../containers';
import { DockerError } from '../errors';
import type { ManagedContainer } from '../managed';
import { protectedContainers } from '../protected';
import { circlesAmong, startOrder } from '../start-order';
import type { ListedContainer } from '../summary';
import { startPatienceMs } from '../uncertain';
import type { Book } from './book';
import { conditionOf } from './condition';
import type { Decision } from './decision';
import { cutOffAmong, followersOf, mayFollow, sharingAmong, type Cause, type Follower } from './followers';
import type { Situation } from './judge';
import type { Looker, Seen } from './look';
import { maintenanceAt } from './maintenance';
import type { Listed, Memory, Trial } from './memory';
import type { Hold, Observation } from './observation';
import { untilUp } from './settle';
import type { SweepOptions } from './sweep';
import { sentenceFor } from './words';

/** What all passes of one run work with. */
export interface Tools {
	connection: EngineConnection;
	options: SweepOptions;
	looker: Looker;
	memory: Memory;
	book: Book;
	/** How long the run may take until it tells, in milliseconds. */
	tellMs: number;
}

/** Ids of containers that something was tried on, and of those that have been started by it. */
interface Done {
	tried: Set<string>;
	restarted: Set<string>;
}

/** The engine stops and starts it; n8n may be slow too. */
const attemptSlackMs = 30_000;
const ofUpdate: Hold = { by: 'update', reason: 'it is being updated' };
const mostAtOnce = 8;

/** Looks once at some containers and acts where it is needed. */
export class Pass {
	private protectedBecause: ReadonlyMap<string, string> = new Map();
	/** Ids of those of which it is known whether they are protected. */
	private judgedForProtection: ReadonlySet<string> = new Set();

	constructor(
		private readonly tools: Tools,
		private readonly covered: readonly ListedContainer[],
		private readonly listed: Listed,
	) {}

	/** @returns ids of those that were acted on */
	async over(ids: ReadonlySet<string>): Promise<Set<string>> {
		const { looker, memory, book, options } = this.tools;
		const known = await memory.known();
		const found = await looker.atListed(
			this.covered.filter(({ Id }) => ids.has(Id)),
			known,
		);
		for (const container of this.covered) if (ids.has(container.Id)) book.open(container);
		for (const id of ids) if (!found.has(id)) book.tellGone(id, id.slice(0, 12), false);
		const seen = book.seenAmong(found);
		const troubled = [...seen.values()].filter(isTroubled);
		const cutOff = await this.cutOff(ids);
		const leaders = [...troubled.map(({ observation }) => observation.id), ...cutOff.map(({ id }) => id)];
		const relatives = [...cutOff.map(({ id }) => id), ...mayFollow(leaders, this.covered)];
		await this.protect([...troubled, ...seenIn(await looker.at([...new Set(relatives)], false))]);
		const levels = this.inOrder(troubled);
		const calm = [...seen.values()].filter((one) => !isTroubled(one));
		const done = await this.judgeAndAct([...calm, ...(levels[0] ?? [])]);
		for (const level of levels.slice(1)) {
			// What the level before has cured may have cured these too.
			if (done.tried.size > 0) await untilUp(done.tried, looker, options.policy.settleMs, options.signal);
			const again = await looker.at(level.map(({ observation }) => observation.id));
			include(done, await this.judgeAndAct([...book.seenAmong(again).values()]));
		}
		await this.follow(done, cutOff);
		return done.tried;
	}

	private async judgeAndAct(seen: readonly Seen[], causes?: ReadonlyMap<string, Cause>): Promise<Done> {
		const { memory, book, options } = this.tools;
		const trials = seen.map((one): Trial => ({
			seen: one,
			situation: this.situationOf(one),
			follows: causes?.get(one.observation.id),
		}));
		const { decisions, gone } = await memory.judge(trials, this.listed);
		for (const { id, name } of gone) book.tellGone(id, name, true);
		const done: Done = { tried: new Set(), restarted: new Set() };
		const due: Trial[] = [];
		for (const trial of trials) {
			const { observation } = trial.seen;
			const decision = decisions.get(observation.id);
			if (isAttempt(decision) && !options.dryRun) due.push(trial);
			else if (decision) book.tell(observation.id, decision, observation);
		}
		for (let first = 0; first < due.length; first += mostAtOnce)
			include(done, await this.act(due.slice(first, first + mostAtOnce), decisions));
		return done;
	}

	/** Carries out what stands in the memory already, on those that still are as they were judged. */
	private async act(due: readonly Trial[], decisions: ReadonlyMap<string, Decision>): Promise<Done> {
		const { looker, memory, book } = this.tools;
		const now = await looker.at(
			due.map(({ seen }) => seen.observation.id),
			false,
		);
		const outdated = new Set<string>();
		const before = new Map<string, Observation>();
		for (const { seen, follows } of due) {
			const { id } = seen.observation;
			const decision = decisions.get(id);
			if (!decision) continue;
			const present = now.get(id);
			if (isAsJudged(seen.observation, present, follows !== undefined)) {
				before.set(id, seen.observation);
				book.tell(id, decision, seen.observation);
			} else {
				outdated.add(id);
				const reason = isUnseen(present) ? 'not_inspected' : 'changed_meanwhile';
				book.tell(id, leftAlone(decision, seen.observation, reason), seenOf(present)?.observation);
			}
		}
		await memory.withdraw(outdated);
		const errors = new Map(
			await Promise.all(
				[...before.keys()].map(async (id) => [id, await this.carryOut(id, decisions.get(id))] as const),
			),
		);
		const after = await looker.at([...before.keys()], false);
		const outcomes = new Map([...before.keys()].map((id) => [id, seenOf(after.get(id))?.observation]));
		await memory.note(outcomes);
		for (const [id, outcome] of outcomes) book.acted(id, errors.get(id) ?? null, outcome);
		const restarted = [...before].filter(([id, { startedAt }]) => {
			const outcome = outcomes.get(id);
			if (!outcome) return errors.get(id) === null;
			return outcome.state === 'running' && outcome.startedAt !== startedAt;
		});
		return { tried: new Set(before.keys()), restarted: new Set(restarted.map(([id]) => id)) };
	}

	/** @returns what the engine said when it did not do it */
	private async carryOut(id: string, decision: Decision | undefined): Promise<string | null> {
		const { connection, options } = this.tools;
		const containers = new Containers(connection);
		try {
			const { signal } = options;
			// What is protected has been looked up for all of them at once.
			const protectionChecked = this.judgedForProtection.has(id);
			if (decision?.action === 'restart') await containers.restart(id, { protectionChecked, signal });
			else await containers.start(id, { signal });
			return null;
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'cancelled') throw thrown;
			return errorMessage(thrown);
		}
	}

	/** Of those that are looked at, and of those that share the network of one of them. */
	private async cutOff(ids: ReadonlySet<string>): Promise<Follower[]> {
		const pairs = sharingAmong(this.covered).filter(({ id, leaderId }) => ids.has(id) || ids.has(leaderId));
		const both = new Set(pairs.flatMap(({ id, leaderId }) => [id, leaderId]));
		if (both.size === 0) return [];
		const found = seenIn(await this.tools.looker.at([...both], false));
		return cutOffAmong(pairs, new Map(found.map(({ observation }) => [observation.id, observation])));
	}

	/** Restarts what is cut off, what has to be restarted after others, and what has to be after those. */
	private async follow(done: Done, cutOff: readonly Follower[]): Promise<void> {
		const { book, looker } = this.tools;
		const open = [cutOff, ...[...done.restarted].map((id) => followersOf(id, this.covered))];
		for (let group = open.shift(); group !== undefined; group = open.shift()) {
			const followers = group.filter(({ id }) => !done.tried.has(id));
			if (followers.length === 0) continue;
			for (const { id } of followers) book.open(this.covered.find(({ Id }) => Id === id));
			const seen = [...book.seenAmong(await looker.at(followers.map(({ id }) => id))).values()];
			const known = seen.filter(({ observation }) => this.judgedForProtection.has(observation.id));
			for (const one of seen) if (!known.includes(one)) book.tellUnclear(one.observation);
			const causes = new Map(followers.map((follower) => [follower.id, follower]));
			const now = await this.judgeAndAct(known, causes);
			include(done, now);
			for (const id of now.restarted) open.push(followersOf(id, this.covered));
		}
	}

	private async protect(seen: readonly Seen[]): Promise<void> {
		const candidates = seen.flatMap(({ managed }): ManagedContainer[] => (managed ? [managed] : []));
		const { connection, options } = this.tools;
		const { protection, signal } = options;
		this.protectedBecause = await protectedContainers(candidates, connection, { ...protection, signal });
		this.judgedForProtection = new Set(candidates.map(({ id }) => id));
	}

	/** Those others depend on come first. What stands in a circle has no order, which is told. */
	private inOrder(troubled: readonly Seen[]): Seen[][] {
		const managed = troubled.flatMap((one) => (one.managed ? [one.managed] : []));
		for (const circle of circlesAmong(managed)) {
			const names = managed.filter(({ id }) => circle.includes(id)).map(({ name }) => `"${name}"`);
			const note = `${names.join(', ')} depend on each other, so none of them is first.`;
			for (const id of circle) this.tools.book.note(id, note);
		}
		return startOrder(managed).map((level) =>
			level.flatMap((id) => troubled.filter(({ observation }) => observation.id === id)),
		);
	}

	private situationOf({ observation, managed }: Seen): Situation {
		const { connection, options, tellMs } = this.tools;
		const { policy, random, now, run, release } = options;
		const stopMs = (managed?.ownGraceSeconds ?? 0) * 1000;
		return {
			...{ now: now(), run, tellMs, policy, random, release },
			attemptMs: stopMs + connection.timeoutSeconds * 1000 + startPatienceMs + attemptSlackMs,
			hold: this.listed.updating.has(observation.id) ? ofUpdate : this.holdOn(observation),
			protectedBecause: this.protectedBecause.get(observation.id),
		};
	}

	private holdOn({ id, name }: Observation): Hold | undefined {
		const { holds = [], windows = [], timeZone, now } = this.tools.options;
		const held = holds.find(({ container }) => [id, name, '*'].includes(container));
		return held ? { by: 'backup', reason: held.reason } : maintenanceAt(windows, now(), timeZone);
	}
}

function include(done: Done, more: Done): void {
	for (const id of more.tried) done.tried.add(id);
	for (const id of more.restarted) done.restarted.add(id);
}

/** Whether a person, the engine or another program has done something with it between the look and now. */
function isAsJudged(judged: Observation, now: Seen | DockerError | undefined, isFollower: boolean): boolean {
	const seen = seenOf(now)?.observation;
	if (!seen || seen.state !== judged.state) return false;
	if (seen.startedAt !== judged.startedAt || seen.finishedAt !== judged.finishedAt) return false;
	return isFollower || judged.health !== 'unhealthy' || seen.health === 'unhealthy';
}

/** Whether nobody knows what it is like now; one that is gone has changed. */
function isUnseen(now: Seen | DockerError | undefined): boolean {
	return now instanceof DockerError && now.code !== 'not_found';
}

function leftAlone(
	decision: Decision,
	seen: Observation,
	reason: 'changed_meanwhile' | 'not_inspected',
): Decision {
	const { condition } = decision;
	const attempt = Math.max(0, decision.attempt - 1);
	const message = sentenceFor(reason, { seen, condition, attempt });
	return { ...decision, action: 'leave', reason, message, attempt, nextAttemptAt: null };
}

function isTroubled({ observation }: Seen): boolean {
	return ['unhealthy', 'failed', 'out_of_memory'].includes(conditionOf(observation));
}

function isAttempt(decision: Decision | undefined): boolean {
	return decision?.action === 'start' || decision?.action === 'restart';
}

function seenOf(found: Seen | DockerError | undefined): Seen | undefined {
	return found instanceof DockerError ? undefined : found;
}

function seenIn(found: ReadonlyMap<string, Seen | DockerError>): Seen[] {
	return [...found.values()].flatMap((result) => seenOf(result) ?? []);
}
