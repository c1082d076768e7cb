import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import type { Store } from '../../store';
import { ChannelError } from '../errors';
import { platformName } from '../platform';
import type { Target } from '../send/request';
import { rulesFor, usualLimits, type RateLimits } from './rules';

export interface Pause {
	pauseMs: number;
	pauseScope: 'account' | 'chat';
}

/** Leave to send one message; it counts until its period after `done`. */
export interface Permit {
	/** The request is over, whatever came of it. @param pause what the platform asks for */
	done(pause?: Pause): Promise<void>;
}

/** Gives leave to send so that no limit of a platform is passed. */
export interface Limiter {
	/**
	 * @param cost how many messages the platform counts
	 * @returns a permit, or the milliseconds after which asking again is worth while
	 */
	take(target: Target, cost: number): Promise<Permit | number>;
}

const holdMs = 60_000;

/** Counts in the store, for any number of processes. */
export class StoreLimiter implements Limiter {
	constructor(
		private readonly store: Store,
		private readonly limits: Partial<Record<Target['platform'], RateLimits>> = {},
	) {}

	/** @throws StoreError */
	async take(target: Target, cost: number): Promise<Permit | number> {
		const { platform, account, chatId, chatKind } = target;
		const permitId = randomUUID();
		const chat = { permitId, platform, account, chatId };
		const limits = this.limits[platform] ?? usualLimits[platform];
		const { waitMs } = await this.store.call(
			'take_rate_permit',
			{ ...chat, chatKind, cost, holdMs, limits },
			{ answer: z.object({ waitMs: z.number() }), repeatable: true },
		);
		if (waitMs > 0) return waitMs;
		return {
			done: async (pause) => {
				await this.store.call(
					'free_rate_permit',
					{ ...chat, ...pause },
					{ answer: z.unknown(), repeatable: true },
				);
			},
		};
	}
}

interface Taken {
	cost: number;
	periodMs: number;
	/** Infinity while its request is under way. */
	freeAtMs: number;
	/** When it is likely to be free. */
	likelyAtMs: number;
}

/** Counts in this process: right where all that one account sends is sent by it. */
export class LocalLimiter implements Limiter {
	private readonly buckets = new Map<string, Set<Taken>>();

	constructor(
		private readonly limits: Partial<Record<Target['platform'], RateLimits>> = {},
		private readonly now: () => number = () => performance.now(),
	) {}

	take(target: Target, cost: number): Promise<Permit | number> {
		const now = this.now();
		this.forget(now);
		const { platform, account, chatId } = target;
		const places = rulesFor(this.limits[platform] ?? usualLimits[platform], target).map((rule) => ({
			...rule,
			key: key(platform, account, rule.scope === 'account' ? '' : chatId, rule.limit, rule.periodMs),
		}));
		const paused = [key('pause', platform, account, ''), key('pause', platform, account, chatId)];
		const waits = [
			...paused.map((name) => this.waitMs(name, 1, 1, now)),
			...places.map(({ key: name, limit }) => this.waitMs(name, Math.min(cost, limit), limit, now)),
		];
		const waitMs = Math.max(...waits);
		if (waitMs > 0) return Promise.resolve(waitMs);
		const taken = places.map(({ key: name, limit, periodMs }) =>
			this.add(name, {
				cost: Math.min(cost, limit),
				periodMs,
				freeAtMs: Number.POSITIVE_INFINITY,
				likelyAtMs: now + periodMs,
			}),
		);
		return Promise.resolve({
			done: (pause) => {
				const over = this.now();
				for (const one of taken) one.freeAtMs = one.likelyAtMs = over + one.periodMs;
				if (pause) {
					const freeAtMs = over + pause.pauseMs;
					const name = key('pause', platform, account, pause.pauseScope === 'account' ? '' : chatId);
					this.add(name, { cost: 1, periodMs: pause.pauseMs, freeAtMs, likelyAtMs: freeAtMs });
				}
				return Promise.resolve();
			},
		});
	}

	private waitMs(name: string, cost: number, limit: number, now: number): number {
		const all = [...(this.buckets.get(name) ?? [])].sort((one, other) => one.likelyAtMs - other.likelyAtMs);
		let used = all.reduce((sum, one) => sum + one.cost, 0);
		for (const one of all) {
			if (used + cost <= limit) return 0;
			used -= one.cost;
			if (used + cost <= limit) return Math.max(one.likelyAtMs - now, 20);
		}
		return 0;
	}

	private add(name: string, taken: Taken): Taken {
		const bucket = this.buckets.get(name) ?? new Set();
		this.buckets.set(name, bucket.add(taken));
		return taken;
	}

	private forget(now: number): void {
		for (const [name, bucket] of this.buckets) {
			for (const one of bucket) if (one.freeAtMs <= now) bucket.delete(one);
			if (bucket.size === 0) this.buckets.delete(name);
		}
	}
}

const key = (...parts: unknown[]): string => JSON.stringify(parts);

/** Shared by all that this process sends without a store. */
export const processLimiter = new LocalLimiter();

/**
 * Waits for leave to send.
 *
 * @param until instant in milliseconds, by `performance.now()`, after which it is not waited for any more
 * @throws ChannelError `rate_limited`; StoreError; the signal's reason
 */
export async function permitBy(
	limiter: Limiter,
	target: Target,
	cost: number,
	until: number,
	signal?: AbortSignal,
): Promise<Permit> {
	for (;;) {
		const permit = await limiter.take(target, cost);
		if (typeof permit !== 'number') return permit;
		if (performance.now() + permit > until)
			throw new ChannelError(
				'rate_limited',
				`The limit of ${platformName(target.platform)} for chat ${target.chatId} is used up for another ${Math.ceil(permit / 1000)} s.`,
				'Wait longer, or send through the outbox, which waits by itself.',
				{ retryAfterMs: permit, chatId: target.chatId },
			);
		// So that those who wait for the same do not come at once.
		await sleep(permit + Math.random() * 10, undefined, { signal });
	}
}
