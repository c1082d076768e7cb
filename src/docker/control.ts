import { wholeNumber } from '../shared';
import type { Access } from './access';
import { watchStarted, watchTime } from './container/watch';
import type { Engine, EngineRequest } from './engine';
import { DockerError } from './errors';
import { findContainer, inspectContainer } from './find';
import { ownGrace } from './managed';
import { findUnprotected, type ProtectionOverride } from './protection';
import { describeContainer, nameOf, type ContainerDetails, type InspectedContainer } from './summary';
import { startPatienceMs } from './uncertain';

/** What an action has done to a container. */
export interface ActionResult extends Pick<
	ContainerDetails,
	'id' | 'name' | 'state' | 'health' | 'startedAt'
> {
	/** False when the container already was as asked for. */
	changed: boolean;
	/** How long the engine took, in milliseconds. */
	durationMs: number;
	/** How long it was watched after that, in milliseconds; absent where it was not. */
	watchedMs?: number;
	/** Present and true when nothing was done: `changed` then says what would have been. */
	dryRun?: true;
}

export interface ActionOptions extends ProtectionOverride {
	/** Seconds between the stop signal and the kill; the container's own setting (10 unless set) when absent. */
	graceSeconds?: number | undefined;
	/**
	 * After a start or a restart: for how long the container must keep running for that to count as done, in seconds. Default 0:
	 * what comes after the engine's answer is not looked at.
	 */
	watchSeconds?: number | undefined;
	/** Check everything, change nothing. */
	dryRun?: boolean | undefined;
}

export type ControlAction = 'start' | 'stop' | 'restart' | 'pause' | 'unpause';

const maxGraceSeconds = 3600;
/** The engine's status for an action that was carried out. */
const done = 204;
/** The engine's status for a container that already is as asked for. */
const alreadySo = 304;
/** What takes a container away from whoever needs it. */
const interrupting: ControlAction[] = ['stop', 'restart', 'pause'];

/**
 * Changes the state of one container; one that already is as asked for is left alone.
 * @throws DockerError `not_permitted`, `not_found`, `container_protected`, `conflict`, `did_not_stay_up` …
 */
export async function control(
	engine: Engine,
	access: Access,
	action: ControlAction,
	reference: string,
	options: ActionOptions,
): Promise<ActionResult> {
	const watchSeconds = action === 'start' || action === 'restart' ? watchTime(options.watchSeconds) : 0;
	const before = interrupting.includes(action)
		? await findUnprotected(engine, access, action, reference, options)
		: await findContainer(engine, access, action, reference, options.signal);
	if (action === 'start') refusePaused(before);
	if (options.dryRun) {
		return { ...outcome(before, wouldChange(action, before.State.Status), 0), dryRun: true };
	}
	// The engine calls both a conflict; who asks only wants it to be so.
	if (isPausedAsAsked(action, before)) return outcome(before, false, 0);
	const startedAt = Date.now();
	const { status } = await engine.send(actionRequest(engine, action, before, options));
	const durationMs = Date.now() - startedAt;
	if (status !== done && status !== alreadySo) throw notCarriedOut(action, status);
	const changed = status !== alreadySo;
	const watchedFrom = Date.now();
	const isWatched = changed && watchSeconds > 0;
	if (isWatched) {
		await watchStarted(engine, before.Id, {
			seconds: watchSeconds,
			done: `${action}ed`,
			mayFinish: before.State.Status !== 'running',
			signal: options.signal,
		}).catch((thrown: unknown) => {
			if (thrown instanceof DockerError && thrown.code === 'did_not_stay_up') throw thrown;
			throw stateUnknown(action, thrown);
		});
	}
	const watchedMs = Date.now() - watchedFrom;
	const result = await stateAfter(engine, action, before, changed, durationMs, options.signal);
	return isWatched ? { ...result, watchedMs } : result;
}

/** What an action that was carried out has led to. */
export async function stateAfter(
	engine: Engine,
	action: string,
	before: InspectedContainer,
	changed: boolean,
	durationMs: number,
	signal: AbortSignal | undefined,
): Promise<ActionResult> {
	const after = await inspectContainer(engine, before.Id, signal).catch((thrown: unknown) => {
		// A container made with --rm goes away with its stop.
		if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
		throw stateUnknown(action, thrown);
	});
	const result = outcome(after ?? before, changed, durationMs);
	return after ? result : { ...result, state: 'removed', health: 'none' };
}

function actionRequest(
	engine: Engine,
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
		timeoutMs:
			engine.connection.timeoutSeconds * 1000 +
			(stops ? graceMs : 0) +
			(action === 'start' || action === 'restart' ? startPatienceMs : 0),
		signal,
	};
}

/** The action itself was carried out: running it again would be a second restart. */
function stateUnknown(action: string, thrown: unknown): unknown {
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
		'Use Unpause, or Restart.',
	);
}

function notCarriedOut(action: ControlAction, status: number): DockerError {
	return new DockerError(
		'not_an_engine',
		`The answer to "${action}" (HTTP ${status}) is not what a container engine sends; it was probably not carried out.`,
		'See whether a proxy or login page stands between n8n and the engine.',
	);
}

/** A container as the result of an action tells it. */
export function outcome(container: InspectedContainer, changed: boolean, durationMs: number): ActionResult {
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
