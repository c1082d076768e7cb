import { z } from 'zod';

import { OpsdeskError, wholeNumber } from '../../shared';
import type { Access } from '../access';
import type { ActionOptions } from '../control';
import type { Engine } from '../engine';
import { inspectContainer } from '../find';
import { findUnprotected } from '../protection';
import { nameOf, type InspectedContainer } from '../summary';

export const restartPolicies = ['no', 'always', 'unless-stopped', 'on-failure'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

/** Only what is given changes. */
export interface LimitChanges {
	/** At least 6 MiB, as the engine asks. */
	memoryBytes?: number | undefined;
	/** Memory and swap together; -1 for as much swap as there is. */
	memorySwapBytes?: number | undefined;
	/** Processors, e.g. 1.5. */
	cpus?: number | undefined;
	/** Processes; -1 for no limit. */
	pids?: number | undefined;
	restartPolicy?: RestartPolicy | undefined;
	/** For `on-failure`; 0 for no limit. */
	maxRetries?: number | undefined;
}

/** The limits of a container; null is none. */
export interface Limits {
	memoryBytes: number | null;
	/** Memory and swap together. */
	memorySwapBytes: number | null;
	cpus: number | null;
	pids: number | null;
	restartPolicy: string;
	maxRetries: number;
}

export interface LimitsResult {
	id: string;
	name: string;
	changed: boolean;
	before: Limits;
	after: Limits;
	/** What the engine has to say, e.g. that the kernel knows no limit for swap. */
	warnings: string[];
	dryRun?: true;
}

const figure = z
	.number()
	.nullish()
	.transform((value) => value ?? 0);
const resources = z.looseObject({
	Memory: figure,
	MemorySwap: figure,
	NanoCpus: figure,
	CpuQuota: figure,
	CpuPeriod: figure,
	PidsLimit: figure,
	RestartPolicy: z.looseObject({ Name: z.string().nullish(), MaximumRetryCount: figure }).nullish(),
});
const answer = z.looseObject({ Warnings: z.array(z.string()).nullish() });

/** The kernel's usual period for shares of processors, in microseconds. */
const usualPeriod = 100_000;
/** The engine's own lower limit (moby, daemon_unix.go). */
export const leastMemoryBytes = 6 * 1024 * 1024;

/**
 * Changes limits and restart policy of a container while it runs; what already is so is not sent.
 * @throws DockerError `container_protected`, `not_permitted` …; OpsdeskError `invalid_input`
 */
export async function updateLimits(
	engine: Engine,
	access: Access,
	reference: string,
	changes: LimitChanges,
	options: Omit<ActionOptions, 'graceSeconds'> = {},
): Promise<LimitsResult> {
	const wanted = parseLimits(changes);
	const found = await findUnprotected(engine, access, 'update limits', reference, options);
	const before = limitsOf(found);
	const goal = { ...before, ...wanted };
	if (wanted.restartPolicy !== undefined && wanted.restartPolicy !== 'on-failure') goal.maxRetries = 0;
	// As the engine sets it for a new container: as much swap as memory.
	const usualSwap = before.memoryBytes === null ? null : 2 * before.memoryBytes;
	const followsMemory = before.memorySwapBytes === usualSwap;
	if (wanted.memoryBytes && wanted.memorySwapBytes === undefined && followsMemory) {
		goal.memorySwapBytes = 2 * wanted.memoryBytes;
	}
	if (
		goal.memorySwapBytes !== null &&
		goal.memorySwapBytes > 0 &&
		goal.memorySwapBytes < (goal.memoryBytes ?? 0)
	) {
		throw invalid(
			'Memory and Swap',
			'is less than the memory alone',
			'Give both, or -1 for swap without limit.',
		);
	}
	const changed = Object.entries(goal).some(([key, value]) => before[key as keyof Limits] !== value);
	const base = { id: found.Id, name: nameOf(found.Name), changed, before, warnings: [] };
	if (options.dryRun) return { ...base, after: goal, dryRun: true };
	if (!changed) return { ...base, after: before };
	const { Warnings } = await engine.call(
		{
			method: 'POST',
			path: `/containers/${found.Id}/update`,
			body: requestOf(goal, before, found),
			signal: options.signal,
		},
		answer,
	);
	const after = limitsOf(await inspectContainer(engine, found.Id, options.signal));
	return { ...base, after, warnings: Warnings ?? [] };
}

/** @throws OpsdeskError `invalid_input` naming the field */
export function parseLimits(changes: LimitChanges): Partial<Limits> {
	const { memoryBytes, memorySwapBytes, cpus, pids, restartPolicy, maxRetries } = changes;
	if (restartPolicy !== undefined && !restartPolicies.includes(restartPolicy)) {
		throw invalid('Restart Policy', 'is none that there is', `Give one of ${restartPolicies.join(', ')}.`);
	}
	if (cpus !== undefined && !(Number.isFinite(cpus) && cpus >= 0.01 && cpus <= 1024)) {
		throw invalid('CPUs', 'is not a number from 0.01 to 1024', 'Give processors, such as 0.5 or 2.');
	}
	if (maxRetries !== undefined && restartPolicy !== 'on-failure') {
		throw invalid('Maximum Retries', 'counts for "On Failure" only', 'Choose that policy, or leave it out.');
	}
	const most = Number.MAX_SAFE_INTEGER;
	return {
		...(memoryBytes !== undefined && {
			memoryBytes: wholeNumber('Memory', memoryBytes, leastMemoryBytes, most),
		}),
		...(memorySwapBytes !== undefined && {
			memorySwapBytes: wholeNumber('Memory and Swap', memorySwapBytes, -1, most),
		}),
		...(cpus !== undefined && { cpus }),
		...(pids !== undefined && { pids: withoutLimit(wholeNumber('Processes', pids, -1, 4_194_304)) }),
		...(restartPolicy !== undefined && { restartPolicy }),
		...(maxRetries !== undefined && { maxRetries: wholeNumber('Maximum Retries', maxRetries, 0, 1_000_000) }),
	};
}

export function limitsOf({ HostConfig }: InspectedContainer): Limits {
	const host = resources.parse(HostConfig ?? {});
	const quota = host.CpuQuota > 0 ? host.CpuQuota / (host.CpuPeriod || usualPeriod) : null;
	return {
		memoryBytes: host.Memory || null,
		memorySwapBytes: host.MemorySwap || null,
		cpus: host.NanoCpus > 0 ? host.NanoCpus / 1e9 : quota,
		pids: withoutLimit(host.PidsLimit),
		restartPolicy: host.RestartPolicy?.Name || 'no',
		maxRetries: host.RestartPolicy?.MaximumRetryCount ?? 0,
	};
}

/** Limits of a new container, as the engine takes them. @throws OpsdeskError `invalid_input` */
export function limitsRequest(changes: LimitChanges): object {
	const { memoryBytes, memorySwapBytes, cpus, pids, restartPolicy, maxRetries } = parseLimits(changes);
	return {
		...(memoryBytes !== undefined && { Memory: memoryBytes }),
		...(memorySwapBytes !== undefined && { MemorySwap: memorySwapBytes }),
		...(cpus && { NanoCpus: Math.round(cpus * 1e9) }),
		...(pids !== undefined && { PidsLimit: pids ?? -1 }),
		...(restartPolicy !== undefined && {
			RestartPolicy: { Name: restartPolicy, MaximumRetryCount: maxRetries ?? 0 },
		}),
	};
}

function requestOf(goal: Limits, before: Limits, { HostConfig }: InspectedContainer): object {
	const host = resources.parse(HostConfig ?? {});
	const cpus = goal.cpus ?? 0;
	// The engine refuses the one where the other was set.
	const share =
		host.NanoCpus === 0 && host.CpuQuota > 0
			? {
					CpuPeriod: host.CpuPeriod || usualPeriod,
					CpuQuota: Math.round(cpus * (host.CpuPeriod || usualPeriod)),
				}
			: { NanoCpus: Math.round(cpus * 1e9) };
	const swap = goal.memoryBytes !== before.memoryBytes || goal.memorySwapBytes !== before.memorySwapBytes;
	return {
		...(goal.memoryBytes !== before.memoryBytes && { Memory: goal.memoryBytes }),
		...(swap && goal.memorySwapBytes !== null && { MemorySwap: goal.memorySwapBytes }),
		...(goal.cpus !== before.cpus && share),
		...(goal.pids !== before.pids && { PidsLimit: goal.pids ?? -1 }),
		// Always sent: an engine of another make takes a missing one for "no".
		RestartPolicy: { Name: goal.restartPolicy, MaximumRetryCount: goal.maxRetries },
	};
}

function withoutLimit(pids: number): number | null {
	return pids > 0 ? pids : null;
}

function invalid(field: string, fault: string, remedy: string): OpsdeskError {
	return new OpsdeskError('invalid_input', `"${field}" ${fault}.`, remedy);
}
