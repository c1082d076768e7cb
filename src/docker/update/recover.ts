import { z } from 'zod';

import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { errorMessage } from '../../shared';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import { idIn, ownTraces } from '../own-container';
import { refuseProtected } from '../protection';
import { EngineSteps } from './engine-steps';
import { passGate } from './gate';
import { beginHere, isBusy } from './marks';
import { hideOld, joinBeside, removeOld, rollBack, swapNames, type Pair } from './replace';
import { listedForUpdates, unfinishedAmong } from './unfinished';

/** What became of an update whose process was killed. */
export interface RecoveredUpdate {
	/** Of the container. */
	name: string;
	outcome: 'finished' | 'rolled back' | 'busy' | 'failed';
	/** Why it was rolled back, is left alone or failed; empty otherwise. */
	reason: string;
	/** What helps where it failed; empty otherwise. */
	remedy: string;
}

export interface RecoverOptions {
	/** Names or ids of containers; all when undefined. */
	only?: readonly string[] | undefined;
	/** The name of a protected container, typed in full: its update is finished all the same. */
	overrideProtection?: string | undefined;
	signal?: AbortSignal | undefined;
}

/**
 * Finishes or rolls back every update of a covered container that a killed process has left half done. Nothing is
 * done to one that another process may be at work on, and nothing that the credential does not permit.
 *
 * @throws DockerError when the engine cannot be asked; what goes wrong with one update is its own outcome
 */
export async function recoverUpdates(
	connection: EngineConnection,
	options: RecoverOptions = {},
): Promise<RecoveredUpdate[]> {
	const { only, signal } = options;
	const access = new Access(connection);
	access.requireAction('list');
	const engine = new Engine(connection);
	const query = { all: 'true' };
	const listed = await engine.call({ path: '/containers/json', query, signal }, z.array(listedForUpdates));
	const found: RecoveredUpdate[] = [];
	for (const pair of unfinishedAmong(listed)) {
		if (!access.covers(pair.plan.name)) continue;
		if (only && !only.some((reference) => isMeant(reference, pair))) continue;
		found.push(await settle(connection, pair, access, options));
	}
	return found;
}

async function settle(
	connection: EngineConnection,
	pair: Pair,
	access: Access,
	options: RecoverOptions,
): Promise<RecoveredUpdate> {
	const { name } = pair.plan;
	if (isBusy({ replaces: pair.old, plan: pair.plan })) {
		const reason = 'another process or run is updating it';
		return { name, outcome: 'busy', reason, remedy: '' };
	}
	const steps = new EngineSteps(new Engine(connection));
	const done = beginHere(pair.old, name);
	try {
		access.requireAction('update');
		await refuseProtectedPair(connection, steps, pair, options);
		const reason = await whyNotFinished(steps, pair);
		if (reason === undefined) return { name, outcome: 'finished', reason: '', remedy: '' };
		await rollBack(steps, pair);
		return { name, outcome: 'rolled back', reason, remedy: '' };
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'cancelled') throw thrown;
		return { name, outcome: 'failed', reason: errorMessage(thrown), remedy: remedyFor(thrown, name) };
	} finally {
		done();
	}
}

/**
 * What is called otherwise for the moment is protected as what it is meant to be, unless the update was begun in spite of
 * that. The own container stays protected: a roll back that ends it would stop in its middle.
 */
async function refuseProtectedPair(
	connection: EngineConnection,
	steps: EngineSteps,
	pair: Pair,
	{ overrideProtection, signal }: RecoverOptions,
): Promise<void> {
	const ids = [pair.old, pair.new];
	const own = idIn(ownTraces());
	if (pair.plan.protectionOverridden && !(own !== undefined && ids.includes(own))) return;
	for (const id of ids) {
		const found = await steps.look(id);
		if (!found) continue;
		const named = { ...found, Name: `/${pair.plan.name}` };
		await refuseProtected(connection, named, 'rest of its update', { overrideProtection, signal });
	}
}

function remedyFor(thrown: unknown, name: string): string {
	if (thrown instanceof DockerError && thrown.code !== 'container_protected') return thrown.remedy;
	if (thrown instanceof DockerError)
		return `Run Update of "${name}" with that name typed in full into "Override Protection": it first ends what is left.`;
	return `Look at the containers "${name}", "${name}-opsdesk-new" and "${name}-opsdesk-old"; keep the one you want under the name "${name}" and remove the others.`;
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
