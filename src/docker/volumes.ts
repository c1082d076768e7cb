import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { nameAmong } from './summary';

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});
const volume = z.object({ Name: z.string(), Driver: z.string(), Labels: texts, Options: texts });
const users = z.array(z.object({ Names: z.array(z.string()).nullish() }));

/** What a volume is made of, enough to make it anew. */
export interface VolumeDetails {
	name: string;
	driver: string;
	labels: Record<string, string>;
	options: Record<string, string>;
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

	/** Names of the running containers that have it mounted. */
	async usedBy(name: string, signal?: AbortSignal): Promise<string[]> {
		const filters = JSON.stringify({ volume: [name], status: ['running', 'paused', 'restarting'] });
		const found = await this.engine.call({ path: '/containers/json', query: { filters }, signal }, users);
		return found.map(({ Names }) => nameAmong(Names) ?? '?').sort();
	}
}
