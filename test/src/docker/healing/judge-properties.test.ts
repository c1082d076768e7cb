import { defaultPolicy, type Observation } from '../../../../src/docker/healing';
import { randomFrom } from '../../../support/random';
import { look, minute, second, Watched } from './machine';

const policy = { ...defaultPolicy, maxRestarts: 3 };
const longestWaitMs = 15 * minute;

/** A container to which anything may happen between two looks. */
class AnyContainer {
	private seen: Observation = look({ startedAt: 0, ageMs: 0 });
	private clock = 1;

	constructor(private readonly random: () => number) {}

	private pick<T>(values: readonly T[]): T {
		return values[Math.floor(this.random() * values.length)] as T;
	}

	/** @param engineStarts whether its start is one by the engine's policy */
	private started(engineStarts: boolean): Observation {
		const restartCount = engineStarts ? this.seen.restartCount + 1 : 0;
		const health = this.pick(['none', 'starting', 'healthy', 'unhealthy'] as const);
		return { ...this.seen, state: 'running', health, startedAt: this.clock, ageMs: 0, restartCount };
	}

	private ended(): Observation {
		const exitCode = this.pick([0, 1, 137]);
		const outOfMemory = exitCode === 137 && this.random() < 0.5;
		const stoppedBy = this.pick(['crash', 'crash', 'crash', 'person', 'unknown'] as const);
		return { ...this.seen, state: 'exited', exitCode, outOfMemory, stoppedBy, finishedAt: this.clock };
	}

	next(mayBeStartedByOthers: boolean): Observation {
		this.clock += 1 + Math.floor(this.random() * 1000);
		const chance = this.random();
		if (chance < 0.5) this.seen = this.ended();
		else if (chance < 0.6) this.seen = { ...this.started(true), restartPolicy: 'always' };
		else if (chance < 0.62) this.seen = { ...this.seen, state: this.pick(['paused', 'dead', 'restarting']) };
		else if (chance < 0.64 && mayBeStartedByOthers) this.seen = this.started(false);
		else if (chance < 0.9) this.seen = { ...this.seen, ageMs: (this.seen.ageMs ?? 0) + minute };
		return this.seen;
	}

	healed(): Observation {
		this.clock += 1;
		this.seen = this.random() < 0.5 ? this.started(false) : this.ended();
		return this.seen;
	}
}

const isAttempt = (action: string): boolean => action === 'start' || action === 'restart';

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
	'DK-9 whatever happens, nothing is restarted more often than the window permits (seed %i)',
	(seed) => {
		const random = randomFrom(seed);
		const container = new AnyContainer(random);
		const watched = new Watched(policy);
		const attempts: number[] = [];
		for (let step = 0; step < 600; step += 1) {
			const decision = watched.look(container.next(false), { random });
			if (isAttempt(decision.action)) {
				attempts.push(watched.now);
				// Now and then whoever made the attempt is killed before it can say how that went.
				if (random() < 0.8) watched.acted(container.healed());
				else container.healed();
			}
			if (decision.released === 'recovered') attempts.length = 0;
			const counted = attempts.filter((at) => at > watched.now - policy.windowMs);
			expect(counted.length).toBeLessThanOrEqual(policy.maxRestarts);
			watched.after(Math.floor(random() * (random() < 0.1 ? 12 * minute : 20 * second)));
		}
	},
);

test.each(Array.from({ length: 20 }, (_, seed) => 1000 + seed))(
	'DK-9, DK-21 whatever happens and however the clock jumps, a quarantine has one alert and waits are sane (seed %i)',
	(seed) => {
		const random = randomFrom(seed);
		const container = new AnyContainer(random);
		const watched = new Watched(policy);
		let alerts = 0;
		let inQuarantine = false;
		let quarantines = 0;
		for (let step = 0; step < 600; step += 1) {
			const release = random() < 0.01;
			const decision = watched.look(container.next(true), { random, release });
			if (isAttempt(decision.action) && random() < 0.8) watched.acted(container.healed());
			if (decision.released !== null) inQuarantine = false;
			if (decision.alert === 'quarantine') alerts += 1;
			if (decision.quarantined && !inQuarantine) quarantines += 1;
			inQuarantine = decision.quarantined;
			if (decision.quarantined) expect(isAttempt(decision.action)).toBe(false);
			if (decision.nextAttemptAt !== null) {
				const wait = decision.nextAttemptAt - watched.now;
				expect(wait).toBeGreaterThanOrEqual(0);
				expect(wait).toBeLessThanOrEqual(longestWaitMs);
			}
			expect(decision.message).toMatch(/^"shop-web" .+\.$/);
			watched.after(Math.floor(random() * minute));
			if (random() < 0.02) watched.after((random() - 0.5) * 2 * 365 * 24 * 60 * minute);
			watched.now = Math.round(watched.now);
		}
		expect(alerts).toBe(quarantines);
		expect(quarantines).toBeGreaterThan(0);
	},
);
