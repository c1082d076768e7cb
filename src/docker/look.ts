import { z } from 'zod';

import { Access } from './access';
import { partsOf, projectLabel } from './compose/members';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { findContainer } from './find';
import { mayBeLooping } from './healing/condition';
import { engineFacts } from './healing/engine-facts';
import type { Observation } from './healing/observation';
import { observe } from './healing/observe';
import { inspectMany } from './inspect-many';
import { describeContainer, type InspectedContainer } from './summary';

/** A container as one look shows it, for whoever watches it and does nothing. */
export interface ContainerLook extends Observation {
	/** Of its Compose project. */
	service: string | null;
	/** Whether it is restarted by the engine, or just was: half of all looks find a container in a loop running. */
	isRestarting: boolean;
	/** How long it may take until its health check has said yes, in milliseconds. */
	startLimitMs: number;
}

/** The containers of a Compose project. */
export interface ProjectLook {
	containers: ContainerLook[];
	/** Of which the engine gave no answer, and why. */
	failed: { name: string; service: string | null; failure: DockerError }[];
	/** Those that the rights leave out. */
	notCovered: { name: string; service: string | null }[];
}

/** The engine's own, where a container names none. */
const usualCheckNs = 30e9;

const checks = z.looseObject({
	Config: z.looseObject({
		Healthcheck: z
			.looseObject({
				StartPeriod: z.number().nullish(),
				Interval: z.number().nullish(),
				Timeout: z.number().nullish(),
			})
			.nullish(),
	}),
});

/**
 * Looks at one container.
 *
 * @param name its exact name: the beginning of an id might be that of another one
 * @throws DockerError `not_found`, `not_permitted`, what keeps the engine from being reached
 */
export async function lookAtContainer(
	connection: EngineConnection,
	name: string,
	signal?: AbortSignal,
): Promise<ContainerLook> {
	const engine = new Engine(connection);
	const container = await findContainer(engine, new Access(connection), 'inspect', name, signal);
	const look = lookOf(container, await engineNowMs(engine, signal));
	if (look.name === name) return look;
	throw new DockerError(
		'not_found',
		`There is no container "${name}".`,
		'Check the name with the operation Get Many; stopped containers are listed too.',
	);
}

/**
 * Looks at all containers of a Compose project, running or not. A project without containers is empty: the engine does not
 * know of it.
 *
 * @throws DockerError `not_permitted`, what keeps the engine from being reached
 */
export async function lookAtProject(
	connection: EngineConnection,
	project: string,
	signal?: AbortSignal,
): Promise<ProjectLook> {
	const engine = new Engine(connection);
	const access = new Access(connection);
	const parts = await partsOf(engine, access, `${projectLabel}=${project}`, signal);
	const covered = parts.filter(({ name }) => access.covers(name));
	const result: ProjectLook = {
		containers: [],
		failed: [],
		notCovered: parts
			.filter((part) => !covered.includes(part))
			.map(({ name, service }) => ({ name, service })),
	};
	if (covered.length === 0) return result;
	const inspected = await inspectMany(
		engine,
		covered.map(({ id }) => id),
		{ signal },
	);
	const now = await engineNowMs(engine, signal);
	for (const { id, name, service } of covered) {
		const found = inspected.get(id);
		if (found === undefined) continue;
		if (!(found instanceof DockerError)) {
			if (access.covers(found.Name)) result.containers.push(lookOf(found, now));
			continue;
		}
		// Removed since it was listed.
		if (found.code !== 'not_found') result.failed.push({ name, service, failure: found });
	}
	return result;
}

async function engineNowMs(engine: Engine, signal: AbortSignal | undefined): Promise<number> {
	return Date.now() + (await engineFacts(engine, signal)).clockAheadMs;
}

function lookOf(container: InspectedContainer, nowMs: number): ContainerLook {
	const observation = observe(container, nowMs, undefined);
	const { Healthcheck } = checks.parse(container).Config;
	const checkNs = (Healthcheck?.Interval || usualCheckNs) + (Healthcheck?.Timeout || usualCheckNs);
	return {
		...observation,
		service: describeContainer(container).service,
		isRestarting: mayBeLooping(observation),
		// A container that asks for no time to start still needs that of its first check.
		startLimitMs: Math.max(2 * observation.startPeriodMs, checkNs / 1e6),
	};
}
