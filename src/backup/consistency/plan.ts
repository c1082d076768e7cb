import {
	awaitedHealthy,
	Containers,
	DockerError,
	helperLabel,
	protectedContainers,
	startOrder,
	type EngineConnection,
	type ManagedContainer,
} from '../../docker';
import { consistencyOf, type Site } from '../../shared';
import { BackupError } from '../errors';
import type { QuietContainerReport } from '../reports';
import type { QuietContainer } from './disturbances';
import { hookTarget } from './hooks';
import type { ContainerRecord, HookRecord } from './journal-document';
import { wishesOf, type LabelWishes } from './labels';

/** What is to be done so that the containers of a site keep quiet. Making it changes nothing. */
export interface QuietPlan {
	/** In the order of starting. */
	containers: ContainerRecord[];
	/** Those that do not run, so that nothing is done to them. */
	left: QuietContainerReport[];
	/** Of these, those that are to stay so. */
	resting: QuietContainer[];
	before: HookRecord[];
	after: HookRecord[];
	warnings: string[];
}

export const emptyPlan: QuietPlan = {
	containers: [],
	left: [],
	resting: [],
	before: [],
	after: [],
	warnings: [],
};

const labelHookSeconds = 60;

export interface PlanOptions {
	ignoreLabels?: boolean;
	/** Ids of containers that other runs keep quiet now: they ran before, and will again when it is this run's turn. */
	heldByOthers?: ReadonlySet<string>;
}

/**
 * Finds out which containers of a site are to be paused or stopped and which programs are to run, and refuses what must
 * not be done.
 *
 * @throws BackupError `container_protected`, `container_unsuitable`, `label_invalid`, `hook_failed`; DockerError
 */
export async function planQuiet(
	site: Site,
	connection: EngineConnection,
	signal?: AbortSignal,
	{ ignoreLabels = false, heldByOthers = new Set() }: PlanOptions = {},
): Promise<QuietPlan> {
	const { mode, stopTimeoutSeconds, hooks } = consistencyOf(site);
	const { members, missing } = await membersOf(site, connection, signal);
	const wishes = members.map((container): { container: ManagedContainer; wish: LabelWishes } => ({
		container,
		wish: ignoreLabels ? {} : wishesOf(container.name, container.labels),
	}));
	const before: HookRecord[] = [];
	const after: HookRecord[] = [];
	for (const { container, user, timeoutSeconds, ...commands } of hooks) {
		const target = await hookTarget(connection, container, signal);
		const of = { ...target, timeoutSeconds, ...(user !== undefined && { user }) };
		if (commands.before) before.push({ ...of, command: commands.before });
		if (commands.after) after.push({ ...of, command: commands.after });
	}
	for (const { container, wish } of wishes) {
		const of = { id: container.id, name: container.name, timeoutSeconds: labelHookSeconds };
		if (!wish.before && !wish.after) continue;
		await hookTarget(connection, container.id, signal);
		if (wish.before) before.push({ ...of, command: wish.before });
		if (wish.after) after.push({ ...of, command: wish.after });
	}
	const wanted = wishes.flatMap(({ container, wish }) => {
		const action = wish.action ?? mode;
		return action === 'none' ? [] : [{ container, action }];
	});
	await refuseProtected(site, wanted, connection, signal);
	const touched = wanted.filter(
		({ container: { id, state }, action }) => heldByOthers.has(id) || isTouched(state, action),
	);
	await refuseUnsuitable(touched, connection, signal);
	const warnings =
		mode === 'none' ? [] : missing.map((name) => `${name} was not found, so nothing was done to it`);
	const left = wanted.filter((entry) => !touched.includes(entry)).map(({ container }) => container);
	return {
		containers: recordsOf(touched, stopTimeoutSeconds),
		left: left.map(leftAlone),
		resting: left
			.filter(({ state }) => state !== 'restarting')
			.map(({ id, name, startedAt }) => ({ id, name, because: 'rest', startedAt })),
		before,
		after,
		warnings,
	};
}

type Wanted = { container: ManagedContainer; action: 'stop' | 'pause' };

/** The containers of the site, and what was named and is not there. */
async function membersOf(
	site: Site,
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<{ members: ManagedContainer[]; missing: string[] }> {
	const containers = new Containers(connection);
	const named = consistencyOf(site).containers ?? site.containers ?? [];
	const members = new Map<string, ManagedContainer>();
	const missing: string[] = [];
	const look = async (reference: string, label: string): Promise<void> => {
		try {
			const found = await containers.manage(reference, signal);
			members.set(found.id, found);
		} catch (thrown) {
			if (!(thrown instanceof DockerError) || thrown.code !== 'not_found') throw thrown;
			missing.push(label);
		}
	};
	if (Array.isArray(named)) {
		for (const name of named) await look(name, `the container "${name}"`);
		return { members: [...members.values()], missing };
	}
	const listed = await containers.list({ project: named.project }, signal);
	// Those that come and go with a helper of ours are no part of it.
	const own = listed.filter(({ labels }) => labels[helperLabel] === undefined);
	for (const { id, name } of own) await look(id, `the container "${name}"`);
	if (own.length === 0) missing.push(`a container of the Compose project "${named.project}"`);
	return { members: [...members.values()], missing };
}

async function refuseProtected(
	site: Site,
	wanted: readonly Wanted[],
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<void> {
	const candidates = wanted.map(({ container }) => container);
	const reasons = await protectedContainers(candidates, connection, { signal });
	const refused = candidates.flatMap(({ id, name }) => {
		const reason = site.protected.includes(name) ? 'the site definition protects it' : reasons.get(id);
		return reason === undefined ? [] : [`"${name}" (${reason})`];
	});
	if (refused.length === 0) return;
	throw new BackupError(
		'container_protected',
		`Containers that must go on running would be paused or stopped: ${refused.join(', ')}. Nothing was done.`,
		'List under consistency.containers only those that may be, or set their label opsdesk.backup.stop=false.',
	);
}

async function refuseUnsuitable(
	touched: readonly Wanted[],
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<void> {
	const containers = new Containers(connection);
	for (const { container, action } of touched) {
		// Rights are checked now, not when others are down already.
		await containers[action](container.id, { dryRun: true, protectionChecked: true, signal });
		if (action === 'pause' || !container.removedWhenStopped) continue;
		throw new BackupError(
			'container_unsuitable',
			`The container "${container.name}" was made with --rm: it would be removed when it stops. Nothing was done.`,
			'Pause it instead (label opsdesk.backup.pause=true), or make it without --rm.',
		);
	}
}

/** Whether there is something to stop or pause. */
export function isTouched(state: string, action: Wanted['action']): boolean {
	return state === 'running' || (action === 'stop' && state === 'restarting');
}

function recordsOf(touched: readonly Wanted[], stopTimeoutSeconds: number | undefined): ContainerRecord[] {
	const containers = touched.map(({ container }) => container);
	const levels = startOrder(containers);
	const awaited = awaitedHealthy(containers);
	const records = touched.map(({ container, action }): ContainerRecord => {
		const { id, name, project, service } = container;
		return {
			id,
			name,
			...(project !== null && { project }),
			...(service !== null && { service }),
			action,
			level: levels.findIndex((level) => level.includes(id)),
			awaitHealthy: awaited.has(id),
			graceSeconds: stopTimeoutSeconds ?? container.ownGraceSeconds,
			settled: false,
			closed: false,
		};
	});
	return records.sort((a, b) => a.level - b.level);
}

function leftAlone({ name, state }: ManagedContainer): QuietContainerReport {
	const warnings =
		state === 'restarting' ? ['it was restarting all the time, so it could not be paused'] : [];
	return { name, action: 'left', now: 'as it was', warnings };
}
