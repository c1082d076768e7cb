import { z } from 'zod';

import { matchesGlob, wholeNumber } from '../shared';
import { Access, type ContainerAction } from './access';
import type { EngineConnection } from './connection';
import { definitionOf, type ContainerDefinition } from './definition';
import { Engine, type EngineRequest } from './engine';
import { DockerError } from './errors';
import { findContainer, inspectContainer } from './find';
import { helperLabel, throwawayLabel } from './own-labels';
import { readLogs, type LogOptions, type LogResult } from './logs';
import { managedContainer, ownGrace, type ManagedContainer } from './managed';
import { containerStats, engineStats, type ContainerStats } from './stats';
import {
	describeContainer,
	listedContainer,
	nameOf,
	summarise,
	withoutSecrets,
	type ContainerDetails,
	type ContainerSummary,
	type Health,
	type InspectedContainer,
} from './summary';

/** All given conditions must hold; within one condition any of its values may. */
export interface ContainerFilter {
	/** Name with `*` and `?`, e.g. `shop-*`. */
	name?: string | undefined;
	/** `key` or `key=value`; all must be present. */
	labels?: string[] | undefined;
	project?: string | undefined;
	states?: string[] | undefined;
	health?: Health[] | undefined;
}

/** What an action has done to a container. */
export interface ActionResult extends Pick<
	ContainerDetails,
	'id' | 'name' | 'state' | 'health' | 'startedAt'
> {
	/** False when the container already was as asked for. */
	changed: boolean;
	/** How long the engine took, in milliseconds. */
	durationMs: number;
	/** Present and true when nothing was done: `changed` then says what would have been. */
	dryRun?: true;
}

export interface ActionOptions {
	/** Seconds between the stop signal and the kill; the container's own setting (10 unless set) when absent. */
	graceSeconds?: number | undefined;
	/** Check everything, change nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

type ControlAction = 'start' | 'stop' | 'restart' | 'pause' | 'unpause';

const maxGraceSeconds = 3600;
/** The engine answers statistics only after its second sample. */
const samplingMs = 2000;
/** The engine's status for an action that was carried out. */
const done = 204;
/** The engine's status for a container that already is as asked for. */
const alreadySo = 304;

/**
 * The containers of one engine, within the rights of one credential. Every method resolves its reference to a
 * full id, looks at that very container again and checks its present name against the rights before it acts.
 */
export class Containers {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/**
	 * All containers, running or not, that the rights cover and the filter fits; sorted by name. Those that this package
	 * makes for its own work are left out unless the filter asks for their label: they come and go, and nobody shall
	 * take one for part of a site that has failed.
	 */
	async list(filter: ContainerFilter = {}, signal?: AbortSignal): Promise<ContainerSummary[]> {
		return (await this.listRaw(filter, signal)).map(summarise);
	}

	/** As `list`, in the engine's own shape. */
	async listRaw(
		filter: ContainerFilter = {},
		signal?: AbortSignal,
	): Promise<z.infer<typeof listedContainer>[]> {
		this.access.requireAction('list');
		const query = { all: 'true', filters: JSON.stringify(engineFilters(filter)) };
		const answer = await this.engine.call(
			{ path: '/containers/json', query, signal },
			z.array(listedContainer),
		);
		return answer
			.map((container) => ({ container, summary: summarise(container) }))
			.filter(({ summary }) => this.access.covers(summary.name))
			.filter(({ summary }) => !isOwnWork(summary) || asksForOwnWork(filter))
			.filter(({ summary }) => !filter.name || matchesGlob(filter.name, summary.name))
			.filter(({ summary }) => !filter.health?.length || filter.health.includes(summary.health))
			.sort((a, b) => (a.summary.name < b.summary.name ? -1 : 1))
			.map(({ container }) => container);
	}

	async get(reference: string, signal?: AbortSignal): Promise<ContainerDetails> {
		return describeContainer(await this.find('inspect', reference, signal));
	}

	/** As `get`, in the engine's own shape, with the values of environment variables masked. */
	async getRaw(reference: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
		return withoutSecrets(await this.find('inspect', reference, signal));
	}

	/**
	 * What a container is made of, to make it anew.
	 * @param masked values of environment variables and options of log drivers are left out
	 */
	async definition(reference: string, masked: boolean, signal?: AbortSignal): Promise<ContainerDefinition> {
		return definitionOf(await this.find('inspect', reference, signal), masked);
	}

	async start(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.act('start', reference, options);
	}

	/** Asks the container to stop and kills it after the grace time. */
	async stop(reference: string, options: ActionOptions = {}): Promise<ActionResult> {
		return await this.act('stop', reference, options);
	}

	/** Stops and starts the container; a stopped one is started. */
	async restart(reference: string, options: ActionOptions = {}): Promise<ActionResult> {
		return await this.act('restart', reference, options);
	}

	/** Freezes all processes of the container; they keep their memory and connections. */
	async pause(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.act('pause', reference, options);
	}

	async unpause(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.act('unpause', reference, options);
	}

	/** What has to be known before a container is paused or stopped for somebody else's work. */
	async manage(reference: string, signal?: AbortSignal): Promise<ManagedContainer> {
		return managedContainer(await this.find('inspect', reference, signal));
	}

	async logs(reference: string, options: LogOptions = {}): Promise<LogResult & { id: string; name: string }> {
		const container = await this.find('logs', reference, options.signal);
		const result = await readLogs(this.engine, container.Id, container.Config.Tty, options);
		return { id: container.Id, name: nameOf(container.Name), ...result };
	}

	/** Two samples a second apart, taken by the engine; a container that does not run answers at once with nulls. */
	async stats(
		reference: string,
		signal?: AbortSignal,
	): Promise<ContainerStats & { id: string; name: string }> {
		const container = await this.find('stats', reference, signal);
		const path = `/containers/${container.Id}/stats`;
		const timeoutMs = this.engine.connection.timeoutSeconds * 1000 + samplingMs;
		const stats = await this.engine.call(
			{ path, query: { stream: 'false' }, timeoutMs, signal },
			engineStats,
		);
		const running = ['running', 'paused', 'restarting'].includes(container.State.Status);
		return { name: nameOf(container.Name), ...containerStats(stats, running), id: container.Id };
	}

	private async act(action: ControlAction, reference: string, options: ActionOptions): Promise<ActionResult> {
		const before = await this.find(action, reference, options.signal);
		if (action === 'start') refusePaused(before);
		if (options.dryRun) {
			return { ...outcome(before, wouldChange(action, before.State.Status), 0), dryRun: true };
		}
		// The engine calls both a conflict; who asks only wants it to be so.
		if (isPausedAsAsked(action, before)) return outcome(before, false, 0);
		const startedAt = Date.now();
		const { status } = await this.engine.send(this.actionRequest(action, before, options));
		const durationMs = Date.now() - startedAt;
		if (status !== done && status !== alreadySo) throw notCarriedOut(action, status);
		const after = await inspectContainer(this.engine, before.Id, options.signal).catch((thrown: unknown) => {
			// A container made with --rm goes away with its stop.
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw stateUnknown(action, thrown);
		});
		const result = outcome(after ?? before, status !== alreadySo, durationMs);
		return after ? result : { ...result, state: 'removed', health: 'none' };
	}

	private actionRequest(
		action: ControlAction,
		target: InspectedContainer,
		options: ActionOptions,
	): EngineRequest {
		const { signal } = options;
		const graceSeconds = givenGrace(options.graceSeconds);
		const stops = action === 'stop' || action === 'restart';
		const graceMs = (graceSeconds ?? ownGrace(target)) * 1000;
		return {
			method: 'POST',
			path: `/containers/${target.Id}/${action}`,
			...(graceSeconds !== undefined && stops && { query: { t: String(graceSeconds) } }),
			alsoAccept: [alreadySo],
			timeoutMs: this.engine.connection.timeoutSeconds * 1000 + (stops ? graceMs : 0),
			signal,
		};
	}

	private find(
		action: ContainerAction,
		reference: string,
		signal?: AbortSignal,
	): Promise<InspectedContainer> {
		return findContainer(this.engine, this.access, action, reference, signal);
	}
}

/** The action itself was carried out: running it again would be a second restart. */
function stateUnknown(action: ControlAction, thrown: unknown): unknown {
	if (!(thrown instanceof DockerError)) return thrown;
	return new DockerError(
		thrown.code,
		`The ${action} was carried out, but the state of the container afterwards is unknown. ${thrown.message}`,
		`Look at the container before you repeat the ${action}. ${thrown.remedy}`,
		{ cause: thrown },
	);
}

/** A negative time would mean "wait for ever" to the engine. */
function givenGrace(seconds: unknown): number | undefined {
	return seconds === undefined || seconds === null
		? undefined
		: wholeNumber('Grace Period', seconds, 0, maxGraceSeconds);
}

function refusePaused({ Name, State }: InspectedContainer): void {
	if (State.Status !== 'paused') return;
	throw new DockerError(
		'conflict',
		`The container "${nameOf(Name)}" is paused; the engine does not start paused containers.`,
		'Use Restart, or end the pause on the host with "docker unpause".',
	);
}

function notCarriedOut(action: ControlAction, status: number): DockerError {
	return new DockerError(
		'not_an_engine',
		`The answer to "${action}" (HTTP ${status}) is not what a container engine sends; it was probably not carried out.`,
		'See whether a proxy or login page stands between n8n and the engine.',
	);
}

function outcome(container: InspectedContainer, changed: boolean, durationMs: number): ActionResult {
	const { id, name, state, health, startedAt } = describeContainer(container);
	return { changed, name, state, health, startedAt, durationMs, id };
}

function isPausedAsAsked(action: ControlAction, { State }: InspectedContainer): boolean {
	return (action === 'pause' || action === 'unpause') && !wouldChange(action, State.Status);
}

function wouldChange(action: ControlAction, state: string): boolean {
	if (action === 'pause') return state !== 'paused';
	if (action === 'unpause') return state === 'paused';
	const running = state === 'running' || state === 'paused' || state === 'restarting';
	return action === 'restart' || (action === 'start' ? !running : running);
}

/** What the engine can filter itself; names and missing health checks are left to us. */
function engineFilters(filter: ContainerFilter): Record<string, string[]> {
	const labels = [
		...(filter.labels ?? []),
		...(filter.project ? [`com.docker.compose.project=${filter.project}`] : []),
	];
	return {
		...(labels.length > 0 && { label: labels }),
		...(filter.states?.length && { status: filter.states }),
	};
}

const ownLabels = [helperLabel, throwawayLabel];

function isOwnWork({ labels }: ContainerSummary): boolean {
	return ownLabels.some((label) => labels[label] !== undefined);
}

function asksForOwnWork({ labels = [] }: ContainerFilter): boolean {
	return labels.some((label) => ownLabels.some((own) => label === own || label.startsWith(`${own}=`)));
}
