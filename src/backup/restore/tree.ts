import { Readable } from 'node:stream';

import {
	DockerError,
	Helper,
	usersOfHostPath,
	Volumes,
	type EngineConnection,
	type VolumeDetails,
	type VolumeUser,
} from '../../docker';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { keptPrefix, stagingPrefix } from '../sources/own-folders';
import { freeSpace, neededSpace, refuseSpace, type NeededSpace } from '../space';
import { guardArchive } from '../tar/guard';
import { Afterwork } from './afterwork';
import { mountPointsIn } from './mounts';
import type { TargetOptions } from './open';
import { endStaging, newStagingToken } from './staging';
import { mixedExitCode } from './swap-script';
import type { RestoreTarget, TargetFacts } from './target';
import { toDiskScript } from './to-disk';
import { explainUpload, mixed, notWritten, unknownChange } from './tree-failures';
import { sweepTree } from './tree-leftovers';
import { rootScript, silenceMs, takeBackTree, type FormerTree } from './tree-take-back';
import { pathsChange, readResult, wholeChange, type TreeChange } from './tree-change';
import { inUse, namesOf, readLabels } from './volume-facts';

export interface EngineTargetOptions extends TargetOptions {
	connection: EngineConnection;
	signal: AbortSignal | undefined;
}

type Place = { type: 'volume'; volume: string } | { type: 'hostPath'; path: string };

/**
 * A volume, or a folder of the engine's host. It cannot be renamed as a whole, so the staging folder lies in it and
 * its content moves up at the end; what was there moves into a folder beside it.
 */
export class TreeTarget implements RestoreTarget {
	readonly label: string;
	private former: FormerTree | undefined;
	private helper: Helper | undefined;
	private readonly afterwork = new Afterwork();
	private readonly token = newStagingToken();
	private readonly staging: string;
	private readonly change: TreeChange;
	private isStaged = false;
	private missing = false;

	constructor(
		private readonly place: Place,
		private readonly artefact: ManifestArtefact,
		private readonly options: EngineTargetOptions,
	) {
		this.label = place.type === 'volume' ? `volume ${place.volume}` : `host path ${place.path}`;
		this.staging = `${stagingPrefix}${options.id}-${this.token}`;
		this.change = options.selection ? pathsChange(options.selection) : wholeChange;
	}

	async check(): Promise<void> {
		const { connection, signal, site } = this.options;
		if (this.place.type === 'volume') await this.checkVolume(this.place.volume);
		// A volume that is missing is made when there is something to put into it.
		this.missing = this.place.type === 'volume' && !(await this.findVolume());
		if (this.missing) return;
		this.helper = await Helper.open(connection, {
			purpose: 'restore',
			site,
			mount: { ...this.place, readOnly: false },
			signal,
		}).catch((thrown: unknown) => {
			throw this.explain(thrown);
		});
		await this.refuseMounts(this.helper);
		await this.refuseContent(this.helper);
		refuseSpace(this.label, this.needed(), await freeSpace(this.helper));
	}

	async facts(): Promise<TargetFacts> {
		const { helper } = this;
		const stops = await this.users();
		const neededBytes = this.needed().sizeBytes;
		// Without a helper there is no such volume yet.
		if (!helper) return { ...(this.missing && { replaces: false }), neededBytes, stops };
		const { sizeBytes } = await freeSpace(helper);
		const replaces = (await this.used(helper)) !== '';
		return { replaces, neededBytes, ...(sizeBytes !== undefined && { freeBytes: sizeBytes }), stops };
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const helper = (this.helper ??= await this.makeVolume());
		await sweepTree(helper);
		const staging = `${helper.root}/${this.staging}`;
		this.isStaged = true;
		await this.run(helper, 'mkdir -m 700 -- "$1"', [staging]);
		const { selection } = this.options;
		const guarded = guardArchive(
			content,
			(entry) => selection?.unpacks(entry) !== false && this.afterwork.leavesToTheEngine(entry),
		);
		const archive = Readable.from(guarded, { objectMode: false });
		await helper.upload(staging, archive, this.options.signal).catch((thrown: unknown) => {
			throw explainUpload(this.label, thrown);
		});
		for (const { script, args } of this.afterwork.steps(staging)) await this.run(helper, script, args);
		const { stdout } = await this.run(helper, 'find "$1" -print0 | tr -dc "\\\\000" | wc -c', [staging]);
		const entries = Number(stdout.toString('utf8').trim());
		const expected = selection?.entries ?? this.artefact.entries;
		if (expected !== undefined && entries !== expected) {
			throw new BackupError(
				'restore_failed',
				`${entries} instead of ${expected} entries of ${this.artefact.name} arrived in the ${this.label}.`,
				'See the log of the container engine, then run the restore again.',
			);
		}
		// The names change only when what they will stand for survives a power cut.
		await this.run(helper, toDiskScript, [staging]);
		return { entries };
	}

	async swap(): Promise<{ previous?: string }> {
		const { helper } = this;
		if (!helper) throw new Error('A target is filled before it is swapped.');
		// Both may have changed while the content was read. From here on nothing is cancelled half way.
		if (this.place.type === 'volume') await this.refuseUsers(this.place.volume, helper.id);
		const wanted = (await this.refuseContent(helper)) ? `${keptPrefix}${this.options.id}` : '';
		const former = await this.rootOf(helper);
		const folders = {
			root: helper.root,
			staging: this.staging,
			kept: wanted,
			notes: `${this.staging}.moved`,
		};
		const { script, args } = this.change.swap(folders, this.afterwork);
		const { exitCode, stdout, stderr } = await helper
			.runSteady(script, args, { silenceMs })
			.catch((thrown: unknown) => {
				// Its folders must not be removed under the change, which goes on.
				this.helper = undefined;
				throw unknownChange(this.label, wanted, thrown);
			});
		const result = readResult(stdout);
		const { kept } = result;
		if (exitCode === mixedExitCode) {
			// Then neither folder may go: each holds a part of what was there or of what was to come.
			this.isStaged = false;
			throw mixed(this.label, kept, this.staging, stderr);
		}
		if (exitCode !== 0) throw notWritten(this.label, exitCode, stderr);
		this.former = { ...former, ...result };
		endStaging(this.token);
		await helper.close().catch(() => {
			// The restore is complete; without us the helper ends by itself.
		});
		return kept === '' ? {} : { previous: `${this.label}, folder ${kept}` };
	}

	async users(): Promise<string[]> {
		const { place, helper } = this;
		const { connection, signal } = this.options;
		if (place.type === 'hostPath') return await usersOfHostPath(connection, place.path, signal);
		return namesOf(place.volume, await this.usersOf(place.volume, helper?.id));
	}

	async discard(): Promise<void> {
		const { helper } = this;
		if (!helper) return endStaging(this.token);
		try {
			if (this.isStaged) await this.run(helper, 'rm -rf -- "$1"', [`${helper.root}/${this.staging}`]);
		} finally {
			endStaging(this.token);
			await helper.close();
		}
	}

	/** Resolves with whether there is anything in the target, which then may be replaced. */
	private async refuseContent(helper: Helper): Promise<boolean> {
		const found = await this.used(helper);
		if (found === '') return false;
		if (this.options.overwrite) return true;
		throw new BackupError(
			'target_not_empty',
			`The ${this.label} ${this.change.describeUsed(found)}.`,
			'Allow to overwrite it (what is there is kept in a folder beside), or restore to another place.',
		);
	}

	private needed(): NeededSpace {
		return neededSpace(this.artefact, this.options.selection);
	}

	/** What is there that would be replaced; empty when nothing is. */
	private async used(helper: Helper): Promise<string> {
		const { script, args } = this.change.isUsed(helper.root);
		return (await this.run(helper, script, args)).stdout.toString('utf8');
	}

	/** A mount point cannot be moved. The target itself may be one: its entries are moved, not it. */
	private async refuseMounts(helper: Helper): Promise<void> {
		const { stdout } = await this.run(helper, 'cat /proc/self/mountinfo', []);
		const points = mountPointsIn(stdout.toString('utf8'), helper.root);
		const [first] = points.filter((point) => point !== helper.root);
		if (first === undefined) return;
		throw new BackupError(
			'target_refused',
			`The ${this.label} holds the mount point "${first.slice(helper.root.length + 1)}", which cannot be moved.`,
			'Unmount it first, or restore to another place and move the content from there.',
		);
	}

	private async checkVolume(volume: string): Promise<void> {
		// Those that can be stopped are, right before the change.
		if (this.options.stopContainers) await this.users();
		else await this.refuseUsers(volume);
		if (this.artefact.source['hasOptions'] !== 'true' || (await this.findVolume())) return;
		throw new BackupError(
			'target_missing',
			`The volume ${volume} does not exist and had options of its driver, which backups do not hold.`,
			'Make it as it was (docker compose up --no-start does), then restore into it.',
		);
	}

	/** @param own id of the helper that works for this restore */
	private async refuseUsers(volume: string, own?: string): Promise<void> {
		const users = await this.usersOf(volume, own);
		if (users.length > 0) throw inUse(volume, users);
	}

	private async usersOf(volume: string, own: string | undefined): Promise<VolumeUser[]> {
		const { connection, signal } = this.options;
		const found = await new Volumes(connection).usedBy(volume, own === undefined ? signal : undefined);
		return found.filter(({ id }) => id !== own);
	}

	private async findVolume(): Promise<VolumeDetails | undefined> {
		if (this.place.type !== 'volume') return undefined;
		return await new Volumes(this.options.connection).find(this.place.volume, this.options.signal);
	}

	private async makeVolume(): Promise<Helper> {
		const { connection, signal, site } = this.options;
		if (this.place.type !== 'volume') throw new Error('check() comes before fill().');
		const { volume } = this.place;
		const { driver = 'local', labels = '{}' } = this.artefact.source;
		// Compose takes a volume for its own only with the labels it once gave it.
		const own = volume === this.artefact.source['volume'] ? readLabels(labels) : {};
		await new Volumes(connection).create({ name: volume, driver, labels: own, options: {} }, { signal });
		const mount = { type: 'volume', volume, readOnly: false } as const;
		return await Helper.open(connection, { purpose: 'restore', site, mount, signal });
	}

	private async run(helper: Helper, script: string, args: string[]): Promise<{ stdout: Buffer }> {
		const { exitCode, stdout, stderr } = await helper.run(script, args, { silenceMs });
		if (exitCode !== 0) throw notWritten(this.label, exitCode, stderr);
		return { stdout };
	}

	private async rootOf(helper: Helper): Promise<Omit<FormerTree, 'kept' | 'made'>> {
		const { stdout } = await this.run(helper, rootScript, [helper.root]);
		const [owner = '', mode = '', mtimeSeconds = ''] = stdout.toString('utf8').trim().split(' ');
		return { owner, mode, mtimeSeconds };
	}

	async takeBack(): Promise<string | undefined> {
		const { former, place, label, change } = this;
		if (!former) throw new Error('Only what was swapped can be taken back.');
		const { connection, site, id } = this.options;
		// Without the signal: what was cancelled is taken back as well.
		const helper = await Helper.open(connection, {
			purpose: 'restore',
			site,
			mount: { ...place, readOnly: false },
		});
		try {
			return await takeBackTree(helper, label, id, former, change);
		} finally {
			await helper.close().catch(() => {
				// Without us the helper ends by itself.
			});
		}
	}

	private explain(thrown: unknown): unknown {
		if (!(thrown instanceof DockerError)) return thrown;
		if (thrown.code === 'path_is_link') {
			return new BackupError('target_refused', thrown.message, thrown.remedy, { cause: thrown });
		}
		if (thrown.code !== 'path_missing') return thrown;
		return new BackupError(
			'target_missing',
			`The ${this.label} does not exist.`,
			'Make the directory on the host, or restore to another place.',
			{ cause: thrown },
		);
	}
}
