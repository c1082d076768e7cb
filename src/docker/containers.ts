import { Access, type ContainerAction } from './access';
import type { EngineConnection } from './connection';
import { fileChanges, type FileChange } from './container/changes';
import { labelsAndVariables } from './container/variables';
import { killContainer, type KillOptions, type KillResult } from './container/kill';
import { updateLimits, type LimitChanges, type LimitsResult } from './container/limits';
import { statsOf, statsOfMany, type NamedStats, type StatsOutcome } from './container/measure';
import { processesOf, type ProcessList } from './container/processes';
import { removeContainer, type RemoveOptions, type RemoveResult } from './container/remove';
import { renameContainer, type RenameResult } from './container/rename';
import { waitForState, type AwaitedState, type WaitOptions, type WaitResult } from './container/wait';
import { control, type ActionOptions, type ActionResult, type ControlAction } from './control';
import {
	copyFrom,
	copyTo,
	type CopiedFrom,
	type CopyFromOptions,
	type CopyToOptions,
	type CopyToResult,
} from './copy';
import { createContainer, type CreateOptions, type CreateResult, type NewContainerInput } from './create';
import { definitionOf, type ContainerDefinition } from './definition';
import { Engine } from './engine';
import { executeInContainer, type ExecuteOptions, type ExecuteResult } from './execute';
import { findContainer } from './find';
import { listContainers, type ContainerFilter } from './list';
import { readLogs, type LogOptions, type LogResult } from './logs';
import { managedContainer, type ManagedContainer } from './managed';
import { listedWithoutSecrets, withoutSecrets } from './masking';
import {
	describeContainer,
	nameOf,
	summarise,
	type ContainerDetails,
	type ContainerSummary,
	type InspectedContainer,
	type ListedContainer,
} from './summary';

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

	/** As `list`, in the engine's own shape, with the arguments of programs masked. */
	async listRaw(filter: ContainerFilter = {}, signal?: AbortSignal): Promise<ListedContainer[]> {
		const listed = await listContainers(this.engine, this.access, filter, signal);
		return listed.map(listedWithoutSecrets);
	}

	/** Of those that run, the labels with some variables of their environment; see `labelsAndVariables`. */
	async labelsAndVariables(
		names: readonly string[],
		signal?: AbortSignal,
	): Promise<Record<string, string>[]> {
		return await labelsAndVariables(this.engine, this.access, names, signal);
	}

	async get(reference: string, signal?: AbortSignal): Promise<ContainerDetails> {
		return describeContainer(await this.find('inspect', reference, signal));
	}

	/** As `get`, in the engine's own shape, with values of variables, arguments and options of drivers masked. */
	async getRaw(reference: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
		return withoutSecrets(await this.find('inspect', reference, signal));
	}

	/**
	 * What a container is made of, to make it anew.
	 * @param masked values of variables, arguments of programs and options of drivers are hidden
	 */
	async definition(reference: string, masked: boolean, signal?: AbortSignal): Promise<ContainerDefinition> {
		return definitionOf(await this.find('inspect', reference, signal), masked);
	}

	async start(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.control('start', reference, options);
	}

	/** Asks the container to stop and kills it after the grace time. */
	async stop(reference: string, options: ActionOptions = {}): Promise<ActionResult> {
		return await this.control('stop', reference, options);
	}

	/** Stops and starts the container; a stopped one is started. */
	async restart(reference: string, options: ActionOptions = {}): Promise<ActionResult> {
		return await this.control('restart', reference, options);
	}

	/** Freezes all processes of the container; they keep their memory and connections. */
	async pause(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.control('pause', reference, options);
	}

	async unpause(reference: string, options: Omit<ActionOptions, 'graceSeconds'> = {}): Promise<ActionResult> {
		return await this.control('unpause', reference, options);
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
	async stats(reference: string, signal?: AbortSignal): Promise<NamedStats> {
		return await statsOf(this.engine, await this.find('stats', reference, signal), signal);
	}

	/** Statistics of all containers that a filter fits; those that cannot be had come as failures. */
	async statsOfMany(filter: ContainerFilter = {}, signal?: AbortSignal): Promise<StatsOutcome[]> {
		return await statsOfMany(this.engine, this.access, filter, signal);
	}

	/** Sends a signal, SIGKILL unless another is given. */
	async kill(reference: string, options: KillOptions = {}): Promise<KillResult> {
		return await killContainer(this.engine, this.access, reference, options);
	}

	async rename(
		reference: string,
		newName: string,
		options: Omit<ActionOptions, 'graceSeconds'> = {},
	): Promise<RenameResult> {
		return await renameContainer(this.engine, this.access, reference, newName, options);
	}

	async remove(reference: string, options: RemoveOptions = {}): Promise<RemoveResult> {
		return await removeContainer(this.engine, this.access, reference, options);
	}

	/** Runs a program in a container and waits for its end; a non-zero exit code is a result. */
	async execute(
		reference: string,
		command: readonly string[],
		options: ExecuteOptions = {},
	): Promise<ExecuteResult> {
		return await executeInContainer(this.engine, this.access, reference, command, options);
	}

	/** Opens a file of a container as itself, or a folder as tar archive. */
	async copyFrom(reference: string, path: string, options: CopyFromOptions = {}): Promise<CopiedFrom> {
		return await copyFrom(this.engine, this.access, reference, path, options);
	}

	/** Puts a file into a container. */
	async copyTo(
		reference: string,
		path: string,
		content: Buffer,
		options: CopyToOptions = {},
	): Promise<CopyToResult> {
		return await copyTo(this.engine, this.access, reference, path, content, options);
	}

	/** Changes limits and restart policy of a container while it runs. */
	async updateLimits(
		reference: string,
		changes: LimitChanges,
		options: Omit<ActionOptions, 'graceSeconds'> = {},
	): Promise<LimitsResult> {
		return await updateLimits(this.engine, this.access, reference, changes, options);
	}

	/** Waits until a container is in a state. */
	async waitFor(reference: string, state: AwaitedState, options: WaitOptions = {}): Promise<WaitResult> {
		return await waitForState(this.engine, this.access, reference, state, options);
	}

	/** Makes a container by its definition; one made by the same definition is left as it is. */
	async create(
		definition: NewContainerInput | Readonly<Record<string, unknown>>,
		options: CreateOptions = {},
	): Promise<CreateResult> {
		return await createContainer(this.engine, this.access, definition, options);
	}

	/** The processes of a running container. */
	async top(reference: string, signal?: AbortSignal): Promise<ProcessList> {
		return await processesOf(this.engine, this.access, reference, signal);
	}

	/** What differs in its file system from its image. */
	async changes(
		reference: string,
		signal?: AbortSignal,
	): Promise<{ id: string; name: string; changes: FileChange[] }> {
		return await fileChanges(this.engine, this.access, reference, signal);
	}

	private control(action: ControlAction, reference: string, options: ActionOptions): Promise<ActionResult> {
		return control(this.engine, this.access, action, reference, options);
	}

	private find(
		action: ContainerAction,
		reference: string,
		signal?: AbortSignal,
	): Promise<InspectedContainer> {
		return findContainer(this.engine, this.access, action, reference, signal);
	}
}
