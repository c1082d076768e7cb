import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';

import { describeFaults, parseInput } from '../shared';
import { StoreError } from './errors';
import { Failure, type Transport } from './transport';

export interface StoreOptions {
	/** All messages belong to one; `default` is there from the beginning. */
	tenant?: string;
	/** Of one attempt. Default 30,000. */
	timeoutMs?: number;
	/** Of calls that may be repeated. Default 4. */
	attempts?: number;
}

export interface CallOptions<Result> {
	/** What the answer has to look like. */
	answer: ZodType<Result>;
	/**
	 * Whether calling once more after a lost answer does the same as calling once. Otherwise it is repeated only when
	 * the server certainly has not carried it out.
	 */
	repeatable: boolean;
	timeoutMs?: number;
	/** Whether a call that took too long is not repeated. */
	lateIsFinal?: boolean;
	signal?: AbortSignal | undefined;
}

const firstPauseMs = 200;

/** The functions of the store for one tenant. */
export class Store {
	readonly tenant: string;
	private readonly timeoutMs: number;
	private readonly attempts: number;

	constructor(
		private readonly transport: Transport,
		options: StoreOptions = {},
	) {
		this.tenant = options.tenant ?? 'default';
		this.timeoutMs = options.timeoutMs ?? 30_000;
		this.attempts = options.attempts ?? 4;
	}

	/**
	 * @param name of the SQL function
	 * @throws StoreError; the signal's reason
	 */
	async call<Result>(name: string, request: object, options: CallOptions<Result>): Promise<Result> {
		const answer = await this.untilAnswered(name, request, options);
		const parsed = parseInput(options.answer, answer);
		if (parsed.ok) return parsed.value;
		throw new StoreError(
			'unexpected_answer',
			`The store has answered "${name}" in a form that this version does not know: ${describeFaults(parsed.faults.slice(0, 3))}.`,
			'Install the schema of this version of the package (opsdesk schema apply).',
		);
	}

	/** The same store for another tenant. Closed with this one. */
	ofTenant(tenant: string): Store {
		const { transport, timeoutMs, attempts } = this;
		return new Store(transport, { tenant, timeoutMs, attempts });
	}

	async close(): Promise<void> {
		await this.transport.close();
	}

	private async untilAnswered(
		name: string,
		request: object,
		{ repeatable, timeoutMs = this.timeoutMs, lateIsFinal = false, signal }: CallOptions<unknown>,
	): Promise<unknown> {
		for (let attempt = 1; ; attempt += 1) {
			try {
				return await this.transport.call(name, this.tenant, request, { timeLimitMs: timeoutMs, signal });
			} catch (thrown) {
				if (!(thrown instanceof Failure)) throw thrown;
				const isFinal = !thrown.passes || (lateIsFinal && thrown.error.code === 'timeout');
				if (isFinal || attempt >= this.attempts || !(repeatable || thrown.isUndone)) throw thrown.error;
				// So that those who failed together do not come back together.
				const pauseMs = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random());
				await sleep(pauseMs, undefined, { signal });
			}
		}
	}
}
