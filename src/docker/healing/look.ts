import { setTimeout as sleep } from 'node:timers/promises';

import { inspectMany } from '../inspect-many';
import type { Access } from '../access';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { StopHistory } from '../events';
import { killedExitCode } from '../exit-codes';
import { managedContainer, type ManagedContainer } from '../managed';
import { summarise, type ListedContainer } from '../summary';
import type { Observation } from './observation';
import { healLabel, needsHistory, observe } from './observe';

/** A container at one look. */
export interface Seen {
	observation: Observation;
	/** Undefined where the list alone told enough. */
	managed: ManagedContainer | undefined;
}

/** An engine that takes longer for one container hangs with it. */
const longestInspectMs = 10_000;
/** How long after the end of a container the engine may tell that it had no memory left, and how often it is asked. */
const memoryToldWithinMs = 2000;
const askAgainMs = 300;

/** Looks at containers, with who has ended those that have ended. */
export class Looker {
	constructor(
		private readonly engine: Engine,
		private readonly access: Access,
		private readonly clockAheadMs: number,
		private readonly signal: AbortSignal | undefined,
	) {}

	/**
	 * Only those are inspected of which the list does not tell enough.
	 * @param known ids of which something is remembered
	 */
	async atListed(
		listed: readonly ListedContainer[],
		known: ReadonlySet<string>,
	): Promise<Map<string, Seen | DockerError>> {
		const needed = listed.filter((container) => known.has(container.Id) || isWorthInspecting(container));
		const found = await this.at(needed.map(({ Id }) => Id));
		for (const container of listed) {
			if (!found.has(container.Id))
				found.set(container.Id, { observation: asListed(container), managed: undefined });
		}
		return found;
	}

	/**
	 * @param withHistory whether it counts who has ended them
	 * @throws DockerError `cancelled`
	 */
	async at(ids: readonly string[], withHistory = true): Promise<Map<string, Seen | DockerError>> {
		const until = performance.now() + memoryToldWithinMs;
		for (;;) {
			const found = await this.once(ids, withHistory);
			const now = Date.now() + this.clockAheadMs;
			const isOpen = withHistory && [...found.values()].some((seen) => mayLackMemory(seen, now));
			if (!isOpen || performance.now() >= until) return found;
			await sleep(askAgainMs, undefined, { signal: this.signal }).catch(() => {});
		}
	}

	private async once(ids: readonly string[], withHistory: boolean): Promise<Map<string, Seen | DockerError>> {
		const { signal, engine } = this;
		const timeoutMs = Math.min(engine.connection.timeoutSeconds * 1000, longestInspectMs);
		const found = await inspectMany(engine, ids, { timeoutMs, signal });
		const inspected = [...found.values()].flatMap((result) =>
			result instanceof DockerError ? [] : [result],
		);
		const history =
			withHistory && inspected.some(needsHistory)
				? await StopHistory.read(engine.connection, signal).catch(whenNotCancelled)
				: undefined;
		const now = Date.now() + this.clockAheadMs;
		return new Map(
			[...found].map(([id, result]): [string, Seen | DockerError] => {
				if (result instanceof DockerError) return [id, result];
				// Renamed since it was listed: the present name counts.
				if (!this.access.covers(result.Name)) return [id, gone()];
				return [id, { observation: observe(result, now, history), managed: managedContainer(result) }];
			}),
		);
	}
}

/** Killed a moment ago by nobody: whether it had no memory left the engine may tell a moment later. */
function mayLackMemory(seen: Seen | DockerError, now: number): boolean {
	if (seen instanceof DockerError) return false;
	const { state, exitCode, stoppedBy, outOfMemory, finishedAt } = seen.observation;
	return (
		state === 'exited' &&
		exitCode === killedExitCode &&
		stoppedBy === 'crash' &&
		!outOfMemory &&
		now - (finishedAt ?? 0) < memoryToldWithinMs
	);
}

/** Without the events nothing is known of who has ended what. */
function whenNotCancelled(thrown: unknown): undefined {
	if (thrown instanceof DockerError && thrown.code !== 'cancelled') return undefined;
	throw thrown;
}

function gone(): DockerError {
	return new DockerError('not_found', 'The container is gone.', 'Look at the list of containers.');
}

/** A container that has just come up may be on its way through a loop, and half of all looks find it running. */
function isWorthInspecting(container: ListedContainer): boolean {
	const { state, health, status } = summarise(container);
	if (state === 'running')
		return health === 'unhealthy' || /^Up (less than a second|\d+ seconds?)/i.test(status);
	return !['created', 'paused', 'removing'].includes(state);
}

/** What the list tells is all that is needed of a container that runs well. */
function asListed(container: ListedContainer): Observation {
	const { id, name, state, health, labels } = summarise(container);
	return {
		...{ id, name, state, health },
		imageId: typeof container['ImageID'] === 'string' ? container['ImageID'] : '',
		healthOutput: null,
		exitCode: null,
		outOfMemory: false,
		error: null,
		restartCount: 0,
		restartPolicy: '',
		mostRetries: 0,
		startedAt: null,
		finishedAt: null,
		ageMs: null,
		startPeriodMs: 0,
		wasHealthy: false,
		memoryLimitBytes: null,
		stoppedBy: 'unknown',
		ignored: labels[healLabel] === 'false',
	};
}
