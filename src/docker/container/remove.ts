import type { Access } from '../access';
import type { ActionOptions } from '../control';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findUnprotected } from '../protection';
import { isAbsent, sendRemoval } from '../removal';
import { nameOf, type InspectedContainer } from '../summary';

export interface RemoveOptions extends Omit<ActionOptions, 'graceSeconds'> {
	/** A container that runs is killed first. */
	force?: boolean | undefined;
	/** Volumes without a name that no other container has go too, with what is in them. */
	volumes?: boolean | undefined;
	/** A container that does not exist counts as removed. */
	ignoreMissing?: boolean | undefined;
}

export interface RemoveResult {
	deleted: boolean;
	changed: boolean;
	name: string;
	/** Full id; null when there was no such container. */
	id: string | null;
	/** Names of the volumes that went with it; in a dry run of those that go unless another container has them. */
	volumes: string[];
	dryRun?: true;
}

/**
 * Removes one container, by its full id: one of the same name that comes meanwhile is left alone.
 * @throws DockerError `not_found`, `not_permitted`, `container_protected`, `conflict` when it runs and `force` is not set
 */
export async function removeContainer(
	engine: Engine,
	access: Access,
	reference: string,
	options: RemoveOptions = {},
): Promise<RemoveResult> {
	// Only a true `true`: an expression may give the text "false".
	const [force, withVolumes] = [options.force === true, options.volumes === true];
	const { signal } = options;
	const missing = { deleted: false, changed: false, name: reference, id: null, volumes: [] };
	const found = await findUnprotected(engine, access, 'remove', reference, options).catch(
		(thrown: unknown) => {
			if (options.ignoreMissing && isMissing(thrown)) return undefined;
			throw thrown;
		},
	);
	if (found === undefined) return missing;
	const name = nameOf(found.Name);
	const volumes = withVolumes ? anonymousVolumes(found) : [];
	for (const volume of volumes) access.requireVolume(volume);
	if (!force && runs(found)) throw stillRuns(name, found.State.Status);
	const result = { deleted: true, changed: true, name, id: found.Id, volumes };
	if (options.dryRun) return { ...result, deleted: false, dryRun: true };
	try {
		const path = `/containers/${found.Id}`;
		const query = { force: String(force), v: String(withVolumes) };
		await sendRemoval(engine, { path, query, signal }, () => isAbsent(engine, `${path}/json`, signal));
	} catch (thrown) {
		if (options.ignoreMissing && isMissing(thrown)) return missing;
		throw thrown;
	}
	return { ...result, volumes: await goneAmong(engine, volumes, signal) };
}

/** The engine keeps one that another container has, or that somebody has made by such a name. What cannot be asked for is left out. */
async function goneAmong(
	engine: Engine,
	volumes: string[],
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const gone: string[] = [];
	for (const volume of volumes) {
		if (await isAbsent(engine, `/volumes/${volume}`, signal).catch(() => false)) gone.push(volume);
	}
	return gone;
}

/** The engine gives volumes without a name one of 64 digits. */
function anonymousVolumes({ Mounts }: InspectedContainer): string[] {
	return (Mounts ?? []).flatMap(({ Type, Name }) =>
		Type === 'volume' && Name && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [],
	);
}

function runs({ State }: InspectedContainer): boolean {
	return ['running', 'paused', 'restarting'].includes(State.Status);
}

function isMissing(thrown: unknown): boolean {
	return thrown instanceof DockerError && thrown.code === 'not_found';
}

function stillRuns(name: string, state: string): DockerError {
	return new DockerError(
		'conflict',
		`The container "${name}" is ${state} and was not removed.`,
		'Stop it first, or switch on "Force".',
	);
}
