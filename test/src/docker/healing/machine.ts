import {
	defaultPolicy,
	judge,
	noteOutcome,
	type Decision,
	type HealPolicy,
	type HealRecord,
	type Observation,
	type Situation,
} from '../../../../src/docker/healing';

export const second = 1000;
export const minute = 60 * second;

/** A container that runs well, unless told otherwise. */
export function look(change: Partial<Observation> = {}): Observation {
	return {
		id: 'a'.repeat(64),
		name: 'shop-web',
		imageId: 'sha256:1',
		state: 'running',
		health: 'none',
		healthOutput: null,
		exitCode: null,
		outOfMemory: false,
		error: null,
		restartCount: 0,
		restartPolicy: 'no',
		mostRetries: 0,
		startedAt: 0,
		finishedAt: null,
		ageMs: 3_600_000,
		startPeriodMs: 0,
		wasHealthy: false,
		memoryLimitBytes: null,
		stoppedBy: 'crash',
		ignored: false,
		...change,
	};
}

/** One that has ended by itself. */
export const ended = (change: Partial<Observation> = {}): Observation =>
	look({ state: 'exited', exitCode: 7, finishedAt: 1, ...change });

/** A container that is looked at again and again, with what is remembered of it. */
export class Watched {
	record: HealRecord | undefined;
	now = Date.parse('2026-11-22T03:00:00Z');
	readonly decisions: Decision[] = [];

	constructor(readonly policy: HealPolicy = defaultPolicy) {}

	look(seen: Observation, change: Partial<Situation> = {}): Decision {
		const limits = { attemptMs: minute, tellMs: minute };
		const situation = { now: this.now, run: 'run', policy: this.policy, random: () => 0, ...limits };
		const { record, decision } = judge(this.record, seen, { ...situation, ...change });
		this.record = record;
		this.decisions.push(decision);
		return decision;
	}

	/** Looks, and carries out what is decided: the container is then as `after`. */
	heal(seen: Observation, after: Observation): Decision {
		const decision = this.look(seen);
		if (decision.action === 'start' || decision.action === 'restart') this.acted(after);
		return decision;
	}

	acted(after: Observation): void {
		if (this.record) this.record = noteOutcome(this.record, after);
	}

	after(ms: number): this {
		this.now += ms;
		return this;
	}
}
