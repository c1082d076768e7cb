import { setTimeout as sleep } from 'node:timers/promises';

import { wholeNumber } from '../../shared';
import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Containers } from '../containers';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import type { ManagedContainer } from '../managed';
import { protectedContainers } from '../protected';
import { awaitedHealthy } from '../start-order';
import { updateContainer, type UpdateOptions } from '../update';
import { listProjects, membersOf, type Members } from './members';
import type { ProjectDetails, ProjectResult, ProjectSummary } from './result';
import { runInOrder, type Step } from './run';

export interface ProjectOptions {
	/** Before a container is killed; its own time when absent. */
	graceSeconds?: number | undefined;
	/** How long one that others wait for may take to become healthy, or to come to its end. Default 120. */
	healthTimeoutSeconds?: number | undefined;
	/** Tell the order and what would change, change nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

export type ProjectUpdateOptions = Omit<UpdateOptions, 'image' | 'way' | 'overrideProtection'>;

const defaultTimeoutSeconds = 120;
const pollMs = 200;

/** Compose projects, known by the labels of their containers alone, within the rights of one credential. */
export class ComposeProjects {
	private readonly engine: Engine;
	private readonly access: Access;
	private readonly containers: Containers;

	constructor(private readonly connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
		this.containers = new Containers(connection);
	}

	/** Sorted by name. */
	async list(signal?: AbortSignal): Promise<ProjectSummary[]> {
		return await listProjects(this.engine, this.access, signal);
	}

	/** @throws DockerError `not_found`, `invalid_reference` */
	async get(name: string, signal?: AbortSignal): Promise<ProjectDetails> {
		return (await this.members(name, signal)).details;
	}

	/**
	 * Starts what does not run, those others need first; waits where a container is to be healthy or at its end before
	 * the next. What needs one that failed is not started.
	 */
	async start(name: string, options: ProjectOptions = {}): Promise<ProjectResult> {
		this.access.requireAction('start');
		const members = await this.members(name, options.signal);
		const awaited = this.awaited(members, options);
		return await this.run(members, 'start', options, async (container) => {
			const { id, state, exitCode } = container;
			// A job that is done is not run again; those after it may go on.
			if (state === 'exited' && exitCode === 0 && awaited.done.has(id))
				return { outcome: 'unchanged', reason: 'it has come to its end' };
			const { dryRun, signal } = options;
			const result = await this.containers.start(id, { dryRun, signal });
			if (!dryRun) await awaited.wait(container);
			return { outcome: result.changed ? 'changed' : 'unchanged', state: result.state };
		});
	}

	/** Stops what runs, those others need last. */
	async stop(name: string, options: ProjectOptions = {}): Promise<ProjectResult> {
		this.access.requireAction('stop');
		const members = await this.members(name, options.signal);
		await this.refuseProtected(members, 'stop', options.signal);
		return await this.run(members, 'stop', options, async ({ id }) => {
			const { graceSeconds, dryRun, signal } = options;
			const result = await this.containers.stop(id, {
				graceSeconds,
				dryRun,
				signal,
				protectionChecked: true,
			});
			return { outcome: result.changed ? 'changed' : 'unchanged', state: result.state };
		});
	}

	/** Restarts them one level after the other, those others need first; jobs that have come to their end are left alone. */
	async restart(name: string, options: ProjectOptions = {}): Promise<ProjectResult> {
		this.access.requireAction('restart');
		const members = await this.members(name, options.signal);
		await this.refuseProtected(members, 'restart', options.signal);
		const awaited = this.awaited(members, options);
		return await this.run(members, 'restart', options, async (container) => {
			const { id, state, exitCode } = container;
			if (state === 'exited' && exitCode === 0)
				return { outcome: 'unchanged', reason: 'it has come to its end' };
			const { graceSeconds, dryRun, signal } = options;
			const given = { graceSeconds, dryRun, signal, protectionChecked: true };
			const result = await this.containers.restart(id, given);
			if (!dryRun) await awaited.wait(container);
			return { outcome: result.changed ? 'changed' : 'unchanged', state: result.state };
		});
	}

	/**
	 * Updates its containers one after the other, those others need first, and stops at the first that is rolled back or
	 * fails. Whatever would be refused is found out before anything is changed.
	 */
	async update(name: string, options: ProjectUpdateOptions = {}): Promise<ProjectResult> {
		this.access.requireAction('update');
		const members = await this.members(name, options.signal);
		await this.refuseProtected(members, 'update', options.signal);
		if (!options.dryRun) {
			for (const { id } of members.containers)
				await updateContainer(this.connection, id, { ...options, dryRun: true });
		}
		return await this.run(members, 'update', options, async (container) => {
			// By name: an update cut off before may have left it with another id.
			const update = await updateContainer(this.connection, container.name, options);
			const outcome = update.rolledBack ? 'rolled back' : update.changed === false ? 'unchanged' : 'changed';
			return { outcome, reason: update.reason, update };
		});
	}

	private members(name: string, signal: AbortSignal | undefined): Promise<Members> {
		return membersOf(this.engine, this.access, name, signal);
	}

	private async run(
		members: Members,
		action: ProjectResult['action'],
		options: ProjectOptions,
		step: Step,
	): Promise<ProjectResult> {
		const result = await runInOrder(members, step, {
			action,
			reverse: action === 'stop',
			oneByOne: action === 'update',
			skipDependents: action === 'start' || action === 'restart',
		});
		return options.dryRun ? { ...result, dryRun: true } : result;
	}

	/** What others wait for, by the conditions in their `depends_on`. */
	private awaited({ containers }: Members, { healthTimeoutSeconds, signal }: ProjectOptions) {
		const seconds = wholeNumber('Health Timeout', healthTimeoutSeconds ?? defaultTimeoutSeconds, 1, 3600);
		const healthy = awaitedHealthy(containers);
		const done = awaitedDone(containers);
		const wait = async ({ id }: ManagedContainer): Promise<void> => {
			if (!healthy.has(id) && !done.has(id)) return;
			const endsAt = performance.now() + seconds * 1000;
			for (;;) {
				const { state, health, exitCode } = await this.containers.manage(id, signal);
				if (done.has(id)) {
					if (state === 'exited' && exitCode === 0) return;
					if (state === 'exited') throw new Error(`It ended with exit code ${exitCode ?? 'unknown'}.`);
				} else {
					if (health === 'healthy' || health === 'none') return;
					if (health === 'unhealthy') throw new Error('It is unhealthy.');
					if (state !== 'running') throw new Error(`It is ${state}.`);
				}
				if (performance.now() > endsAt)
					throw new Error(`It was not ${done.has(id) ? 'done' : 'healthy'} within ${seconds} seconds.`);
				await sleep(pollMs);
			}
		};
		return { done, wait };
	}

	/** @throws DockerError `container_protected`, before anything is done */
	private async refuseProtected(
		{ name, containers }: Members,
		action: string,
		signal: AbortSignal | undefined,
	): Promise<void> {
		const reasons = await protectedContainers(containers, this.connection, { signal });
		const [first] = containers.filter(({ id }) => reasons.has(id));
		if (!first) return;
		throw new DockerError(
			'container_protected',
			`The container "${first.name}" of the project "${name}" is protected: ${reasons.get(first.id) ?? ''}. The ${action} was not carried out.`,
			'Act on the other containers of the project by their names.',
		);
	}
}

/** Ids of jobs that have to end well before others start. */
function awaitedDone(containers: readonly ManagedContainer[]): Set<string> {
	const services = containers.flatMap(({ labels }) =>
		(labels['com.docker.compose.depends_on'] ?? '').split(',').flatMap((entry) => {
			const [service = '', condition] = entry.trim().split(':');
			return condition === 'service_completed_successfully' ? [service] : [];
		}),
	);
	return new Set(
		containers.filter(({ service }) => service !== null && services.includes(service)).map(({ id }) => id),
	);
}
