import type { EngineConnection } from '../../docker';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import type { ConsistencyReport } from '../reports';
import type { Site } from '../../shared';
import { heldContainers, openJournal } from './open-journal';
import { planQuiet, type QuietPlan } from './plan';
import { QuietRun, type QuietOptions } from './quiet-run';

export interface HeldContainers {
	/** Why what was done since may not have been alone; each a sentence without its point. */
	disturbances(): Promise<string[]>;
	/** Starts them again, those others depend on first; to be called in any case, never throws. */
	release(): Promise<ConsistencyReport>;
}

/**
 * Stops named containers for a while, e.g. the users of a volume that is restored, with everything a backup has for it:
 * protected ones are refused, the journal is written first, only what ran is started again and in its order, and a
 * crash is repaired by the next operation.
 *
 * @param site whose protected containers are respected, and whose name stands in the journal
 * @param run no two are the same
 * @throws BackupError `container_protected`, `container_unsuitable`, `container_busy`, `container_not_quiet`,
 *   `state_missing`, `cancelled`; DockerError. Then everything runs as before.
 */
export async function holdContainers(
	site: Site,
	names: readonly string[],
	run: string,
	context: BackupContext,
	options: QuietOptions = {},
): Promise<HeldContainers> {
	const connection = engineOf(names, context);
	const plan = await planHold(site, names, context);
	const quiet = new QuietRun(plan, connection, context, {
		...options,
		site: site.name,
		run,
		work: 'restore',
	});
	try {
		await quiet.prepare();
		await quiet.quieten();
	} catch (thrown) {
		await quiet.end();
		throw thrown;
	}
	return {
		disturbances: () => quiet.disturbances(),
		release: async () => {
			await quiet.end();
			return quiet.report();
		},
	};
}

/**
 * Refuses what `holdContainers` would refuse; nothing is done.
 * @throws BackupError `container_protected`, `container_unsuitable`, `state_missing`; DockerError
 */
export async function refuseHolding(
	site: Site,
	names: readonly string[],
	context: BackupContext,
): Promise<void> {
	openJournal(context);
	await planHold(site, names, context);
}

async function planHold(site: Site, names: readonly string[], context: BackupContext): Promise<QuietPlan> {
	return await planQuiet(
		{ ...site, consistency: { mode: 'stop', containers: [...names], hooks: [], failure: 'abort' } },
		engineOf(names, context),
		context.signal,
		{ ignoreLabels: true, heldByOthers: await heldContainers(context) },
	);
}

const engineOf = (names: readonly string[], context: BackupContext): EngineConnection =>
	engineFor(`the containers ${names.join(', ')}`, context);
