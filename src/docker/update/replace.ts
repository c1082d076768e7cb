import { setTimeout as sleep } from 'node:timers/promises';

import { DockerError } from '../errors';
import { definitionOfNew, type Replacement } from './configuration';
import {
	endpointSettings,
	furtherAliases,
	furtherNetworks,
	leftNetwork,
	ownAliases,
	type NamedEndpoint,
} from './endpoints';
import type { EngineSteps } from './engine-steps';
import { lastCheck, passGate } from './gate';
import { nameOfNew, nameOfOld, type UpdatePlan } from './marks';
import type { Replaceable } from './shapes';

/** Two containers, one of which is to stay. */
export interface Pair {
	old: string;
	new: string;
	plan: UpdatePlan;
}

const startAttempts = 3;
const betweenAttemptsMs = 500;

/** Makes the container that shall take the old one's place, in all its networks; it does not run yet. */
export async function createNew(steps: EngineSteps, replacement: Replacement): Promise<string> {
	const { old, plan } = replacement;
	const id = await steps.create(nameOfNew(plan.name), definitionOfNew(replacement));
	const aliases = plan.way === 'stopFirst';
	for (const { name, endpoint } of furtherNetworks(old))
		await steps.join(name, id, endpointSettings(endpoint, old, { aliases }));
	const left = leftNetwork(old);
	if (left !== undefined) await steps.leave(left, id);
	return id;
}

/** Gives the new one its aliases, beside the old one, and sees that it is well after that. */
export async function joinBeside(
	steps: EngineSteps,
	pair: Pair,
	signal: AbortSignal | undefined,
): Promise<void> {
	const before = await needed(steps, pair.new);
	const after = lastCheck(before);
	let changed = false;
	for (const { name, endpoint } of networksOf(pair.plan)) {
		const wanted = [...ownAliases(endpoint, { Id: pair.old }), pair.plan.name];
		const present = before.NetworkSettings.Networks[name];
		if (present && wanted.every((alias) => present.Aliases.includes(alias))) continue;
		if (present) await steps.leave(name, pair.new);
		const settings = endpointSettings(endpoint, { Id: pair.old }, { aliases: true, also: [pair.plan.name] });
		await steps.join(name, pair.new, settings);
		changed = true;
	}
	const { healthTimeoutSeconds, settleSeconds } = pair.plan;
	const settle = Math.min(settleSeconds, 1);
	if (changed)
		await passGate(steps, pair.new, { healthTimeoutSeconds, settleSeconds: settle, after, signal });
}

/**
 * Takes the old one out of the names: from then on nobody finds it, while connections that are open go on where the
 * engine gives its address back.
 */
export async function hideOld(steps: EngineSteps, pair: Pair): Promise<void> {
	const old = await steps.look(pair.old);
	if (old === undefined) return;
	for (const { name, endpoint } of networksOf(pair.plan)) {
		const present = old.NetworkSettings.Networks[name];
		// The container's own name goes with the change of names, without a moment off the network.
		if (!present || furtherAliases(present, old, pair.plan.name).length === 0) continue;
		await steps.leave(name, pair.old);
		await rejoin(steps, name, pair.old, {
			...endpointSettings(endpoint, { Id: pair.old }, { aliases: false }),
			...(present.IPAddress !== '' && { IPAMConfig: { IPv4Address: present.IPAddress } }),
		});
	}
}

/**
 * Gives the old one its name and its place in the networks back, and starts it when it ran; removes the new one. That comes
 * last: it is the new one that tells what was being done, and to remove it may take the engine long.
 */
export async function rollBack(steps: EngineSteps, pair: Pair): Promise<void> {
	const { plan } = pair;
	const old = await steps.look(pair.old);
	if (old === undefined) throw goneMeanwhile(plan.name);
	if (plan.way === 'startFirst') await showOld(steps, pair, old);
	const fresh = await steps.look(pair.new);
	if (fresh?.State.Running === true) await steps.stop(fresh, 0);
	if (fresh?.Name === `/${plan.name}`) await steps.rename(pair.new, nameOfNew(plan.name));
	if (old.Name !== `/${plan.name}`) await steps.rename(pair.old, plan.name);
	if (plan.ran) await startOld(steps, pair);
	await steps.remove(pair.new, { volumes: true });
}

async function startOld(steps: EngineSteps, pair: Pair): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			await steps.start(pair.old);
			return;
		} catch (thrown) {
			// Ports may take a moment until they are free again.
			if (attempt === startAttempts) throw thrown;
			await sleep(betweenAttemptsMs);
		}
	}
}

/** The old one is called as it is renamed aside, and the new one by its name. */
export async function swapNames(steps: EngineSteps, pair: Pair): Promise<void> {
	const { name } = pair.plan;
	const [old, fresh] = [await steps.look(pair.old), await needed(steps, pair.new)];
	if (old?.Name === `/${name}`) await steps.rename(pair.old, nameOfOld(name));
	if (fresh.Name !== `/${name}`) await steps.rename(pair.new, name);
}

/** Volumes stay: the new one has them. */
export async function removeOld(steps: EngineSteps, pair: Pair): Promise<void> {
	const old = await steps.look(pair.old);
	if (old === undefined) return;
	const stopped = ['exited', 'created', 'dead'].includes(old.State.Status);
	if (!stopped) await steps.stop(old, pair.plan.graceSeconds);
	await steps.remove(pair.old, { volumes: false });
}

export async function needed(steps: EngineSteps, id: string): Promise<Replaceable> {
	const found = await steps.look(id);
	if (found === undefined) throw new Error('The new container was removed meanwhile.');
	return found;
}

async function showOld(steps: EngineSteps, pair: Pair, old: Replaceable): Promise<void> {
	for (const { name, endpoint } of networksOf(pair.plan)) {
		const present = old.NetworkSettings.Networks[name];
		const wanted = ownAliases(endpoint, old);
		if (present && wanted.every((alias) => present.Aliases.includes(alias))) continue;
		if (present) await steps.leave(name, pair.old);
		await steps.join(name, pair.old, endpointSettings(endpoint, old, { aliases: true }));
	}
}

/** Addresses can be asked for only in networks whose range somebody has chosen; elsewhere the lowest free one comes. */
async function rejoin(
	steps: EngineSteps,
	network: string,
	id: string,
	{ IPAMConfig, ...settings }: Record<string, unknown>,
): Promise<void> {
	try {
		await steps.join(network, id, { ...settings, ...(IPAMConfig !== undefined && { IPAMConfig }) });
	} catch (thrown) {
		if (!(thrown instanceof DockerError) || IPAMConfig === undefined) throw thrown;
		await steps.join(network, id, settings);
	}
}

function networksOf({ networks }: UpdatePlan): NamedEndpoint[] {
	return Object.entries(networks)
		.filter(([name]) => name !== 'bridge')
		.map(([name, endpoint]) => ({ name, endpoint }));
}

function goneMeanwhile(name: string): DockerError {
	return new DockerError(
		'not_found',
		`The former container of "${name}" was removed in the middle of its update; the new one is left as it is.`,
		'Look at both, and run the update again when one of them has the name.',
	);
}
