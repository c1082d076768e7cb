import { z } from 'zod';

import type { Access } from '../access';
import { parseAnswer } from '../answer';
import { readDiskUsage } from '../disk-usage';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectContainer } from '../find';
import { isUp } from '../holders';
import { imagePath, namesOf } from '../image-reference';
import { inspectedImage } from '../image-summary';
import { sendNetworkChange } from '../network-changes';
import { engineNetwork } from '../network-summary';
import { isAbsent, sendRemoval } from '../removal';
import { engineVolume } from '../volume-summary';
import { keepLabel, type PlannedThing, type PrunePlan, type PruneReport } from './things';

/** Something has changed since the plan was made: not a failure, and the thing stays. */
class Changed extends Error {}

const cachesDeleted = z.looseObject({ CachesDeleted: z.array(z.string()).nullish() });

/**
 * Removes what the plan says, thing by thing. Each is looked at and held to the rights once more; what has come into use
 * stays, and the others go on.
 *
 * @throws DockerError `cancelled`
 */
export async function carryOut(
	engine: Engine,
	access: Access,
	plan: PrunePlan,
	signal?: AbortSignal,
): Promise<Pick<PruneReport, 'removed' | 'skipped' | 'failed'>> {
	const report: Pick<PruneReport, 'removed' | 'skipped' | 'failed'> = {
		removed: [],
		skipped: [],
		failed: [],
	};
	for (const thing of inOrder(plan.remove)) {
		const { kind, name, id } = thing;
		try {
			await remove(engine, access, thing, signal);
			report.removed.push(shown(thing));
		} catch (thrown) {
			if (thrown instanceof Changed) {
				report.skipped.push({ kind, name, reason: thrown.message, id });
				continue;
			}
			if (!(thrown instanceof DockerError) || thrown.code === 'cancelled') throw thrown;
			if (thrown.code === 'not_found') {
				report.skipped.push({ kind, name, reason: 'it is gone already', id });
			} else if (thrown.code === 'conflict') {
				report.skipped.push({ kind, name, reason: `it is in use by now. ${thrown.message}`, id });
			} else {
				const { message: reason, code, remedy } = thrown;
				report.failed.push({ kind, name, reason, code, remedy, id });
			}
		}
	}
	return report;
}

/** Without what only the removal needs. */
export function shown({ kind, name, sizeBytes, reason, id }: PlannedThing): PruneReport['removed'][number] {
	return { kind, name, sizeBytes, reason, id };
}

/** Records of a build are removed from the last step to the first: the engine keeps one on which another is built. */
function inOrder(things: PlannedThing[]): PlannedThing[] {
	const others = things.filter(({ kind }) => kind !== 'buildCache');
	return [...others, ...things.filter(({ kind }) => kind === 'buildCache').reverse()];
}

async function remove(
	engine: Engine,
	access: Access,
	thing: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	switch (thing.kind) {
		case 'container':
			return await removeContainer(engine, access, thing, signal);
		case 'image':
			return await removeImage(engine, access, thing, signal);
		case 'network':
			return await removeNetwork(engine, access, thing, signal);
		case 'volume':
			return await removeVolume(engine, access, thing, signal);
		case 'buildCache':
			return await removeBuildCache(engine, thing, signal);
	}
}

async function removeContainer(
	engine: Engine,
	access: Access,
	{ id }: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	const { Name, State } = await inspectContainer(engine, id, signal);
	if (!access.covers(Name))
		throw new Changed('it has another name by now, which the credential does not cover');
	if (isUp(State.Status)) throw new Changed(`it is ${State.Status} by now`);
	// Never by force, and its volumes stay: whether they go is a question of its own.
	const query = { force: 'false', v: 'false' };
	const path = `/containers/${id}`;
	await sendRemoval(engine, { path, query, signal }, () => isAbsent(engine, `${path}/json`, signal));
}

async function removeImage(
	engine: Engine,
	access: Access,
	{ id, names = [] }: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	const present = namesOf(await engine.call({ path: imagePath(id, 'json'), signal }, inspectedImage));
	if (present.some((name) => !names.includes(name) || !access.coversImage(name))) {
		throw new Changed('it has got another name by now');
	}
	const done: string[] = [];
	// By its id the engine removes an image of several repositories only by force.
	for (const target of present.length > 1 ? present : [id]) {
		try {
			await sendRemoval(engine, { path: imagePath(target), signal }, () =>
				isAbsent(engine, imagePath(target, 'json'), signal),
			);
			done.push(target);
		} catch (thrown) {
			await giveBack(engine, id, done);
			throw thrown;
		}
	}
}

/** An image that stays after all keeps its names. */
async function giveBack(engine: Engine, id: string, names: string[]): Promise<void> {
	for (const name of names) {
		const [, repo = '', tag] = /^(.*):([^/:]+)$/.exec(name) ?? [];
		if (tag === undefined || name.includes('@')) continue;
		await engine.send({ method: 'POST', path: imagePath(id, 'tag'), query: { repo, tag } });
	}
}

async function removeNetwork(
	engine: Engine,
	access: Access,
	{ id }: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	const network = await engine.call({ path: `/networks/${id}`, signal }, engineNetwork);
	access.requireNetwork(network.Name);
	if (Object.keys(network.Containers ?? {}).length > 0) throw new Changed('it is in use by now');
	await sendNetworkChange(engine, { method: 'DELETE', path: `/networks/${id}`, signal });
}

async function removeVolume(
	engine: Engine,
	access: Access,
	{ id, createdAt }: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	access.requireVolume(id);
	const path = `/volumes/${encodeURIComponent(id)}`;
	const volume = await engine.call({ path, signal }, engineVolume);
	if ((volume.CreatedAt ?? null) !== createdAt || volume.Labels[keepLabel] !== undefined) {
		throw new Changed('another volume has its name by now');
	}
	await sendRemoval(engine, { path, signal }, () => isAbsent(engine, path, signal));
}

/** There is no other way to a single record than this filter. */
async function removeBuildCache(
	engine: Engine,
	{ id }: PlannedThing,
	signal: AbortSignal | undefined,
): Promise<void> {
	const query = { all: 'true', filters: JSON.stringify({ id: [id] }) };
	const path = '/build/prune';
	const answer = await sendRemoval(engine, { method: 'POST', path, query, signal }, async () => {
		const { BuildCache } = await readDiskUsage(engine, ['build-cache'], signal);
		return BuildCache.every((record) => record.ID !== id);
	});
	if (answer === undefined) return;
	const gone = parseAnswer(answer, `POST ${path}`, cachesDeleted);
	if (!gone.CachesDeleted?.length) throw new Changed('it is gone already, or another record is built on it');
}
