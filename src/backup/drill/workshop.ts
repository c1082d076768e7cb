import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	DockerError,
	sweepThrowaways,
	Throwaway,
	type EngineConnection,
	type ThrowawayOptions,
} from '../../docker';
import { errorMessage, systemMessage } from '../../shared';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { BackupError } from '../errors';
import { endStaging, isAbandoned, newStagingToken } from '../restore/staging';

const prefix = 'opsdesk-drill-';

/**
 * Where a drill works: a folder, containers and volumes of its own, under names that it makes itself. The connection
 * to the engine that its targets get covers these names and nothing else, so it cannot touch what is live.
 */
export class Workshop {
	private readonly token = newStagingToken();
	private readonly made: { label: string; remove: () => Promise<void> }[] = [];
	private readonly base: string;
	private number = 0;

	/** @param base folder that this process may write to; that for temporary files when it is missing */
	constructor(
		private readonly site: string,
		private readonly context: BackupContext,
		base?: string,
	) {
		this.base = base ?? tmpdir();
	}

	/** Removes what drills have left that were killed. Whatever goes wrong here is left to the next one. */
	async sweep(): Promise<void> {
		for (const name of await readdir(this.base).catch(() => [])) {
			if (!name.startsWith(prefix) || !isAbandoned(name)) continue;
			await rm(join(this.base, name), { recursive: true, force: true }).catch(() => undefined);
		}
		const { docker, signal } = this.context;
		if (!docker) return;
		const isLeft = (name: string): boolean => name.startsWith(prefix) && isAbandoned(name);
		await sweepThrowaways(docker, isLeft, signal).catch((thrown: unknown) => {
			// A site without anything in the engine may have a connection to one that does not answer.
			if (!(thrown instanceof DockerError)) throw thrown;
		});
	}

	/** A new folder that nobody else can enter. */
	async folder(): Promise<string> {
		const path = join(this.base, this.newName());
		await mkdir(path, { mode: 0o700 }).catch((thrown: unknown) => {
			throw new BackupError(
				'target_refused',
				`The folder ${this.base} cannot be used for the drill: ${systemMessage(thrown)}.`,
				'Give another work folder that exists, may be written to and has room for the largest artefact.',
				{ cause: thrown },
			);
		});
		this.made.push({
			label: `folder ${path}`,
			remove: () => rm(path, { recursive: true, force: true }),
		});
		return path;
	}

	/** A container of the drill, and a connection that covers it and its volume alone. */
	async container(
		options: Omit<ThrowawayOptions, 'name' | 'site' | 'signal'>,
	): Promise<{ container: Throwaway; connection: EngineConnection }> {
		const { signal } = this.context;
		const docker = engineFor('a restore drill', this.context);
		const name = this.newName();
		const container = await Throwaway.create(docker, { ...options, name, site: this.site, signal });
		this.made.push({ label: `container ${name}`, remove: () => container.remove() });
		const connection = {
			...docker,
			allowedContainers: [name],
			allowedVolumes: container.volume === undefined ? [] : [container.volume],
			allowedHostPaths: [],
		};
		return { container, connection };
	}

	/** Removes everything that was made so far; resolves with what could not be removed. */
	async clear(): Promise<string[]> {
		const left: string[] = [];
		for (const { label, remove } of this.made.splice(0).reverse()) {
			await remove().catch((thrown: unknown) => left.push(`${label} (${errorMessage(thrown)})`));
		}
		return left;
	}

	/** To be called at the end: from then on what is left may be swept. */
	end(): void {
		endStaging(this.token);
	}

	private newName(): string {
		this.number += 1;
		return `${prefix}${this.number}-${this.token}`;
	}
}
