import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { helperLabel } from './own-labels';
import { nameAmong } from './summary';

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});
const volume = z.object({ Name: z.string(), Driver: z.string(), Labels: texts, Options: texts });
const users = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish(), Labels: texts }));

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

/** The volumes of one engine, within the rights of one credential. */
export class Volumes {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/** Undefined when there is no such volume. @throws DockerError `not_permitted` */
	async find(name: string, signal?: AbortSignal): Promise<VolumeDetails | undefined> {
		this.access.requireAction('helper');
		this.access.requireVolume(name);
		try {
			const found = await this.engine.call({ path: `/volumes/${encodeURIComponent(name)}`, signal }, volume);
			return { name: found.Name, driver: found.Driver, labels: found.Labels, options: found.Options };
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw thrown;
		}
	}

	async create({ name, driver, labels, options }: VolumeDetails, signal?: AbortSignal): Promise<void> {
		this.access.requireAction('helper');
		this.access.requireVolume(name);
		const body = { Name: name, Driver: driver, Labels: labels, DriverOpts: options };
		await this.engine.call({ method: 'POST', path: '/volumes/create', body, signal }, volume);
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
}
