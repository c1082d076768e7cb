import { setTimeout as sleep } from 'node:timers/promises';

import { formatDuration, OpsdeskError, wholeNumber } from '../../shared';
import type { Access } from '../access';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findContainer, inspectContainer } from '../find';
import { describeContainer, type ContainerDetails } from '../summary';

export const awaitedStates = [
	'running',
	'healthy',
	'unhealthy',
	'paused',
	'exited',
	'stopped',
	'removed',
] as const;
/** `stopped` is everything in which nothing runs: created, exited and dead. */
export type AwaitedState = (typeof awaitedStates)[number];

export interface WaitOptions {
	/** Default 60. */
	timeoutSeconds?: number | undefined;
	/** Between two looks. Default 1000. */
	pauseMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

export interface WaitResult extends Pick<ContainerDetails, 'name' | 'state' | 'health' | 'startedAt'> {
	/** Full id; null when there was no such container from the beginning. */
	id: string | null;
	exitCode: number | null;
	waitedMs: number;
}

const maxTimeoutSeconds = 24 * 3600;
/** The engine or the way to it is away for a moment, e.g. while it restarts. */
const passing = [
	'engine_stopped',
	'connection_lost',
	'timeout',
	'unreachable',
	'socket_missing',
	'answer_cut',
];

/**
 * Waits until a container is in a state. It looks every so often at the very container that the reference stood for at
 * first; one that is recreated under the same name is another one, unless it was asked for by name.
 *
 * @throws DockerError `timeout` that tells what was seen last, `no_health_check`, `not_found`, `not_permitted`, `cancelled`
 */
export async function waitForState(
	engine: Engine,
	access: Access,
	reference: string,
	wanted: AwaitedState,
	options: WaitOptions = {},
): Promise<WaitResult> {
	if (!awaitedStates.includes(wanted)) throw unknownState(wanted);
	const { signal, pauseMs = 1000 } = options;
	const limitMs = wholeNumber('Timeout', options.timeoutSeconds ?? 60, 1, maxTimeoutSeconds) * 1000;
	const began = performance.now();
	const waitedMs = (): number => Math.round(performance.now() - began);
	let last: ContainerDetails | undefined;
	let fault: DockerError | undefined;
	for (;;) {
		try {
			const seen = await look(engine, access, reference, last?.id, signal);
			fault = undefined;
			if (seen === undefined) {
				if (wanted === 'removed') return gone(reference, last, waitedMs());
				if (last === undefined) throw missing(reference);
			} else {
				last = seen;
				if ((wanted === 'healthy' || wanted === 'unhealthy') && seen.health === 'none')
					throw noHealthCheck(seen);
				if (fits(seen, wanted)) return resultOf(seen, waitedMs());
			}
		} catch (thrown) {
			if (!(thrown instanceof DockerError) || !passing.includes(thrown.code)) throw thrown;
			fault = thrown;
		}
		if (waitedMs() + pauseMs > limitMs) throw tooLong(reference, wanted, limitMs, last, fault);
		await sleep(pauseMs, undefined, { ...(signal && { signal }) }).catch(() => {
			throw new DockerError(
				'cancelled',
				`Waiting for "${reference}" was cancelled.`,
				'Run it again when you want to.',
			);
		});
	}
}

/** Undefined when there is no such container. */
async function look(
	engine: Engine,
	access: Access,
	reference: string,
	id: string | undefined,
	signal: AbortSignal | undefined,
): Promise<ContainerDetails | undefined> {
	try {
		if (id !== undefined) {
			const container = await inspectContainer(engine, id, signal).catch(whenGone);
			if (container) {
				access.requireContainer(container.Name, reference);
				return describeContainer(container);
			}
		}
		return describeContainer(await findContainer(engine, access, 'wait', reference, signal));
	} catch (thrown) {
		return whenGone(thrown);
	}
}

function whenGone(thrown: unknown): undefined {
	if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
	throw thrown;
}

function fits({ state, health }: ContainerDetails, wanted: AwaitedState): boolean {
	if (wanted === 'healthy' || wanted === 'unhealthy') return state === 'running' && health === wanted;
	if (wanted === 'stopped') return ['created', 'exited', 'dead'].includes(state);
	return state === wanted;
}

function resultOf(seen: ContainerDetails, waitedMs: number): WaitResult {
	const { name, state, health, startedAt, exitCode, id } = seen;
	return { name, state, health, startedAt, exitCode, waitedMs, id };
}

function gone(reference: string, last: ContainerDetails | undefined, waitedMs: number): WaitResult {
	const seen = { name: last?.name ?? reference, startedAt: last?.startedAt ?? null };
	return {
		...seen,
		state: 'removed',
		health: 'none',
		exitCode: last?.exitCode ?? null,
		waitedMs,
		id: last?.id ?? null,
	};
}

function missing(reference: string): DockerError {
	return new DockerError(
		'not_found',
		`There is no container "${reference}".`,
		'Check the name with the operation Get Many; stopped containers are listed too.',
	);
}

function noHealthCheck({ name }: ContainerDetails): DockerError {
	return new DockerError(
		'no_health_check',
		`The container "${name}" has no health check, so it never becomes healthy or unhealthy.`,
		'Wait for "Running", or give the container a health check.',
	);
}

function tooLong(
	reference: string,
	wanted: AwaitedState,
	limitMs: number,
	last: ContainerDetails | undefined,
	fault: DockerError | undefined,
): DockerError {
	const health = last && last.health !== 'none' ? `, ${last.health}` : '';
	const exit = last?.state === 'exited' ? `, exit code ${last.exitCode}` : '';
	const seen = last ? `it was ${last.state}${health}${exit} when last seen` : 'it was never seen';
	return new DockerError(
		'timeout',
		`The container "${last?.name ?? reference}" was not ${wanted} within ${formatDuration(limitMs)}: ${seen}.${fault ? ` Then the engine could not be asked: ${fault.message}` : ''}`,
		fault?.remedy ?? 'Look at its log, or raise "Timeout".',
		{ cause: fault },
	);
}

function unknownState(wanted: unknown): OpsdeskError {
	return new OpsdeskError(
		'invalid_input',
		`"State" cannot be waited for: ${String(wanted).slice(0, 40)}`,
		`Give one of ${awaitedStates.join(', ')}.`,
	);
}
