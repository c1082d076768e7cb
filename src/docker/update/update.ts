import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { ownIdentity, wholeNumber } from '../../shared';
import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import { findContainer } from '../find';
import { ownGrace } from '../managed';
import { refuseProtected } from '../protection';
import { nameOf } from '../summary';
import { endpointsOf } from './endpoints';
import { EngineSteps } from './engine-steps';
import { newestImage, reported, wantedReference } from './images';
import { beginHere, isBeingUpdated, type UpdatePlan } from './marks';
import { carryOut } from './carry-out';
import { recoverUpdates } from './recover';
import type { UpdateOptions, UpdateResult } from './result';
import { replaceable, type Replaceable } from './shapes';
import { chooseWay } from './way';

const defaults = { healthTimeoutSeconds: 120, settleSeconds: 10, drainSeconds: 5 };
const maxSeconds = 3600;
/** What the requests themselves take, beside what is waited for. */
const spareMs = 5 * 60_000;

const neighbours = z.array(
	z.object({
		Id: z.string(),
		Names: z.array(z.string()).nullish(),
		HostConfig: z.object({ NetworkMode: z.string().nullish() }).nullish(),
	}),
);

/**
 * Replaces a container by one with the same configuration from a newer image: pull, make, start, wait until it is well,
 * remove the old one. When the new one is not well, the old one is put back. What an update that was killed has left is
 * finished or rolled back before.
 *
 * @param reference name or id
 * @returns with `rolledBack` when the new container was not well: the old one then runs as before
 * @throws DockerError `not_permitted`, `not_found`, `container_protected`, `conflict`, `image_missing`,
 *   `invalid_input`, `cancelled`; `update_unfinished` when neither could be brought to run
 */
export async function updateContainer(
	connection: EngineConnection,
	reference: string,
	options: UpdateOptions = {},
): Promise<UpdateResult> {
	const startedAt = performance.now();
	const { signal } = options;
	const engine = new Engine(connection);
	const access = new Access(connection);
	const steps = new EngineSteps(engine);
	access.requireAction('update');
	const times = timesOf(options);
	if (!options.dryRun) await finishFormer(connection, reference, options);
	const old = replaceable.parse(await findContainer(engine, access, 'update', reference, signal));
	const name = nameOf(old.Name);
	refuseUnfit(old);
	await refuseDependents(engine, access, old, signal);
	await refuseProtected(connection, old, 'update', options);
	const wanted = wantedReference(old, options.image, access);
	const { way, reasons } = chooseWay(old, options.way);
	const pull = options.pull ?? true;
	const newImage = await newestImage(steps, wanted, pull && !options.dryRun, signal);
	const oldImage = await steps.image(old.Image);
	const result = (more: Partial<UpdateResult>): UpdateResult => ({
		name,
		changed: false,
		rolledBack: false,
		reason: null,
		way,
		stopFirstBecause: reasons,
		from: reported(old.Config.Image, oldImage, old.Image),
		to: reported(wanted, newImage, newImage.Id),
		health: null,
		gapMs: null,
		log: [],
		warnings: oldImage ? [] : [lostImage],
		durationMs: Math.round(performance.now() - startedAt),
		id: old.Id,
		...more,
	});
	const same = newImage.Id === old.Image && wanted === old.Config.Image;
	if (options.dryRun) return result({ ...foreseen(same, pull), dryRun: true });
	if (same) return result({ reason: 'it runs the newest image' });

	const plan: UpdatePlan = {
		run: randomUUID(),
		name,
		way,
		ran: ['running', 'restarting'].includes(old.State.Status),
		networks: Object.fromEntries(endpointsOf(old).map(({ name: network, endpoint }) => [network, endpoint])),
		by: ownIdentity(),
		until: deadline(old, times),
		healthTimeoutSeconds: times.healthTimeoutSeconds,
		settleSeconds: times.settleSeconds,
		...(times.graceSeconds !== undefined && { graceSeconds: times.graceSeconds }),
		...(options.overrideProtection === name && { protectionOverridden: true }),
	};
	// Another run may have begun while the image was pulled.
	await finishFormer(connection, old.Id, options);
	const done = beginHere(old.Id, name);
	try {
		await refuseMoved(steps, access, old);
		const replacement = { old, oldImage, newImage, image: wanted, plan };
		const drain = () =>
			sleep(times.drainSeconds * 1000, undefined, signal && { signal }).catch(() => undefined);
		const outcome = await carryOut(steps, replacement, { drain, signal });
		const { warnings = [], ...others } = outcome;
		return result({ ...others, warnings: [...(oldImage ? [] : [lostImage]), ...warnings] });
	} finally {
		done();
	}
}

const lostImage =
	'the engine has no longer the image the container was made from, so nothing of its configuration could be taken from the new image';

function timesOf(options: UpdateOptions) {
	const { healthTimeoutSeconds, settleSeconds, drainSeconds } = { ...defaults, ...definedOf(options) };
	const { graceSeconds } = options;
	return {
		healthTimeoutSeconds: wholeNumber('Health Timeout', healthTimeoutSeconds, 1, maxSeconds),
		settleSeconds: wholeNumber('Settle Time', settleSeconds, 0, maxSeconds),
		drainSeconds: wholeNumber('Drain Time', drainSeconds, 0, maxSeconds),
		graceSeconds:
			graceSeconds === undefined ? undefined : wholeNumber('Grace Period', graceSeconds, 0, maxSeconds),
	};
}

function definedOf(options: UpdateOptions): Partial<typeof defaults> {
	const names = Object.keys(defaults) as (keyof typeof defaults)[];
	return Object.fromEntries(
		names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
	);
}

function deadline(old: Replaceable, times: ReturnType<typeof timesOf>): string {
	const { healthTimeoutSeconds, settleSeconds, drainSeconds, graceSeconds } = times;
	const grace = graceSeconds ?? ownGrace(old);
	const seconds = 2 * (healthTimeoutSeconds + settleSeconds + grace) + drainSeconds;
	return new Date(Date.now() + seconds * 1000 + spareMs).toISOString();
}

/** @throws DockerError `conflict` when another process is at work on it, `update_unfinished` */
async function finishFormer(
	connection: EngineConnection,
	reference: string,
	{ overrideProtection, signal }: UpdateOptions,
): Promise<void> {
	const only = [reference];
	const former = await recoverUpdates(connection, { only, overrideProtection, signal });
	for (const { name, outcome, reason, remedy } of former) {
		if (outcome === 'busy') throw isBeingUpdated(name);
		if (outcome !== 'failed') continue;
		throw new DockerError(
			'update_unfinished',
			`A former update of the container "${name}" was cut off, and could not be finished: ${reason}`,
			remedy,
		);
	}
}

function refuseUnfit({ Name, HostConfig, State }: Replaceable): void {
	const name = nameOf(Name);
	if (HostConfig.AutoRemove === true) {
		throw new DockerError(
			'conflict',
			`The container "${name}" was made with --rm: it would be removed when it stops, and could not be put back.`,
			'Make it without --rm.',
		);
	}
	if (['paused', 'removing', 'dead'].includes(State.Status)) {
		throw new DockerError(
			'conflict',
			`The container "${name}" is ${State.Status} and is not updated.`,
			State.Status === 'paused' ? 'End the pause, then run again.' : 'Remove it, and make it anew.',
		);
	}
}

/** They stand in the network of this very container, and would be left in one that is gone. */
async function refuseDependents(
	engine: Engine,
	access: Access,
	{ Id, Name }: Replaceable,
	signal: AbortSignal | undefined,
): Promise<void> {
	const all = await engine.call({ path: '/containers/json', query: { all: 'true' }, signal }, neighbours);
	const sharing = all
		.filter(({ HostConfig }) => {
			const target = /^container:(.+)$/.exec(HostConfig?.NetworkMode ?? '')?.[1];
			return target !== undefined && (target === nameOf(Name) || Id.startsWith(target));
		})
		.map(({ Id: id, Names }) => nameOf(Names?.[0] ?? id.slice(0, 12)));
	if (sharing.length === 0) return;
	const shown = sharing.filter((name) => access.covers(name)).join(', ') || 'another container';
	throw new DockerError(
		'conflict',
		`The network of the container "${nameOf(Name)}" is shared by ${shown}, which would lose it.`,
		'Remove those first, update this one, and make them anew; with Docker Compose, "docker compose up" does both.',
	);
}

/** What was found out about it took requests and, with a pull, minutes. */
async function refuseMoved(steps: EngineSteps, access: Access, old: Replaceable): Promise<void> {
	const now = await steps.look(old.Id);
	if (now) access.requireContainer(now.Name);
	if (now?.Name === old.Name && now.Image === old.Image) return;
	throw new DockerError(
		'conflict',
		`The container "${nameOf(old.Name)}" was ${now ? 'renamed' : 'removed'} meanwhile. Nothing was changed.`,
		'Look at the list of containers, then run again.',
	);
}

/** In a dry run no registry is asked, so what it has is not known. */
function foreseen(same: boolean, pull: boolean): Pick<UpdateResult, 'changed' | 'reason'> {
	if (!same) return { changed: true, reason: 'the engine has another image under this name' };
	return pull
		? { changed: null, reason: 'the registry may have a newer image; it is not asked in a dry run' }
		: { changed: false, reason: 'it runs the image the engine has' };
}
