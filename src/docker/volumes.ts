import { z } from 'zod';

import { matchesGlob, shorten } from '../shared';
import { Access, type ContainerAction } from './access';
import type { ChangeOptions } from './change-options';
import type { EngineConnection } from './connection';
import { readDiskUsage } from './disk-usage';
import { Engine } from './engine';
import { DockerError } from './errors';
import { readHolders, type Holder } from './holders';
import { helperLabel } from './own-labels';
import { isAbsent, sendRemoval } from './removal';
import { nameAmong } from './summary';
import { requireVolumeOptions } from './volume-options';
import {
	engineVolume,
	summariseVolume,
	volumeWithoutSecrets,
	type EngineVolume,
	type VolumeSummary,
} from './volume-summary';

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});
const users = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish(), Labels: texts }));
const listed = z.looseObject({ Volumes: z.array(engineVolume).nullish() });

/** What a volume is made of, enough to make it anew. */
export interface VolumeDetails {
	name: string;
	driver: string;
	labels: Record<string, string>;
	options: Record<string, string>;
}

/** A container that has a volume mounted. */
export interface VolumeUser {
	/** Full id of the container. */
	id: string;
	/** Missing when the credential does not cover the container. */
	name?: string;
	/** Set for helpers of this package: what they do, for which site. */
	work?: { purpose: string; site: string };
}

/** All given conditions must hold. */
export interface VolumeFilter {
	/** Name with `*` and `?`, e.g. `shop_*`. */
	name?: string | undefined;
	/** `key` or `key=value`; all must be present. */
	labels?: string[] | undefined;
	driver?: string | undefined;
	/** Only those that a container has, running or not, or only the others. */
	inUse?: boolean | undefined;
	/** Only those without, or only those with, a name that somebody gave. */
	anonymous?: boolean | undefined;
}

export interface VolumeListOptions {
	/** The engine walks through all volumes for them, which may take it minutes. */
	sizes?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

export interface CreateVolumeResult extends VolumeSummary {
	/** False when there was such a volume. */
	changed: boolean;
	dryRun?: true;
}

export interface RemoveVolumeResult {
	/** False when there was none. */
	changed: boolean;
	/** Whether it is gone by this; false in a dry run. */
	deleted: boolean;
	name: string;
	dryRun?: true;
}

/** The volumes of one engine, within the rights of one credential. */
export class Volumes {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/** All volumes that the rights cover and the filter fits; sorted by name. */
	async list(filter: VolumeFilter = {}, options: VolumeListOptions = {}): Promise<VolumeSummary[]> {
		return (await this.select(filter, options)).map(({ summary }) => summary);
	}

	/** As `list`, in the engine's own shape, with the values of driver options masked. */
	async listRaw(filter: VolumeFilter = {}, options: VolumeListOptions = {}): Promise<EngineVolume[]> {
		return (await this.select(filter, options)).map(({ volume }) => volumeWithoutSecrets(volume));
	}

	/** @throws DockerError `not_found`, `invalid_reference`, `not_permitted` */
	async get(name: string, signal?: AbortSignal): Promise<VolumeSummary> {
		const volume = await this.inspect('inspect volume', name, signal);
		return summariseVolume(volume, this.usersOf(volume, await readHolders(this.engine, false, signal)));
	}

	/** As `get`, in the engine's own shape, with the values of driver options masked. */
	async getRaw(name: string, signal?: AbortSignal): Promise<EngineVolume> {
		return volumeWithoutSecrets(await this.inspect('inspect volume', name, signal));
	}

	/**
	 * Makes a volume. One of this name that is as asked for is left alone.
	 * @throws DockerError `conflict` where one of this name is different, `not_permitted`, `invalid_reference`
	 */
	async create(
		{ name, driver, labels, options }: VolumeDetails,
		{ dryRun, signal }: ChangeOptions = {},
	): Promise<CreateVolumeResult> {
		this.access.requireAction('create volume');
		requireVolumeName(name);
		this.access.requireVolume(name);
		requireVolumeOptions(this.access, driver, options);
		const present = await this.look(name, signal);
		if (present) {
			refuseDifferent(present, { name, driver, labels, options });
			const users = this.usersOf(present, await readHolders(this.engine, false, signal));
			return {
				changed: false,
				...summariseVolume(present, users),
				...(dryRun && { dryRun }),
			};
		}
		const unused = { inUse: false, usedBy: [] };
		if (dryRun) {
			const planned = engineVolume.parse({ Name: name, Driver: driver, Labels: labels, Options: options });
			return { changed: true, ...summariseVolume(planned, unused), dryRun };
		}
		const body = { Name: name, Driver: driver, Labels: labels, DriverOpts: options };
		const made = await this.engine.call(
			{ method: 'POST', path: '/volumes/create', body, signal },
			engineVolume,
		);
		return { changed: true, ...summariseVolume(made, unused) };
	}

	/**
	 * Removes a volume with what is in it.
	 * @throws DockerError `conflict` while a container has it, running or not, `not_permitted`, `invalid_reference`
	 */
	async remove(name: string, { dryRun, signal }: ChangeOptions = {}): Promise<RemoveVolumeResult> {
		this.access.requireAction('remove volume');
		requireVolumeName(name);
		this.access.requireVolume(name);
		const present = await this.look(name, signal);
		if (!present) return { changed: false, deleted: false, name, ...(dryRun && { dryRun }) };
		const { inUse, usedBy } = this.usersOf(present, await readHolders(this.engine, false, signal));
		if (inUse) throw volumeInUse(name, usedBy);
		if (dryRun) return { changed: true, deleted: false, name, dryRun };
		const path = `/volumes/${name}`;
		await sendRemoval(this.engine, { path, signal }, () => isAbsent(this.engine, path, signal));
		return { changed: true, deleted: true, name };
	}

	/** Undefined when there is no such volume. @throws DockerError `not_permitted` */
	async find(name: string, signal?: AbortSignal): Promise<VolumeDetails | undefined> {
		this.access.requireAction('helper');
		this.access.requireVolume(name);
		const found = await this.look(name, signal);
		return found && { name: found.Name, driver: found.Driver, labels: found.Labels, options: found.Options };
	}

	/** The running containers that have it mounted. */
	async usedBy(name: string, signal?: AbortSignal): Promise<VolumeUser[]> {
		const filters = JSON.stringify({ volume: [name], status: ['running', 'paused', 'restarting'] });
		const found = await this.engine.call({ path: '/containers/json', query: { filters }, signal }, users);
		return found.map(({ Id, Names, Labels }) => {
			const container = nameAmong(Names) ?? '?';
			const work = Labels[helperLabel];
			return {
				id: Id,
				...(this.access.covers(container) && { name: container }),
				...(work !== undefined && { work: { purpose: work, site: Labels['opsdesk.site'] ?? '' } }),
			};
		});
	}

	private async select(
		filter: VolumeFilter,
		{ sizes, signal }: VolumeListOptions,
	): Promise<{ volume: EngineVolume; summary: VolumeSummary }[]> {
		this.access.requireAction('list volumes');
		const filters = JSON.stringify({
			...(filter.labels?.length && { label: filter.labels }),
			...(filter.driver && { driver: [filter.driver] }),
		});
		const { Volumes: found } = await this.engine.call(
			{ path: '/volumes', query: { filters }, signal },
			listed,
		);
		const usage = sizes ? (await readDiskUsage(this.engine, ['volume'], signal)).Volumes : [];
		const measured = new Map(usage.map((volume) => [volume.Name, volume.UsageData]));
		const holders = await readHolders(this.engine, false, signal);
		return (found ?? [])
			.filter(({ Name }) => this.access.coversVolume(Name))
			.map((volume) => ({ ...volume, UsageData: measured.get(volume.Name) ?? volume.UsageData }))
			.map((volume) => ({ volume, summary: summariseVolume(volume, this.usersOf(volume, holders)) }))
			.filter(({ summary }) => fits(summary, filter))
			.sort((a, b) => (a.volume.Name < b.volume.Name ? -1 : 1));
	}

	private async inspect(
		action: ContainerAction,
		name: string,
		signal: AbortSignal | undefined,
	): Promise<EngineVolume> {
		this.access.requireAction(action);
		requireVolumeName(name);
		this.access.requireVolume(name);
		const found = await this.look(name, signal);
		if (found) return found;
		throw new DockerError(
			'not_found',
			`There is no volume "${name}".`,
			'Check the name with the operation Get Many. Docker Compose puts the name of the project in front: "shop_media".',
		);
	}

	private async look(name: string, signal: AbortSignal | undefined): Promise<EngineVolume | undefined> {
		try {
			const path = `/volumes/${encodeURIComponent(name)}`;
			return await this.engine.call({ path, signal }, engineVolume);
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw thrown;
		}
	}

	private usersOf({ Name }: EngineVolume, holders: readonly Holder[]): { inUse: boolean; usedBy: string[] } {
		const found = holders.filter(({ volumes }) => volumes.includes(Name)).map(({ name }) => name);
		return { inUse: found.length > 0, usedBy: found.filter((name) => this.access.covers(name)).sort() };
	}
}

/** Only what the engine itself accepts as a name passes, so it can never change the path of a request. */
function requireVolumeName(name: string): void {
	if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) return;
	throw new DockerError(
		'invalid_reference',
		name === '' ? 'No volume is given.' : `"${shorten(name, 80)}" cannot be the name of a volume.`,
		'Give a name such as "shop_media". Names hold letters, digits, "_", "." and "-" only.',
	);
}

function refuseDifferent(present: EngineVolume, asked: VolumeDetails): void {
	const differs = [
		present.Driver !== asked.driver && 'driver',
		!holds(present.Labels, asked.labels) && 'labels',
		!(holds(present.Options, asked.options) && holds(asked.options, present.Options)) && 'options',
	].filter((what) => what !== false);
	if (differs.length === 0) return;
	throw new DockerError(
		'conflict',
		`There is a volume "${asked.name}" already, with other ${differs.join(' and ')}.`,
		'The engine cannot change a volume. Choose another name, or remove that one once what is in it is safe.',
	);
}

/** Whether all that is asked for is there; others may have added to it. */
function holds(present: Record<string, string>, asked: Record<string, string>): boolean {
	return Object.entries(asked).every(([key, value]) => present[key] === value);
}

function volumeInUse(name: string, users: string[]): DockerError {
	return new DockerError(
		'conflict',
		`The volume "${name}" is in use by ${users.join(', ') || 'a container'}.`,
		'Remove those containers first, running or not; the engine keeps a volume as long as one has it.',
	);
}

function fits(volume: VolumeSummary, { name, inUse, anonymous }: VolumeFilter): boolean {
	return (
		(!name || matchesGlob(name, volume.name)) &&
		(inUse === undefined || volume.inUse === inUse) &&
		(anonymous === undefined || volume.anonymous === anonymous)
	);
}
