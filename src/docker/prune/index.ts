import { wholeNumber } from '../../shared';
import { Access } from '../access';
import type { ChangeOptions } from '../change-options';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { carryOut, shown } from './carry-out';
import { takeInventory } from './inventory';
import { planPrune } from './plan';
import { parseRules } from './rules';
import type { PruneReport, PruneRules } from './things';

export { usualPrune } from './rules';
export { keepLabel, type KeptThing, type PrunedThing, type PruneReport, type PruneRules } from './things';

const maxHours = 10 * 365 * 24;

/**
 * Removes what nobody uses, thing by thing. The engine's own prune is not used: it knows neither the names that the
 * credential covers nor what shall be kept.
 *
 * @returns what went, or in a dry run what would; by the same decision
 * @throws DockerError `not_permitted` and those of the way to the engine; what happens to single things is in the report
 */
export async function prune(
	connection: EngineConnection,
	given: Partial<PruneRules> = {},
	{ dryRun, signal }: ChangeOptions = {},
): Promise<PruneReport> {
	const access = new Access(connection);
	access.requireAction('prune');
	const rules = parseRules(given);
	wholeNumber('Older Than', rules.olderThanHours, 0, maxHours);
	const engine = new Engine(connection);
	const plan = planPrune(await takeInventory(engine, access, rules, signal), rules, access);
	const result = dryRun
		? { removed: plan.remove.map(shown), skipped: [], failed: [] }
		: await carryOut(engine, access, plan, signal);
	return {
		changed: result.removed.length > 0,
		freedBytes: result.removed.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
		...result,
		kept: plan.keep,
		...(dryRun && { dryRun }),
	};
}
