import { conditionOf, mayBeLooping, stillStartingMs, youngMs } from './condition';
import type { AlertKind, Decision, HealAction, HealReason } from './decision';
import type { Condition, Hold, Observation } from './observation';
import { backoffMs, type HealPolicy } from './policy';
import { longestAttemptMs, recall, type Recalled } from './recall';
import type { HealRecord } from './record';
import { takeOver, toTell, type Teller } from './telling';
import { sentenceFor, troubleOf } from './words';

/** Everything beside the container itself that counts for a decision. */
export interface Situation extends Teller {
	policy: HealPolicy;
	/** From 0 to below 1. */
	random: () => number;
	/** How long an attempt may take. */
	attemptMs: number;
	hold?: Hold | undefined;
	/** Why it must never be stopped. */
	protectedBecause?: string | undefined;
	/** A person lets it out of quarantine. */
	release?: boolean | undefined;
}

export interface Judgement {
	record: HealRecord;
	decision: Decision;
}

/**
 * What is to be done about a container: a function of what is known, what is seen and the time, without clock or I/O.
 * An attempt stands in the record it returns, which is to be stored before the attempt is made: so neither a crash nor a
 * second run ever makes one too many.
 */
export function judge(known: HealRecord | undefined, seen: Observation, situation: Situation): Judgement {
	if (known && isBeingHealed(known, seen, situation)) return leftToTheOther(known, seen, situation);
	const { now, policy, release = false } = situation;
	const recalled = recall(known, seen, { now, policy, release });
	return new Case(recalled, situation).decide();
}

/**
 * As `judge`, for a container that must be restarted because of another: one that has lost the network it shared, or
 * whose Compose file asks for it.
 *
 * @param leaderStartedAt when that other one was started, where this alone tells that a restart is due; after each start it
 * is due once
 */
export function judgeFollower(
	known: HealRecord | undefined,
	seen: Observation,
	reason: 'namespace_of_restarted' | 'dependency_restarted',
	situation: Situation,
	leaderStartedAt: number | null = null,
): Judgement {
	if (known && isBeingHealed(known, seen, situation)) return leftToTheOther(known, seen, situation);
	const recalled = recall(known, seen, { ...situation, release: false });
	return new Case(recalled, situation).follow(reason, leaderStartedAt);
}

/**
 * Notes how an attempt has ended. Where that cannot be told, the engine may still be at it: then the attempt stays open,
 * and the start that comes of it counts as ours.
 * @param after undefined when the container could not be looked at any more
 */
export function noteOutcome(record: HealRecord, after: Observation | undefined): HealRecord {
	const isSameStart = after?.startedAt === record.startedAt;
	if (!after || (isSameStart && after.state === 'running')) return record;
	const { startedAt, restartCount } = after;
	const endedByUs = after.state !== 'running' && isSameStart ? after.finishedAt : null;
	const followed = isSameStart ? null : record.followed;
	return { ...record, pending: null, startedAt, restartCount, endedByUs, followed, wellSince: null };
}

/** Takes back an attempt of this run that was not made after all. */
export function withdraw(record: HealRecord, run: string): HealRecord {
	if (record.pending?.run !== run) return record;
	const attempts = record.attempts.slice(0, -1);
	const failures = Math.max(0, record.failures - 1);
	return { ...record, attempts, failures, nextAttemptAt: null, pending: null, followed: null };
}

function isBeingHealed({ id, pending }: HealRecord, seen: Observation, { run, now }: Situation): boolean {
	if (id !== seen.id || pending === null || pending.run === run) return false;
	// A time further away was stored by a clock that was wrong.
	return pending.until > now && pending.until - now <= longestAttemptMs;
}

function leftToTheOther(record: HealRecord, seen: Observation, { now }: Situation): Judgement {
	const condition = conditionOf(seen);
	const nextAttemptAt = Math.max(now, Math.min(record.nextAttemptAt ?? now, now + longestAttemptMs));
	const decision = {
		...({ action: 'wait', reason: 'another_run', condition, nextAttemptAt } as const),
		...{ alert: null, resolved: false, released: null, downMs: null },
		attempt: record.attempts.length,
		quarantined: record.quarantinedAt !== null,
		message: sentenceFor('another_run', { seen, condition, attempt: record.attempts.length }),
	};
	return { record, decision };
}

const heldBy = {
	backup: 'held_by_backup',
	maintenance: 'maintenance',
	update: 'held_by_update',
} as const satisfies Record<Hold['by'], HealReason>;

/** One container at one look. */
class Case {
	private readonly record: HealRecord;
	private readonly seen: Observation;
	private condition: Condition;

	constructor(
		private readonly recalled: Recalled,
		private readonly situation: Situation,
	) {
		this.record = recalled.record;
		this.seen = recalled.seen;
		this.condition = conditionOf(recalled.seen);
	}

	decide(): Judgement {
		if (this.seen.ignored) return this.end('leave', 'ignored');
		switch (this.condition) {
			case 'healthy':
			case 'unverified':
			case 'starting':
			case 'restarting':
			case 'cut_off':
				return this.runs();
			case 'unhealthy':
				return this.isUnhealthy();
			case 'failed':
			case 'out_of_memory':
				return this.attempt('start', this.condition);
			case 'stop_unknown':
				return (
					this.heldBack() ??
					this.end('leave', 'stop_unknown', 'stop_unknown', `stop_unknown:${this.seen.finishedAt}`)
				);
			case 'dead':
				return this.heldBack() ?? this.end('leave', 'cannot_be_restarted', 'dead');
			case 'stopped':
				return this.end('leave', 'stopped_by_person');
			default:
				return this.end('leave', this.condition);
		}
	}

	/** A restart because of another container, as far as it runs. */
	follow(
		reason: 'namespace_of_restarted' | 'dependency_restarted',
		leaderStartedAt: number | null,
	): Judgement {
		const { record, seen } = this;
		if (seen.state !== 'running' || seen.ignored) return this.decide();
		if (leaderStartedAt !== null && record.followed === leaderStartedAt) return this.decide();
		if (reason === 'namespace_of_restarted') this.condition = 'cut_off';
		const judgement = this.attempt('restart', reason);
		if (judgement.decision.action === 'restart') record.followed = leaderStartedAt;
		return judgement;
	}

	/**
	 * A restart or a start, unless something speaks against it. What is counted against the limit is every attempt within the
	 * window, and those before it for as long as the container has not run well since.
	 */
	attempt(action: 'start' | 'restart', reason: HealReason): Judgement {
		const { record, situation } = this;
		const { now, policy, random, run, attemptMs, hold, protectedBecause } = situation;
		if (hold) return this.end('leave', heldBy[hold.by]);
		if (protectedBecause !== undefined) return this.end('leave', 'protected', 'protected');
		if (record.quarantinedAt !== null) return this.end('leave', 'quarantined');
		if (record.attempts.length >= policy.maxRestarts) return this.quarantine('too_many_restarts');
		if (record.nextAttemptAt !== null && now < record.nextAttemptAt)
			return this.end('wait', 'back_off', undefined, undefined, record.nextAttemptAt);
		record.attempts.push(now);
		record.failures += 1;
		const isMemory = this.condition === 'out_of_memory';
		record.nextAttemptAt = now + backoffMs(policy, record.failures, isMemory, random);
		record.pending = { run, until: now + Math.min(attemptMs, longestAttemptMs) };
		return this.end(action, reason, isMemory ? 'out_of_memory' : undefined);
	}

	/** It runs or is being restarted by the engine, which half of all looks at a crash loop find. */
	private runs(): Judgement {
		const { record, seen, recalled, situation } = this;
		const { now, policy } = situation;
		if (record.quarantinedAt !== null) {
			if (mayBeLooping(seen) && recalled.grown > 0) this.condition = 'crash_loop';
			return this.end('leave', 'quarantined');
		}
		const ofEngine = record.engineRestarts.reduce((sum, { count }) => sum + count, 0);
		const isLooping = mayBeLooping(seen) && ofEngine > 0;
		if (isLooping) this.condition = 'crash_loop';
		// While it has just come up once more, a container that waited for its database may as well be through.
		const hasJustEnded = seen.state === 'restarting' || (seen.ageMs ?? 0) < youngMs / 5;
		const limit = Math.max(policy.maxRestarts, 1);
		if (isLooping && (ofEngine >= 2 * limit || (ofEngine >= limit && hasJustEnded)))
			return this.heldBack() ?? this.quarantine('crash_loop');
		if (mayBeLooping(seen))
			return this.end('wait', 'engine_restarts', undefined, undefined, now + Math.max(policy.settleMs, 1000));
		if (this.condition === 'starting') return this.end('leave', 'starting');
		return this.end('leave', 'well');
	}

	private isUnhealthy(): Judgement {
		const wait = stillStartingMs(this.seen);
		if (wait === 0) return this.attempt('restart', 'unhealthy');
		return this.end('wait', 'start_period', undefined, undefined, this.situation.now + Math.ceil(wait));
	}

	/** What is under the hands of a backup or in a maintenance window calls nobody. */
	private heldBack(): Judgement | undefined {
		const { hold } = this.situation;
		return hold && this.end('leave', heldBy[hold.by]);
	}

	private quarantine(reason: 'too_many_restarts' | 'crash_loop'): Judgement {
		this.record.quarantinedAt = this.situation.now;
		this.record.nextAttemptAt = null;
		return this.end('quarantine', reason, 'quarantine');
	}

	private end(
		action: HealAction,
		reason: HealReason,
		kind?: AlertKind,
		told: string | undefined = kind,
		nextAttemptAt: number | null = null,
	): Judgement {
		const { record, recalled, condition, seen, situation } = this;
		const isDue = kind !== undefined && told !== undefined && !record.told.includes(told);
		if (isDue) {
			record.told = [...record.told.slice(-20), told];
			record.open = true;
			record.releasedAt = null;
		}
		const { released } = recalled;
		const left = takeOver(record.untold, situation);
		const news = [...(isDue ? [kind] : []), ...(recalled.resolved ? [null] : [])];
		record.untold = [...left.untold, ...news.map((alert) => toTell(alert, situation))].slice(-50);
		const isReleased = released !== null && action === 'leave';
		const attempt = record.attempts.length;
		const words = { seen, condition, attempt, ...situation, nextAttemptAt };
		const finalReason = isReleased ? released : reason;
		const said = sentenceFor(finalReason, words);
		const isOver = recalled.resolved || left.resolved;
		return {
			record,
			decision: {
				action: isReleased ? 'release' : action,
				condition,
				reason: finalReason,
				message: isOver ? `${said} ${troubleOf(recalled.downMs)}`.trim() : said,
				alert: isDue ? kind : left.alert,
				resolved: isOver,
				downMs: recalled.downMs,
				attempt,
				nextAttemptAt,
				quarantined: record.quarantinedAt !== null,
				released,
			},
		};
	}
}
