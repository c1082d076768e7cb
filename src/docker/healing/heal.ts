import { randomBytes } from 'node:crypto';

import type { MaintenanceWindow } from '../../shared';
import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { DockerError } from '../errors';
import type { ContainerFilter } from '../list';
import type { ProtectionOptions } from '../protected';
import { finishUpdates, type LeftUpdate } from './left-updates';
import { defaultPolicy, type HealPolicy } from './policy';
import type { HealResult } from './result';
import { Sweep } from './sweep';

export interface HealOptions {
	/** Absolute path of the folder in which it is remembered what was restarted when; made when it is missing. */
	stateFolder: string;
	/** Name or id of the one container to look at; all that the filter fits when absent. */
	container?: string | undefined;
	filter?: ContainerFilter | undefined;
	policy?: HealPolicy | undefined;
	/** Times in which nothing is healed. */
	windows?: readonly MaintenanceWindow[] | undefined;
	/** Of windows that name none. Default UTC. */
	timeZone?: string | undefined;
	/** Containers that somebody else works with now, e.g. a backup, by id or name or `*`; the reason is a clause. */
	holds?: readonly { container: string; reason: string }[] | undefined;
	/** Let what is in quarantine out of it first. */
	release?: boolean | undefined;
	/** Tell what would be done, and do and remember nothing. */
	dryRun?: boolean | undefined;
	/** For how long this run waits for the next attempt of what is in back-off, in milliseconds. Default 0. */
	patienceMs?: number | undefined;
	protection?: Omit<ProtectionOptions, 'signal'> | undefined;
	signal?: AbortSignal | undefined;
	/** From 0 to below 1, for the back-off. */
	random?: (() => number) | undefined;
	/** In milliseconds; the clock by which restarts are remembered. */
	now?: (() => number) | undefined;
}

export interface HealReport {
	/** One for each container that was looked at, by name. */
	results: (HealResult & { isWorthTelling: boolean })[];
	/** Updates that a killed process had left half done, beside those that another one is at work on. */
	updates: LeftUpdate[];
	/** Why nothing was healed: nothing could be remembered; or why not all was, since the engine failed in the middle. */
	problem:
		{ reason: 'state_unusable' | 'cut_short'; message: string; remedy: string; alert: boolean } | undefined;
}

/** Of which folders it was told that they cannot be used: there is nowhere else to remember that. */
const toldBroken = new Map<string, string>();

/**
 * Looks at containers and restarts those that need it: unhealthy ones, those that have failed. Never what a person has
 * stopped, never more often than the policy permits, and never a protected container. What cannot be helped by a restart is
 * put into quarantine with one alert. Safe to call at any time and by several processes at once that share the folder.
 *
 * @throws DockerError `not_permitted`, `not_found`, what keeps the engine from being reached, `cancelled`
 */
export async function healContainers(
	connection: EngineConnection,
	options: HealOptions,
): Promise<HealReport> {
	new Access(connection).requireAction('heal');
	const updates =
		options.dryRun === true ? [] : await finishUpdates(connection, options.container, options.signal);
	const sweep = new Sweep(connection, {
		...options,
		policy: options.policy ?? defaultPolicy,
		random: options.random ?? Math.random,
		now: options.now ?? Date.now,
		run: randomBytes(8).toString('hex'),
	});
	const { results, broken, cutShort } = await sweep.run().catch((thrown: unknown) => {
		// What has become of an update is found out once.
		if (!updates.some(({ changed }) => changed)) throw thrown;
		if (!(thrown instanceof DockerError) || thrown.code === 'cancelled') throw thrown;
		return { results: [], broken: undefined, cutShort: thrown };
	});
	const { stateFolder } = options;
	if (!broken) {
		toldBroken.delete(stateFolder);
		return { results, updates, problem: cutShort && problemOf(cutShort, options.dryRun !== true) };
	}
	const { message, remedy } = broken.cause;
	const alert = toldBroken.get(stateFolder) !== message && options.dryRun !== true;
	if (alert) toldBroken.set(stateFolder, message);
	const problem = {
		reason: 'state_unusable',
		message: `${message} ${broken.consequence}`,
		remedy,
		alert,
	} as const;
	return { results, updates, problem };
}

function problemOf({ message, remedy }: DockerError, alert: boolean): HealReport['problem'] {
	return {
		reason: 'cut_short',
		message: `Healing was cut short, and goes on with the next run: ${message}`,
		remedy,
		alert,
	};
}
