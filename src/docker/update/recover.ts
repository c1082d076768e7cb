import { z } from 'zod';

import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import { errorMessage } from '../../shared';
import { EngineSteps } from './engine-steps';
import { passGate } from './gate';
import { beginHere, isBusy, nameOfNew, nameOfOld, planIn, updateLabels } from './marks';
import { hideOld, joinBeside, removeOld, rollBack, swapNames, type Pair } from './replace';

/** What became of an update whose process was killed. */
export interface RecoveredUpdate {
	/** Of the container. */
	name: string;
	outcome: 'finished' | 'rolled back' | 'busy' | 'failed';
	/** Why it was rolled back, is left alone or failed; empty otherwise. */
	reason: string;
}

const marked = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/**
 * Finishes or rolls back every update of a covered container that a killed process has left half done. Nothing is
 * done to one that another process may be at work on.
 *
 * @param only names or ids of containers; all when undefined
 * @throws DockerError when the engine cannot be asked; what goes wrong with one update is its own outcome
 */
export async function recoverUpdates(
	connection: EngineConnection,
	only?: readonly string[],
	signal?: AbortSignal,
): Promise<RecoveredUpdate[]> {
	const access = new Access(connection);
	access.requireAction('list');
	const steps = new EngineSteps(new Engine(connection));
	const found: RecoveredUpdate[] = [];
	for (const pair of await unfinished(steps, signal)) {
		const { name } = pair.plan;
		if (!access.covers(name) || !access.permits('update')) continue;
		if (only && !only.some((reference) => isMeant(reference, pair))) continue;
		found.push(await settle(steps, pair));
	}
	return found;
}

async function unfinished(steps: EngineSteps, signal: AbortSignal | undefined): Promise<Pair[]> {
	const filters = JSON.stringify({ label: [updateLabels.replaces] });
	const listed = await steps.engine.call(
		{ path: '/containers/json', query: { all: 'true', filters }, signal },
		marked,
	);
	const pairs: Pair[] = [];
	for (const { Id, Labels } of listed) {
		const marks = planIn(Labels ?? {});
		if (!marks) continue;
		const { replaces, plan } = marks;
		const [old, fresh] = [await steps.look(replaces), await steps.look(Id)];
		// Labels are text that anybody may write: only names that belong together make a pair.
		const isNew = fresh?.Name === `/${plan.name}` || fresh?.Name === `/${nameOfNew(plan.name)}`;
		const oldNames = [`/${plan.name}`, `/${nameOfOld(plan.name)}`];
		const isOld = old === undefined ? fresh?.Name !== `/${plan.name}` : oldNames.includes(old.Name);
		if (isNew && isOld) pairs.push({ old: replaces, new: Id, plan });
	}
	return pairs;
}

async function settle(steps: EngineSteps, pair: Pair): Promise<RecoveredUpdate> {
	const { name } = pair.plan;
	if (isBusy({ replaces: pair.old, plan: pair.plan })) {
		const reason = 'another process is updating it';
		return { name, outcome: 'busy', reason };
	}
	const done = beginHere(pair.old);
	try {
		const reason = await whyNotFinished(steps, pair);
		if (reason === undefined) return { name, outcome: 'finished', reason: '' };
		await rollBack(steps, pair);
		return { name, outcome: 'rolled back', reason };
	} catch (thrown) {
		return { name, outcome: 'failed', reason: errorMessage(thrown) };
	} finally {
		done();
	}
}

/** Goes on to the end where the new one already serves. @returns why the old one is the better choice */
async function whyNotFinished(steps: EngineSteps, pair: Pair): Promise<string | undefined> {
	const { plan } = pair;
	const [old, fresh] = [await steps.look(pair.old), await steps.look(pair.new)];
	if (fresh === undefined) return 'the new container is gone';
	const isNamed = fresh.Name === `/${plan.name}`;
	// One that did not run is replaced by names alone.
	const serves = plan.ran ? fresh.State.Running === true : isNamed;
	if (!serves && old !== undefined) return 'the update was cut off before the new container ran';
	try {
		if (plan.ran) await passGate(steps, pair.new, plan);
		if (plan.way === 'startFirst') {
			await joinBeside(steps, pair, undefined);
			await hideOld(steps, pair);
		}
		await swapNames(steps, pair);
		await removeOld(steps, pair);
		return undefined;
	} catch (thrown) {
		// With the old one gone there is nothing to go back to.
		if (thrown instanceof DockerError || old === undefined) throw thrown;
		return errorMessage(thrown);
	}
}

function isMeant(reference: string, pair: Pair): boolean {
	const wanted = reference.trim().replace(/^\//, '');
	if (wanted === pair.plan.name) return true;
	return /^[0-9a-f]{12,}$/.test(wanted) && (pair.old.startsWith(wanted) || pair.new.startsWith(wanted));
}
